"""Mail that comes back later: read from a mailbox by IMAP, marked once, and a task from then on."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from outbox import actions, bounces, returning
from outbox.answers import Fault
from outbox.bounces import Bounce
from outbox.checks import check_bounce_url
from outbox.mailboxes import HINT, FolderMailbox, ImapMailbox, mailbox_from_url
from outbox.models import BounceMailbox, Message, PrivateContent
from outbox.returning import Outcome, take_back
from outbox.transports import transport_from_url
from outbox.watch import measure
from tests.outbox.imap_server import ImapServer, imap_server
from tests.outbox.processes import StartServer
from tests.outbox.sample_mail import mail

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
SAMPLES = Path(__file__).parents[1] / "data" / "bounces"
SAMPLE_TOKEN = b"0123456789abcdef" * 2
NOW = timezone.now()


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[ImapServer]:
    with imap_server() as server:
        settings.BOUNCE_URL = f"imap://ann%40vendor.example:p%2Fw@127.0.0.1:{server.port}"
        yield server


def token_of(message: Message) -> str:
    return message.message_id.partition("@")[0].removeprefix("<")


def bounce_of(message: Message, sample: str = "postfix-unknown-user") -> bytes:
    raw = (SAMPLES / f"{sample}.eml").read_bytes()
    return raw.replace(SAMPLE_TOKEN, token_of(message).encode())


def sent(record: str = "7k3m9qwx4t/R1", **changes: Any) -> Message:
    [message] = actions.queue([mail()], record=record)
    if not record:
        PrivateContent.objects.filter(pk=message.pk).delete()
    Message.objects.filter(pk=message.pk).update(**{"state": "sent", "sent_at": NOW} | changes)
    message.refresh_from_db()
    return message


def read_mailbox() -> str:
    out = StringIO()
    call_command("read_bounces", stdout=out)
    return out.getvalue().strip()


def told(mails: int, returned: int) -> str:
    return f"Mails read: {mails}. Mails of ours that came back: {returned}."


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.failed_for


def test_a_mail_goes_out_and_comes_back_as_a_task(
    start_server: StartServer, mailbox: ImapServer, settings: Settings
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@vendor.example"
    server = start_server("ok")
    actions.queue([mail()], record="7k3m9qwx4t/R1")
    [message] = actions.claim(timezone.now())
    transport = transport_from_url(server.url)
    actions.deliver(message, transport, timezone.now())
    transport.close()
    [taken] = server.accepted
    assert taken["sender"] == f"bounces+{token_of(message)}@vendor.example"
    assert b"From: License portal" in taken["raw"]

    mailbox.kept.add(bounce_of(message, "address-alone-names-the-mail"))
    assert read_mailbox() == told(1, 1)

    assert state_of(message) == ("returned", "address")
    assert message.last_error == "550 5.1.1 User unknown"
    assert message.sent_at is not None
    assert message.failed_at is not None
    assert message.is_task
    assert Message.objects.undealt().get() == message
    queue = measure(timezone.now())
    assert (queue.not_delivered, queue.is_well) == (1, False)


def test_without_an_address_for_bounces_they_go_to_the_sender() -> None:
    [message] = actions.queue([mail()], record="R1")
    assert message.sender == "licenses@vendor.example"


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        ("exchange-unknown-user", "address"),
        ("mailbox-full-for-days", "address"),
        ("nobody-answered-for-days", "tries"),
        ("daily-quota", "policy"),
        ("too-large", "content"),
    ],
)
def test_the_reason_is_read_as_that_of_a_refusal(
    mailbox: ImapServer, sample: str, why: str
) -> None:
    message = sent()
    mailbox.kept.add(bounce_of(message, sample))
    read_mailbox()
    assert state_of(message) == ("returned", why)


@pytest.mark.parametrize("sample", [path.stem for path in SAMPLES.glob("no-*.eml")])
def test_other_mail_changes_nothing(mailbox: ImapServer, sample: str) -> None:
    message = sent()
    mailbox.kept.add(bounce_of(message, sample))
    assert read_mailbox() == told(1, 0)
    assert state_of(message) == ("sent", "")


def test_the_mailbox_is_only_read(mailbox: ImapServer) -> None:
    mailbox.kept.add(bounce_of(sent()))
    read_mailbox()
    assert mailbox.kept.commands == ["CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "LOGOUT"]


def test_each_mail_is_read_once_and_so_many_in_a_run(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "MOST_MAILS", 2)
    messages = [sent(), sent(), sent()]
    for message in messages:
        mailbox.kept.add(bounce_of(message))
    assert [read_mailbox() for _ in range(3)] == [told(2, 2), told(1, 1), told(0, 0)]
    assert {state_of(message)[0] for message in messages} == {"returned"}
    mailbox.kept.validity += 1  # the mail server numbers its mails anew
    assert read_mailbox() == told(2, 0)


def test_the_same_bounce_counts_once_even_after_the_mail_was_sent_again(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a run was killed after it marked the mail and before it noted how far it had read."""
    message = sent()
    mailbox.kept.add(bounce_of(message))
    with monkeypatch.context() as patch:
        patch.setattr(returning, "_go_on_after", killed)
        with pytest.raises(KeyboardInterrupt):
            read_mailbox()
    assert state_of(message) == ("returned", "address")
    send_again(message)
    assert read_mailbox() == told(1, 0)
    assert state_of(message) == ("sent", "")

    mailbox.kept.add(bounce_of(message, "mailbox-full-for-days"))
    assert read_mailbox() == told(1, 1)
    assert state_of(message) == ("returned", "address")


