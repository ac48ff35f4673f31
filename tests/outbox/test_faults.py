"""The outbox under siege: killed workers, and a mail server that does what mail servers do.

Nothing is waited for by the clock. The mail server answers a mail once the siege has heard
of it, so that nobody runs ahead. What the workers put off is brought forward as soon as they
say so, and leases of killed workers end once all workers of their crew are gone: only
then is a mail that is still being sent certainly nobody's.
"""

from __future__ import annotations

import queue
import random
import signal
from collections import Counter
from collections.abc import Callable

import pytest
from django.template.exceptions import TemplateDoesNotExist
from django.utils import timezone

from outbox import actions
from outbox.models import Message
from tests.cast import Cast
from tests.outbox.conftest import PATIENCE, MailServer, Process, mail

pytestmark = pytest.mark.django_db(transaction=True)

MAILS = 400
FAULTS = {"refuse": 40, "greylist": 60, "drop": 40}  # the others are taken at once
CREW = 4
KILLS = 25
MAILS_BETWEEN_KILLS = 11
CREW_WITHOUT_SERVER = 2  # the second one finds nobody at the mail server's address
TRIES_WITHOUT_SERVER = 20
NO_TEMPLATES = "tests.outbox.settings_without_templates"

Start = Callable[..., Process]


class Siege:
    """Workers, a mail server, and what they say, one after another."""

    def __init__(self, start_server: Callable[..., MailServer], start_worker: Start) -> None:
        self.said: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.start_server, self.start_worker = start_server, start_worker
        self.server = start_server("faults", on_line=self.hear("server 1"))
        self.open_server = "server 1"
        self.crew: dict[str, Process] = {}
        self.at_work: set[str] = set()
        self.kills = 0
        self.in_flight: Counter[str] = Counter()  # Message-IDs that a killed worker had in hand
        self.unreachable = 0
        self.random = random.Random(4711)

    def hear(self, name: str) -> Callable[[str], None]:
        return lambda line: self.said.put((name, line))

    def start_crew(self) -> None:
        for number in range(CREW):
            name = f"worker {self.kills}-{number}"
            self.crew[name] = self.start_worker(
                self.server.url, settings=NO_TEMPLATES, on_line=self.hear(name)
            )

    def listen(self) -> str:
        """The next thing that somebody says; what was put off is due again after it."""
        name, line = self.said.get(timeout=PATIENCE)
        if name in self.crew:
            self.at_work.add(name)
        if name == self.open_server and line == "received":
            self.server.tell("go on")
        if "mail put off" in line or "mail refused" in line:
            self.unreachable += "error=ConnectionRefusedError" in line
            self.bring_forward()
        return line

    def bring_forward(self) -> None:
        now = timezone.now()
        Message.objects.filter(state="queued").update(due_at=now)
        for failed in Message.objects.filter(state="failed"):
            assert actions.retry(failed, now)  # as staff does, once they talked to the other side

    def listen_for_mails(self, count: int) -> None:
        while count > 0 or not self.at_work:
            count -= self.listen() == "received"

    def kill_one(self) -> None:
        """Without a warning, whatever it is doing."""
        name = self.random.choice(sorted(self.at_work))
        worker = self.crew.pop(name)
        self.at_work.remove(name)
        worker.popen.kill()
        assert worker.wait() == -signal.SIGKILL
        self.kills += 1

    def stop_crew(self) -> None:
        """Politely, once they listen; each finishes the mail in hand."""
        while self.at_work != self.crew.keys():
            self.listen()
        for worker in self.crew.values():
            worker.popen.send_signal(signal.SIGTERM)
        stopped = 0
        while stopped < len(self.crew):
            stopped += "mail worker stopped" in self.listen()
        assert [worker.wait() for worker in self.crew.values()] == [0] * len(self.crew)
        self.crew.clear()
        self.at_work.clear()

    def end_leases(self) -> None:
        """All workers are gone: whatever is being sent was in the hands of a killed one."""
        assert not self.crew
        orphans = Message.objects.filter(state="sending")
        self.in_flight.update(orphans.values_list("message_id", flat=True))
        orphans.update(due_at=timezone.now())

    def without_server(self) -> None:
        """The mail server is away until many a mail was put off, then at its old address."""
        self.server.end()
        self.open_server = "server 2"
        self.start_crew()
        while self.unreachable < TRIES_WITHOUT_SERVER:
            self.listen()
        port = str(self.server.port)
        self.server = self.start_server("faults", "--port", port, on_line=self.hear("server 2"))

    def finish(self) -> None:
        self.start_crew()
        while Message.objects.exclude(state="sent").exists():
            self.listen()
        self.stop_crew()


def recipients() -> list[str]:
    kinds = [kind for kind, count in FAULTS.items() for _ in range(count)]
    kinds += ["ok"] * (MAILS - len(kinds))
    random.Random(4711).shuffle(kinds)
    return [f"{kind}-{number}@dealer.example" for number, kind in enumerate(kinds)]


def test_nothing_is_lost_and_little_comes_twice(start_server, start_worker) -> None:
    queued = actions.queue([mail(to=[address]) for address in recipients()], record="R1")
    siege = Siege(start_server, start_worker)
    crews = 0
    while siege.kills < KILLS:
        crews += 1
        if crews == CREW_WITHOUT_SERVER:
            siege.without_server()
        else:
            siege.start_crew()
        while siege.crew and siege.kills < KILLS:
            siege.listen_for_mails(MAILS_BETWEEN_KILLS)
            siege.kill_one()
        siege.stop_crew()
        siege.end_leases()
    siege.finish()

    stored = {message.message_id: bytes(message.raw) for message in queued}
    accepted = siege.server.accepted
    copies = Counter(siege.server.message_ids)
    dropped = Counter(
        message_id
        for message_id, each in zip(siege.server.message_ids, accepted, strict=True)
        if each["dropped"]
    )
    assert copies.keys() == stored.keys()  # 0 lost, and none that nobody wrote
    assert {copy["raw"] for copy in accepted} == set(stored.values())
    for message_id, count in copies.items():
        assert count <= 1 + dropped[message_id] + siege.in_flight[message_id]
    # The siege was one: each fault happened, and did what it does.
    assert siege.in_flight.total() <= KILLS == siege.kills
    assert siege.unreachable >= TRIES_WITHOUT_SERVER
    assert len(dropped) >= FAULTS["drop"]
    assert all(copies[message_id] > 1 for message_id in dropped)


def test_what_is_sent_was_rendered_before(start_server, start_worker, cast: Cast) -> None:
    """The worker has no templates. Neither has whoever tries to write a mail like that."""
    server = start_server("ok")
    cast.site(ISS_Expert=1, VS_ES1=2)
    [message] = Message.objects.all()
    worker = start_worker(server.url, "--once", settings=NO_TEMPLATES)
    assert worker.wait() == 0
    assert [each["raw"] for each in server.accepted] == [bytes(message.raw)]


def test_control_without_templates_nothing_can_be_written(cast: Cast, settings) -> None:
    order = cast.order_new(ISS_Expert=1)
    settings.TEMPLATES = []
    with pytest.raises(TemplateDoesNotExist):
        cast.issue(order)
