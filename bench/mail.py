"""Mails per second of a mail worker, against the same mails over one bare SMTP connection.

Run it by `python -m bench.mail`; see bench/README.md. Both talk to the same mail server, a process
of its own that keeps nothing, and take turns.
"""

from __future__ import annotations

import json
import logging
import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from subprocess import PIPE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.test.utils import (
    CaptureQueriesContext,
    override_settings,
    setup_databases,
    setup_test_environment,
    teardown_databases,
)

from outbox import actions
from outbox.models import Message

SIZES = {"3 kB": (2_300, 0), "90 kB": (12_000, 56_000)}  # characters of text, bytes of a PDF
MAILS = 200  # of a round
ROUNDS = 5
RECORD = "bench"


def main() -> None:
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        for name, figure in measure().items():
            print(f"{name}: {figure:.3g}")
    finally:
        teardown_databases(databases, verbosity=0)


def measure(*, mails: int = MAILS, rounds: int = ROUNDS) -> dict[str, float]:
    """The worker's mails per second ÷ those of a bare connection, by size of a mail; medians.

    And what was claimed and opened for 100 mails. The queue must be empty; afterwards it is again.
    """
    figures: dict[str, float] = {}
    with mail_server() as server, log_in_a_file():
        for size in SIZES:
            taken = [one_round(server, size, mails) for _ in range(rounds)]
            figures[f"mails/s over a bare connection, {size}"] = median(bare for bare, _ in taken)
            figures[f"mails/s of a worker, {size}"] = median(worker for _, worker in taken)
            ratios = [worker / bare for bare, worker in taken]
            figures[f"mails/s ÷ bare SMTP connection, {size}"] = median(ratios)
        figures |= counted(server, mails)
    return figures


class Server:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.told, self.asked = process.stdout, process.stdin
        self.port = int(self.line())
        self.url = f"smtp://127.0.0.1:{self.port}"

    def line(self) -> str:
        return self.told.readline() if self.told else ""

    def connections(self) -> int:
        if self.asked:
            self.asked.write("\n")
            self.asked.flush()
        return int(json.loads(self.line())["connections"])


@contextmanager
def mail_server() -> Iterator[Server]:
    command = [sys.executable, "-m", "bench.mail_server"]
    with subprocess.Popen(command, text=True, stdin=PIPE, stdout=PIPE) as process:
        yield Server(process)
        process.kill()


@contextmanager
def log_in_a_file() -> Iterator[None]:
    """The worker's lines cost what they cost; they are not shown here."""
    handlers = [h for h in logging.getLogger().handlers if isinstance(h, logging.StreamHandler)]
    with tempfile.TemporaryFile("w") as file:
        streams = [handler.setStream(file) for handler in handlers]
        yield
        for handler, stream in zip(handlers, streams, strict=True):
            handler.setStream(stream)


def one_round(server: Server, size: str, mails: int) -> tuple[float, float]:
    """Mails per second: bare, and by the worker."""
    raws = [actions.content_of(message) for message in fill_queue(size, mails)]
    bare = seconds(lambda: send_bare(server, raws))
    worker = seconds(lambda: deliver(server))
    empty_queue(mails)
    return mails / bare, mails / worker


def seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def fill_queue(size: str, mails: int) -> list[Message]:
    text, pdf = SIZES[size]
    body = ("x" * 76 + "\n") * (text // 77)
    mail = EmailMessage("Your licenses", body, to=["ann@dealer.example"])
    if pdf:
        mail.attach("R1.pdf", os.urandom(pdf), "application/pdf")
    [message] = actions.queue([mail], record=RECORD)
    more = [
        Message(
            record=RECORD,
            sender=message.sender,
            recipients=message.recipients,
            subject=message.subject,
            message_id=message.message_id.replace("<", f"<{number}-"),
            raw=message.raw,
        )
        for number in range(1, mails)
    ]
    return [message, *Message.objects.bulk_create(more, batch_size=100)]


def empty_queue(mails: int) -> None:
    queued = Message.objects.filter(record=RECORD)
    if queued.filter(state=Message.State.SENT).count() != mails:
        raise RuntimeError("Not all mails were sent: the figures mean nothing.")
    queued.delete()


def send_bare(server: Server, raws: Sequence[bytes]) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        for raw in raws:
            smtp.sendmail("a@x.example", ["ann@dealer.example"], raw, ["BODY=8BITMIME"])


def deliver(server: Server) -> None:
    with override_settings(MAIL_URL=server.url):
        call_command("deliver_mail", once=True)


def counted(server: Server, mails: int) -> dict[str, float]:
    fill_queue("3 kB", mails)
    before = server.connections()
    with CaptureQueriesContext(connection) as statements:
        deliver(server)
    claims = [each for each in statements if is_claim(each["sql"])]
    empty_queue(mails)
    return {
        "rows claimed by a statement": mails / len(claims),
        "statements per 100 mails": 100 * len(statements) / mails,
        "connections per 100 mails": 100 * (server.connections() - before) / mails,
    }


def is_claim(sql: str) -> bool:
    return sql.startswith("UPDATE") and "'sending'" in sql.partition("WHERE")[0]


if __name__ == "__main__":
    main()