def killed(*_: object) -> None:
    raise KeyboardInterrupt


class Sales:
    def may_as_staff(self, permission: str) -> bool:
        return True

    def get_username(self) -> str:
        return "sales@vendor.example"


def send_again(message: Message) -> None:
    assert actions.retry(message, by=Sales(), at=timezone.now())
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts) == ("queued", None, 0)
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=timezone.now())


def test_what_is_dealt_with_stays_so(mailbox: ImapServer) -> None:
    message = sent()
    mailbox.kept.add(bounce_of(message))
    read_mailbox()
    assert actions.deal_with(message, by=Sales(), at=timezone.now(), note="Called.")
    mailbox.kept.add(bounce_of(message, "daily-quota"))
    read_mailbox()
    assert state_of(message) == ("returned", "address")
    assert message.dealt_with_note == "Called."
    assert not message.is_task


@pytest.mark.parametrize(
    "state",
    [
        {"state": "queued", "sent_at": None},
        {"state": "failed", "sent_at": None, "failed_at": NOW, "failed_for": "content"},
    ],
    ids=lambda state: state["state"],
)
def test_only_sent_mail_comes_back(mailbox: ImapServer, state: dict[str, Any]) -> None:
    """So that a bounce keeps no mail from being sent."""
    message = sent(**state)
    mailbox.kept.add(bounce_of(message))
    assert read_mailbox() == told(1, 0)
    assert state_of(message) == (state["state"], state.get("failed_for", ""))


def test_a_bounce_that_is_faster_than_our_own_record_waits_for_it(mailbox: ImapServer) -> None:
    message = sent(state="sending", sent_at=None, claim="0" * 32)
    mailbox.kept.add(bounce_of(message))
    assert read_mailbox() == told(0, 0)
    Message.objects.update(state="sent", sent_at=NOW, claim=None)
    assert read_mailbox() == told(1, 1)


def test_private_mail_that_comes_back_is_a_task_without_another_try(mailbox: ImapServer) -> None:
    message = sent(record="")
    mailbox.kept.add(bounce_of(message))
    read_mailbox()
    assert state_of(message) == ("returned", "address")
    assert message.is_task
    assert not message.may_be_tried_again(timezone.now())
    assert not actions.retry(message, by=Sales(), at=timezone.now())
    assert actions.deal_with(message, by=Sales(), at=timezone.now(), note="Called.")
    later = message.expires_at + dt.timedelta(days=1) if message.expires_at else NOW
    assert actions.expire(later) == 0


def test_what_can_not_be_read_does_not_stop_the_mails_behind_it(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    message = sent()

    def read(raw: bytes) -> Bounce | None:
        if raw == b"deep":
            raise RecursionError
        return bounces.read(raw)

    monkeypatch.setattr(returning, "read", read)
    mailbox.kept.add(b"deep")
    mailbox.kept.add(bounce_of(message))
    assert read_mailbox() == told(2, 1)
    assert "bounce not understood" in caplog.text
    assert "ann@dealer.example" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_mark_a_mail_once() -> None:
    message = sent()
    bounce = Bounce(token_of(message), Fault.ADDRESS, "550 5.1.1 User unknown")
    found: list[Outcome] = []
    together = threading.Barrier(8)

    def run(number: int) -> None:
        together.wait()
        found.append(take_back(bounce, fingerprint=f"{number:064}", at=timezone.now()))
        connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.name for each in found) == ["NOTHING"] * 7 + ["RETURNED"]


