"""The outbox under siege: killed workers, and a mail server that does what mail servers do.

Nothing is waited for by the clock. The mail server answers a mail once the siege has heard
of it, so that no side runs ahead. Time passes by moving back what the database says, never by
another clock in the workers: what they put off is due again as soon as they say so, and the
waits that they announced are added up to the day that the server is away. Leases of killed
workers end once all workers of their crew are gone: only then is a mail that is still being
sent certainly in no worker's hands.
"""

from __future__ import annotations

import os
import queue
import random
import re
import signal
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from companies.models import Company, Membership, Role, User
from orders.models import Order
from outbox import actions
from outbox.models import Message
from portal.order.deliveries import orders_of
from tests.cast import Cast
from tests.letters import write_letters
from tests.outbox.processes import PATIENCE, Crew, MailServer, StartCrew, StartServer, StartWorker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

ORDERS = 400
FAULTS = {"refuse": 40, "greylist": 60, "drop": 40, "slow": 20}  # the others are taken at once
CREW = 4
KILLS = 25
MAILS_BETWEEN_KILLS = 11
CREW_WITHOUT_SERVER = 2  # the second one finds no server at the mail server's address
AWAY = timedelta(days=1)  # so long no server is at the mail server's address
TRIED_ALL_DAY = 20  # mails; to try all of them for a day would only take longer
MEANWHILE = 8  # lines that others say before the mail server answers a slow mail
SILENCE = 0.2  # seconds after which it does if no client does
NO_TEMPLATES = "tests.outbox.settings_without_templates"
PID = re.compile(r"pid=(\d+)")


