import logging
import signal
from argparse import ArgumentParser
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseFailure
from django.db import close_old_connections

from notifications.confirmation.writing import write_some
from outbox.actions import database_time

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 0.5  # seconds between looks for letters
LONGEST_PAUSE = 30  # seconds between tries to reach a database that is away


class Command(BaseCommand):
    help = "Write the letters of confirmations until stopped by SIGTERM or SIGINT."
    requires_system_checks = ("outbox",)  # the others would load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Write what is missing and exit.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        self.stopping = False
        self.stopped: SimpleQueue[int] = SimpleQueue()
        before = {number: signal.signal(number, self.stop) for number in STOP_SIGNALS}
        logger.info("letter writer started")
        try:
            if once:
                self.write()
            else:
                self.work()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            logger.info("letter writer stopped")

    def stop(self, number: int, frame: object) -> None:
        # Unlike Event.set(), put() may interrupt its own wait without a deadlock.
        self.stopping = True
        self.stopped.put(number)

    def work(self) -> None:
        pause: float = PAUSE
        while not self.stopping:
            try:
                close_old_connections()
                self.write()
                pause = PAUSE
            except DatabaseFailure as error:
                pause = min(2 * pause, LONGEST_PAUSE)
                logger.warning(
                    "no database, next try in %s s", pause, extra={"error": type(error).__name__}
                )
            with suppress(Empty):
                self.stopped.get(timeout=pause)

    def write(self) -> None:
        """Writes until nothing is missing. After a signal to stop it finishes what it took."""
        letters = 0
        while not self.stopping and (some := write_some(database_time())):
            letters += some
        if letters:
            logger.info("letters written", extra={"letters": letters})