def test_a_run_that_is_behind_does_not_take_another_one_back() -> None:
    place = BounceMailbox.objects.create(name="x", validity=7, last_number=50)
    returning._go_on_after(place, 7, 45)
    place.refresh_from_db()
    assert place.last_number == 50
    returning._go_on_after(place, 8, 1)
    place.refresh_from_db()
    assert (place.validity, place.last_number) == (8, 1)


def test_a_folder_is_a_mailbox_too(settings: Settings, tmp_path: Path) -> None:
    settings.BOUNCE_URL = tmp_path.as_uri()
    assert read_mailbox() == told(0, 0)
    message = sent()
    (tmp_path / "one.eml").write_bytes(bounce_of(message))
    (tmp_path / "one.txt").write_bytes(b"for people")
    assert read_mailbox() == told(1, 1)
    assert read_mailbox() == told(0, 0)
    assert (tmp_path / "one.eml").exists()


def test_without_a_mailbox_there_is_nothing_to_read() -> None:
    assert read_mailbox() == "BOUNCE_URL is not set, so there is no mailbox to read."


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("imap://ann%40vendor.example:secret@127.0.0.1:{port}", "Authentication failed"),
        ("imap://ann%40vendor.example:p%2Fw@127.0.0.1:{port}/Other", "no folder Other"),
        ("imap://a:b@127.0.0.1:1", "refused"),
    ],
)
def test_a_mailbox_that_can_not_be_read_ends_the_command(
    mailbox: ImapServer, settings: Settings, url: str, says: str
) -> None:
    settings.BOUNCE_URL = url.format(port=mailbox.port)
    with pytest.raises(CommandError, match=says) as failed:
        read_mailbox()
    assert "secret" not in str(failed.value)
    assert returning.last_read_at() is None


@pytest.mark.parametrize("scheme", ["imaps", "imap+tls"])
def test_tls(
    settings: Settings, certificate: str, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with imap_server(certificate, at_once=scheme == "imaps") as server:
        account = "ann%40vendor.example:p%2Fw"
        settings.BOUNCE_URL = f"{scheme}://{account}@localhost:{server.port}/INBOX"
        message = sent()
        server.kept.add(bounce_of(message))
        with pytest.raises(CommandError, match="CERTIFICATE_VERIFY_FAILED"):
            read_mailbox()
        assert "LOGIN" not in server.kept.commands
        monkeypatch.setenv("SSL_CERT_FILE", str(Path(certificate).with_suffix(".crt")))
        assert read_mailbox() == told(1, 1)


def test_no_tls_no_password(settings: Settings, mailbox: ImapServer) -> None:
    """A server, or somebody between us, that offers no STARTTLS gets no password."""
    settings.BOUNCE_URL = settings.BOUNCE_URL.replace("imap:", "imap+tls:")
    with pytest.raises(CommandError, match="TLS not supported"):
        read_mailbox()
    assert "LOGIN" not in mailbox.kept.commands


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://a:b@mail.example", ("a@mail.example:993/INBOX", "imaps")),
        ("imap+tls://a:b@mail.example/Bounces", ("a@mail.example:143/Bounces", "imap+tls")),
        ("imap://a%40b:c%2Fd@[::1]:1143/A/B", ("a@b@::1:1143/A/B", "imap")),
    ],
)
def test_a_mailbox_has_an_address(url: str, expected: tuple[str, str]) -> None:
    mailbox = mailbox_from_url(url)
    assert isinstance(mailbox, ImapMailbox)
    assert (mailbox.name, mailbox.scheme) == expected


def test_a_folder_has_one_too() -> None:
    mailbox = mailbox_from_url("file:///srv/my%20bounces")
    assert isinstance(mailbox, FolderMailbox)
    assert mailbox.folder == Path("/srv/my bounces")


@pytest.mark.parametrize(
    "url",
    [
        "pop3://a:secret@mail.example",
        "imaps://a@mail.example",
        "imaps://:secret@mail.example",
        "imaps://a:secret@",
        "imaps://a:secret@mail.example:x",
        "imaps://a:secret@mail.example/In%0dbox",
        "imaps://a:secret@mail.example/Bücher",
        "imaps://a:secret@mail.example/INBOX?x=1",
        "file://host/folder",
        "file:folder",
    ],
)
def test_a_wrong_address_is_refused_with_a_hint(settings: Settings, url: str) -> None:
    settings.BOUNCE_URL = url
    [error] = check_bounce_url()
    assert (error.id, error.msg) == ("outbox.E002", HINT)
    assert "secret" not in error.msg


@pytest.mark.parametrize("url", ["", "imaps://a:b@mail.example", "file:///srv/bounces"])
def test_a_right_address_or_none_passes(settings: Settings, url: str) -> None:
    settings.BOUNCE_URL = url
    assert check_bounce_url() == []