class Siege:
    """Workers, a mail server, and what they say, one after another."""

    def __init__(
        self, start_server: Callable[..., MailServer], start_crew: Callable[..., Crew]
    ) -> None:
        self.said: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.start_server, self.start_new_crew = start_server, start_crew
        self.server = start_server("faults", on_line=self.hear("server 1"))
        self.open_server = "server 1"
        self.at_work: set[int] = set()  # pids of workers that have said something
        self.killed: dict[int, int] = {}  # how each of the crew has to end, by pid
        self.ended: dict[int, int] = {}  # and how it did
        self.kills = 0
        # By claim: Message-IDs that a killed worker had claimed; one of them was in its hand.
        self.orphans: defaultdict[UUID | None, set[str]] = defaultdict(set)
        self.slow: list[int] = []  # how much was said since each slow mail came in
        self.slow_answers = 0
        # Seconds without a server, by Message-ID.
        self.waited: defaultdict[str, float] = defaultdict(float)
        self.random = random.Random(4711)

    def hear(self, name: str) -> Callable[[str], None]:
        return lambda line: self.said.put((name, line))

    def start_crew(self) -> None:
        assert not self.at_work
        self.killed, self.ended = {}, {}
        self.crew = self.start_new_crew(
            self.server.url, CREW, settings=NO_TEMPLATES, on_line=self.hear("crew")
        )

    @property
    def crew_is_left(self) -> bool:
        return len(self.ended) < CREW

    def listen(self) -> str:
        """The next thing that somebody says; what was put off is due again after it."""
        name, line = self.next_said()
        if pid := PID.search(line):
            self.hear_of_worker(int(pid[1]), line)
        if name == self.open_server and line == "received":
            self.server.tell("go on")
        if name == self.open_server and line == "received slow":
            self.slow.append(0)
        if "mail put off" in line:
            self.bring_forward(line)
        self.slow = [count + 1 for count in self.slow]
        self.answer_slow_mails(MEANWHILE)
        return line

    def hear_of_worker(self, pid: int, line: str) -> None:
        self.at_work.add(pid)
        if line.startswith("worker ended"):  # whatever it said came before
            self.at_work.remove(pid)
            self.ended[pid] = int(line.rpartition("status=")[2])

    def next_said(self) -> tuple[str, str]:
        if self.slow:
            try:
                return self.said.get(timeout=SILENCE)
            except queue.Empty:
                self.answer_slow_mails(0)
        return self.said.get(timeout=PATIENCE)

    def answer_slow_mails(self, after: int) -> None:
        for count in [count for count in self.slow if count >= after]:
            self.slow.remove(count)
            self.slow_answers += 1
            self.server.tell("slow")

    def bring_forward(self, line: str) -> None:
        """The mail is due at once, behind all that are, and its wait is noted as if it had been."""
        found = re.search(r"message_id=(\S+) next_try=(\S+)", line)
        assert found
        message_id, next_try = found.groups()
        now = timezone.now()
        Message.objects.filter(message_id=message_id, state="queued").update(due_at=now)
        if "error=ConnectionRefusedError" in line:
            self.waited[message_id] += (datetime.fromisoformat(next_try) - now).total_seconds()

    def listen_for_mails(self, count: int) -> None:
        while count > 0 or not self.at_work:
            count -= self.listen().startswith("received")

    def kill_one(self) -> None:
        """Without a warning, whatever it is doing."""
        pid = self.random.choice(sorted(self.at_work))
        os.kill(pid, signal.SIGKILL)
        self.killed[pid] = -signal.SIGKILL
        while pid not in self.ended:
            self.listen()
        self.kills += 1

    def stop_crew(self) -> None:
        """Politely, once they listen; each finishes the mail in hand."""
        while len(self.at_work) + len(self.ended) < CREW:
            self.listen()
        told = set(self.at_work)
        for pid in told:
            os.kill(pid, signal.SIGTERM)
        stopped = 0
        while self.crew_is_left:
            stopped += "mail worker stopped" in self.listen()
        assert stopped == len(told)
        assert self.ended == self.killed | dict.fromkeys(told, 0)
        assert self.crew.wait() == 0

    def end_leases(self) -> None:
        """All workers are gone: whatever is being sent was in the hands of a killed one.

        A mail that one put off before it could say so is due again, too.
        """
        assert not self.at_work
        orphans = Message.objects.filter(state="sending").values_list("claim", "message_id")
        for claim, message_id in orphans:  # one may wait for longer than until the next crew
            self.orphans[claim].add(message_id)
        Message.objects.waiting().update(due_at=timezone.now())

    def without_server(self) -> None:
        """The mail server is away for a day, as the mails count it, then at its old address."""
        self.server.end()
        self.open_server = "server 2"
        self.slow.clear()
        waiting = Message.objects.filter(state="queued")
        tried = waiting.order_by("pk").values_list("pk", flat=True)[:TRIED_ALL_DAY]
        others = waiting.exclude(pk__in=list(tried))
        others.update(due_at=timezone.now() + 2 * AWAY)
        self.start_crew()
        day = AWAY.total_seconds()
        while sum(waited >= day for waited in self.waited.values()) < TRIED_ALL_DAY:
            self.listen()
        Message.objects.filter(state="queued").update(due_at=timezone.now())
        port = str(self.server.port)
        self.server = self.start_server("faults", "--port", port, on_line=self.hear("server 2"))

    def finish(self) -> None:
        self.start_crew()
        while Message.objects.waiting().exists():
            self.listen()
        self.stop_crew()

    @property
    def left(self) -> Counter[str]:
        """How often a killed worker had claimed that mail, by Message-ID."""
        return Counter(chain.from_iterable(self.orphans.values()))


