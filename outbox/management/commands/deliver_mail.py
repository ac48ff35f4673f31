import logging
import signal
import time
from argparse import ArgumentParser
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseFailure
from django.db import close_old_connections

from outbox import actions
from outbox.models import Message
from outbox.signals import worker_looks_up
from outbox.transports import Transport, transport_from_url

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 1  # seconds between looks into an empty queue
LONGEST_PAUSE = 30  # seconds between tries to reach a database that is away
SECOND = timedelta(seconds=1)
LOOKS_UP = timedelta(minutes=1)  # how often it stops delivering to check the queue


class Command(BaseCommand):
    help = "Deliver the mail in the outbox until stopped by SIGTERM or SIGINT."
    requires_system_checks = ("outbox",)  # the others would load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Deliver what is due and exit.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        self.stopping = False
        self.stopped: SimpleQueue[int] = SimpleQueue()
        self.looked_up: datetime | None = None
        self.claimed: deque[Message] = deque()  # and not tried yet
        self.pace = 10  # mails that it delivers in a second, and so claims at once
        before = {number: signal.signal(number, self.stop) for number in STOP_SIGNALS}
        transport = transport_from_url(settings.MAIL_URL)
        logger.info("mail worker started")
        try:
            if once:
                self.drain(transport)
            else:
                self.work(transport)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            logger.info("mail worker stopped")

    def stop(self, number: int, frame: object) -> None:
        # Unlike Event.set(), put() may interrupt its own wait without a deadlock.
        self.stopping = True
        self.stopped.put(number)

    def work(self, transport: Transport) -> None:
        pause = PAUSE
        while not self.stopping:
            try:
                close_old_connections()
                self.drain(transport)
                pause = PAUSE
            except DatabaseFailure as error:
                pause = min(2 * pause, LONGEST_PAUSE)
                logger.warning(
                    "no database, next try in %s s", pause, extra={"error": type(error).__name__}
                )
            with suppress(Empty):
                self.stopped.get(timeout=pause)

    def drain(self, transport: Transport) -> None:
        """Delivers until nothing is due. After a signal to stop it finishes the current mail."""
        mails = 0
        try:
            self.give_back()  # what is left of a batch if the database was away
            while not self.stopping:
                at = actions.database_time()
                self.look_up(transport, at)
                self.claimed = deque(actions.claim(at, most=min(self.pace, actions.MOST_CLAIMED)))
                if not self.claimed:
                    break
                mails += self.deliver(transport, at)
        finally:
            transport.close()
            if mails:
                logger.info("mail worker idle", extra={"mails": mails})

    def deliver(self, transport: Transport, at: datetime) -> int:
        """Delivers the claimed mails while there is time, and answers how many."""
        began, passed, delivered = time.monotonic(), timedelta(), 0
        while self.claimed and not self.stopping:
            actions.deliver(self.claimed.popleft(), transport, at + passed)
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

    def look_up(self, transport: Transport, at: datetime) -> None:
        if self.looked_up is None or at - self.looked_up >= LOOKS_UP:
            self.looked_up = at
            actions.expire(at)
            worker_looks_up.send_robust(Command, transport=transport, at=at)
