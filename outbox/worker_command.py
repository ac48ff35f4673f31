"""A command that works until it is stopped, and waits for a database that is away."""

from __future__ import annotations

import logging
import signal
from argparse import ArgumentParser
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseFailure
from django.db import close_old_connections

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
LONGEST_PAUSE = 30  # seconds between tries to reach a database that is away


class WorkerCommand(BaseCommand):
    """Calls `drain` again and again. After a signal to stop that finishes what it has begun."""

    name: ClassVar[str]  # in the log
    pause: ClassVar[float]  # seconds between looks for something to do
    requires_system_checks = ("outbox",)  # the others would load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due and exit.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        self.stopping = False
        self.stopped: SimpleQueue[int] = SimpleQueue()
        before = {number: signal.signal(number, self.stop) for number in STOP_SIGNALS}
        logger.info("%s started", self.name)
        try:
            self.prepare()
            if once:
                self.drain()
            else:
                self.work()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            logger.info("%s stopped", self.name)

    def stop(self, number: int, frame: object) -> None:
        # Unlike Event.set(), put() may interrupt its own wait without a deadlock.
        self.stopping = True
        self.stopped.put(number)

    def work(self) -> None:
        pause = self.pause
        while not self.stopping:
            try:
                close_old_connections()
                self.drain()
                pause = self.pause
            except DatabaseFailure as error:
                pause = min(2 * pause, LONGEST_PAUSE)
                logger.warning(
                    "no database, next try in %s s", pause, extra={"error": type(error).__name__}
                )
            with suppress(Empty):
                self.stopped.get(timeout=pause)

    def prepare(self) -> None:
        """Makes ready what lasts as long as the command does."""

    def drain(self) -> None:
        """Works until nothing is due or `self.stopping`."""
        raise NotImplementedError
