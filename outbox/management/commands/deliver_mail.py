import logging
import time
from collections import deque
from datetime import datetime, timedelta

from django.conf import settings

from outbox import actions
from outbox.models import Message
from outbox.signals import worker_looks_up
from outbox.transports import transport_from_url
from outbox.worker_command import WorkerCommand

logger = logging.getLogger(__name__)

SECOND = timedelta(seconds=1)
LOOKS_UP = timedelta(minutes=1)  # how often it stops delivering to check the queue


class Command(WorkerCommand):
    help = "Deliver the mail in the outbox until stopped by SIGTERM or SIGINT."
    name = "mail worker"
    pause = 1

    def prepare(self) -> None:
        self.transport = transport_from_url(settings.MAIL_URL)
        self.looked_up: datetime | None = None
        self.claimed: deque[Message] = deque()  # and not tried yet
        self.pace = 10  # mails that it delivers in a second, and so claims at once

    def drain(self) -> None:
        """Delivers until nothing is due. After a signal to stop it finishes the current mail."""
        mails = 0
        try:
            self.give_back()  # what is left of a batch if the database was away
            while not self.stopping:
                at = actions.database_time()
                self.look_up(at)
                self.claimed = deque(actions.claim(at, most=min(self.pace, actions.MOST_CLAIMED)))
                if not self.claimed:
                    break
                mails += self.deliver(at)
        finally:
            self.transport.close()
            if mails:
                logger.info("mail worker idle", extra={"mails": mails})

    def deliver(self, at: datetime) -> int:
        """Delivers the claimed mails while there is time, and answers how many."""
        began, passed, delivered = time.monotonic(), timedelta(), 0
        while self.claimed and not self.stopping:
            actions.deliver(self.claimed.popleft(), self.transport, at + passed)
            delivered += 1
            passed = timedelta(seconds=time.monotonic() - began)
            self.pace = max(1, round(delivered * SECOND / max(passed, SECOND / 100)))
            if passed >= actions.BATCH_LASTS:
                break
        self.give_back()
        return delivered

    def give_back(self) -> None:
        actions.give_back(self.claimed)
        self.claimed.clear()

    def look_up(self, at: datetime) -> None:
        if self.looked_up is None or at - self.looked_up >= LOOKS_UP:
            self.looked_up = at
            actions.expire(at)
            worker_looks_up.send_robust(Command, transport=self.transport, at=at)
