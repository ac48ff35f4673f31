"""The mail worker beside a bare connection to the same mail server."""

from __future__ import annotations

import smtplib
from uuid import uuid4

from django.core.mail import EmailMessage

from bench import letters, placing
from bench.measuring import Heard, Spent, heard, spending
from bench.plan import Plan
from bench.sink import Known, sink
from bench.table import Found

SIZES = {"3 kB": 3_000, "90 kB": 90_000}
FROM, TO = "licenses@vendor.example", "buyer@dealer.example"


def beside_a_bare_connection(plan: Plan) -> Found:
    """Mails a second of the worker, from the queue to the last answer, ÷ those of smtplib."""
    with placing.scratch(plan), sink() as at:
        letters.send(at.url)  # whatever is due
        measured = {size: _measured(plan, at, length) for size, length in SIZES.items()}
    told = [f"{size}: {each[1]}" for size, each in measured.items()]
    return Found(
        ", ".join(f"{each[0]:.2f}" for each in measured.values()),
        f"{plan.mails} mails a round, {plan.rounds} rounds in turns, to a sink on this machine",
        told,
    )


def _measured(plan: Plan, at: Known, length: int) -> tuple[float, str]:
    bare, worker, listened = Spent(), Spent(), Heard()
    connections = 0
    for _ in range(plan.rounds):
        with spending(bare, plan.mails):
            _by_smtplib(at, length, plan.mails)
        _queue(length, plan.mails)
        before = at.connections
        with heard() as listener, spending(worker, plan.mails):
            letters.send(at.url)
        connections += at.connections - before
        listened.statements += listener.statements
    claims = sum("SKIP LOCKED" in each.sql for each in listened.statements)
    hundreds = plan.mails * plan.rounds / 100
    told = (
        f"for 100 mails {claims / hundreds:.0f} claims, {connections / hundreds:.1f} connections, "
        f"{len(listened.statements) / hundreds:.0f} statements"
    )
    return (bare.seconds / bare.times) / (worker.seconds / worker.times), told


def _by_smtplib(at: Known, length: int, mails: int) -> None:
    raw = _mail(length).message().as_bytes()
    with smtplib.SMTP("127.0.0.1", at.port) as server:
        for _ in range(mails):
            server.sendmail(FROM, [TO], raw, ["BODY=8BITMIME"])


def _queue(length: int, mails: int) -> None:
    for _ in range(mails):
        _mail(length).send()


def _mail(length: int) -> EmailMessage:
    lines = "\n".join(["Serial numbers, and more of them: " + uuid4().hex] * (length // 68))
    return EmailMessage(f"Measured {uuid4()}", lines, FROM, [TO])