def order_for_everybody(cast: Cast) -> None:
    """Each buyer's order is issued at once, and its confirmation goes to them alone.

    Each buys for a company of their own: nothing looks as if it had been ordered before.
    """
    kinds = [kind for kind, count in FAULTS.items() for _ in range(count)]
    kinds += ["ok"] * (ORDERS - len(kinds))
    random.Random(4711).shuffle(kinds)
    companies = Company.objects.bulk_create(
        Company(name=f"Dealer {number}", auto_issue=True) for number in range(ORDERS)
    )
    buyers = User.objects.bulk_create(
        User(email=f"{kind}-{number}@dealer.example") for number, kind in enumerate(kinds)
    )
    Membership.objects.bulk_create(
        Membership(user=buyer, company=company, role=Role.BUYER)
        for buyer, company in zip(buyers, companies, strict=True)
    )
    for buyer, company in zip(buyers, companies, strict=True):
        cast.order_new(by=buyer, company=company, ISS_Expert=1)


@pytest.mark.siege
def test_nothing_is_lost_and_little_comes_twice(
    start_server: StartServer, start_crew: StartCrew, cast: Cast
) -> None:
    order_for_everybody(cast)
    write_letters()
    queued = list(Message.objects.all())
    assert len(queued) == ORDERS == Order.objects.filter(state="issued").count()
    siege = Siege(start_server, start_crew)
    crews = 0
    while siege.kills < KILLS:
        crews += 1
        if crews == CREW_WITHOUT_SERVER:
            siege.without_server()
        else:
            siege.start_crew()
        while siege.crew_is_left and siege.kills < KILLS:
            siege.listen_for_mails(MAILS_BETWEEN_KILLS)
            siege.kill_one()
        siege.stop_crew()
        siege.end_leases()
    siege.finish()

    refused = {message.pk for message in queued if message.recipients[0].startswith("refuse-")}
    stored = {
        each.message_id: actions.content_of(each) for each in queued if each.pk not in refused
    }
    accepted = siege.server.accepted
    copies = Counter(siege.server.message_ids)
    dropped = Counter(
        message_id
        for message_id, each in zip(siege.server.message_ids, accepted, strict=True)
        if each["dropped"]
    )
    assert copies.keys() == stored.keys()  # 0 lost, and none that was not written
    assert {copy["raw"] for copy in accepted} == set(stored.values())
    doubled = copies - Counter(stored.keys()) - dropped
    assert doubled <= siege.left  # a mail is doubled by a kill only, …
    assert len(siege.orphans) <= KILLS == siege.kills
    for batch in siege.orphans.values():  # … and a kill doubles one mail at most
        assert sum(siege.left[each] == 1 for each in batch & doubled.keys()) <= 1
    # A refused recipient is a task for sales, and leads to the order that the mail is about.
    tasks = list(Message.objects.undealt())
    assert {task.pk for task in tasks} == refused
    assert {task.failed_for for task in tasks} == {"address"}
    orders = orders_of(tasks)
    assert [orders[task.record].orderer.email for task in tasks] == [
        task.recipients[0] for task in tasks
    ]
    # The siege was one: each fault happened, and did what it does.
    assert sum(waited >= AWAY.total_seconds() for waited in siege.waited.values()) >= TRIED_ALL_DAY
    assert len(refused) == FAULTS["refuse"]
    assert len(dropped) >= FAULTS["drop"]
    assert all(copies[message_id] > 1 for message_id in dropped)
    assert siege.slow_answers >= FAULTS["slow"]


def test_what_is_sent_was_rendered_before(
    start_server: StartServer, start_worker: StartWorker, cast: Cast
) -> None:
    """The worker has no templates. A process without them can't write a mail."""
    server = start_server("ok")
    cast.site(ISS_Expert=1, VS_ES1=2)
    write_letters()
    [message] = Message.objects.all()
    worker = start_worker(server.url, "--once", settings=NO_TEMPLATES)
    assert worker.wait() == 0
    assert [each["raw"] for each in server.accepted] == [actions.content_of(message)]


def test_control_without_templates_nothing_can_be_written(cast: Cast, settings: Settings) -> None:
    order = cast.issue(cast.order_new(ISS_Expert=1))
    settings.TEMPLATES = []
    assert write_letters() == 0
    assert order.revision is not None
    assert not order.revision.confirmation.copies.exists()
