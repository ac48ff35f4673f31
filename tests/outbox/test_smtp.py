"""Against a real mail server in a process of its own."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from outbox import actions
from outbox.models import Message
from outbox.transports import Refused, SmtpTransport, transport_from_url
from tests.outbox.processes import StartServer
from tests.outbox.sample_mail import mail

pytestmark = pytest.mark.django_db
Connect = Callable[[str], SmtpTransport]
RAW = b"Subject: x\r\n\r\n.Hello\r\n"


@pytest.fixture
def connect() -> Iterator[Connect]:
    """transport_from_url, closed at the end."""
    transports: list[SmtpTransport] = []

    def connect(url: str) -> SmtpTransport:
        transport = transport_from_url(url)
        assert isinstance(transport, SmtpTransport)
        transports.append(transport)
        return transport

    yield connect
    for transport in transports:
        transport.close()


def deliver_next(transport: SmtpTransport) -> Message:
    Message.objects.update(due_at=timezone.now())
    [message] = actions.claim(timezone.now(), most=1)
    actions.deliver(message, transport, timezone.now())
    message.refresh_from_db()
    return message


def test_the_stored_bytes_arrive(start_server: StartServer, connect: Connect) -> None:
    server = start_server("ok")
    letter = mail(subject="Größe " * 30)
    letter.attach_alternative("<p>x</p>" * 500, "text/html")
    letter.attach("serials.csv", b"a,b\r\n\x00\xff", "application/octet-stream")
    queued = actions.queue([letter, mail()], record="R1")
    transport = connect(server.url)
    assert [deliver_next(transport).state for _ in queued] == ["sent", "sent"]
    assert [each["raw"] for each in server.accepted] == [message.raw for message in queued]
    first = server.accepted[0]
    assert first["sender"] == "licenses@vendor.example"
    assert first["recipients"] == ["ann@dealer.example"]
    assert "BODY=8BITMIME" in first["options"]


def test_the_connection_is_kept_between_mails(start_server: StartServer, connect: Connect) -> None:
    transport = connect(start_server("ok").url)
    transport.send("a@x.example", "b@x.example", RAW)
    server = transport._server
    transport.send("a@x.example", "b@x.example", RAW)
    assert transport._server is server


def test_a_server_that_hangs_up_between_mails_loses_none(
    start_server: StartServer, connect: Connect
) -> None:
    server = start_server("one-each")
    transport = connect(server.url)
    for _ in range(3):
        transport.send("a@x.example", "b@x.example", RAW)
        wait_for_hang_up(transport)
    assert len(server.accepted) == 3


def wait_for_hang_up(transport: SmtpTransport) -> None:
    assert transport._server
    connection = transport._server.sock
    assert connection
    connection.settimeout(30)
    assert connection.recv(1, socket.MSG_PEEK) == b""  # the good-bye, left unread


def test_a_server_that_drops_the_mail_gets_it_again(
    start_server: StartServer, connect: Connect
) -> None:
    server = start_server("drop")
    [queued] = actions.queue([mail()], record="R1")
    transport = connect(server.url)
    dropped = deliver_next(transport)
    assert dropped.state == "queued"
    assert dropped.last_error.startswith("SMTPServerDisconnected")
    assert deliver_next(transport).state == "sent"
    assert server.message_ids == [queued.message_id] * 2


def test_a_greylisted_mail_is_tried_again(start_server: StartServer, connect: Connect) -> None:
    server = start_server("greylist")
    actions.queue([mail()], record="R1")
    transport = connect(server.url)
    first = deliver_next(transport)
    assert first.state == "queued"
    assert "451" in first.last_error
    assert deliver_next(transport).state == "sent"
    assert len(server.accepted) == 1


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("RCPT 550 5.1.1 User unknown", "address"),
        ("RCPT 550 No such user", "address"),
        ("DATA 554 5.6.0 Malformed", "content"),
        ("DATA 552 5.3.4 Too large", "content"),
    ],
)
def test_a_refused_mail_fails_and_the_next_goes_out(
    start_server: StartServer, connect: Connect, mode: str, why: str
) -> None:
    actions.queue([mail()], record="R1")
    transport = connect(start_server(mode).url)
    failed = deliver_next(transport)
    assert (failed.state, failed.failed_for) == ("failed", why)
    assert mode.partition(" ")[2] in failed.last_error
    with pytest.raises(Refused):
        transport.send("a@x.example", "b@x.example", RAW)


@pytest.mark.parametrize(
    "mode",
    [
        "DATA 550 5.4.5 Daily user sending limit exceeded",
        "DATA 554 5.2.252 SendAsDenied",
        "RCPT 550 5.7.54 Unable to relay recipient in non-accepted domain",
        "RCPT 554 5.7.1 <ann@dealer.example>: Relay access denied",
        "RCPT 552 5.2.2 Mailbox full",
    ],
)
def test_a_mail_that_is_refused_for_another_reason_is_put_off(
    start_server: StartServer, connect: Connect, mode: str
) -> None:
    actions.queue([mail()], record="R1")
    put_off = deliver_next(connect(start_server(mode).url))
    assert (put_off.state, put_off.failed_for, put_off.failed_at) == ("queued", "", None)
    assert mode.partition(" ")[2] in put_off.last_error


def test_a_refused_address_holds_nobody_else_up(
    start_server: StartServer, connect: Connect
) -> None:
    server = start_server("refuse-some")
    taken, refused = actions.queue([mail(cc=["refused@x.example"])], record="R1")
    transport = connect(server.url)
    for _ in range(2):
        deliver_next(transport)
    rows = Message.objects.order_by("pk").values_list("pk", "state", "failed_for")
    assert list(rows) == [(taken.pk, "sent", ""), (refused.pk, "failed", "address")]
    assert "550 5.1.1 No such user" in Message.objects.get(pk=refused.pk).last_error
    assert [each["recipients"] for each in server.accepted] == [["ann@dealer.example"]]


def test_a_server_slower_than_our_patience_gets_it_again(
    start_server: StartServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.transports.SMTP_TIMEOUT", 0.5)
    server = start_server("hold")
    [queued] = actions.queue([mail()], record="R1")
    transport = connect(server.url)
    slow = deliver_next(transport)
    assert (slow.state, slow.last_error[-9:]) == ("queued", "timed out")
    server.tell("go on")
    server.tell("go on")
    assert deliver_next(transport).state == "sent"
    assert server.message_ids == [queued.message_id] * 2


def test_what_is_wrong_with_our_login_may_be_mended(
    start_server: StartServer, connect: Connect
) -> None:
    server = start_server("login")
    actions.queue([mail()], record="R1")
    anonymous = deliver_next(connect(server.url))
    assert (anonymous.state, "530" in anonymous.last_error) == ("queued", True)
    wrong = deliver_next(connect(server.url.replace("//", "//ann:secret@")))
    assert (wrong.state, "535" in wrong.last_error) == ("queued", True)
    assert "secret" not in wrong.last_error
    assert deliver_next(connect(server.url.replace("//", "//ann:p%2Fw@"))).state == "sent"


def test_nobody_answers(start_server: StartServer, connect: Connect) -> None:
    server = start_server("ok")
    server.end()
    actions.queue([mail()], record="R1")
    message = deliver_next(connect(server.url))
    assert (message.state, message.last_error[:22]) == ("queued", "ConnectionRefusedError")


@pytest.mark.parametrize("scheme", ["smtp+tls", "smtps"])
def test_tls(
    start_server: StartServer,
    connect: Connect,
    certificate: str,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    server = start_server("tls-ok" if scheme == "smtps" else "ok", certificate)
    url = f"{scheme}://localhost:{server.port}"
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        connect(url).send("a@x.example", "b@x.example", RAW)
    monkeypatch.setenv("SSL_CERT_FILE", str(Path(certificate).with_suffix(".crt")))
    connect(url).send("a@x.example", "b@x.example", RAW)
    assert len(server.accepted) == 1


def test_no_tls_no_mail(start_server: StartServer, connect: Connect) -> None:
    """A server, or somebody between us, that offers no STARTTLS gets no mail and no password."""
    server = start_server("ok")
    transport = connect(f"smtp+tls://u:p@localhost:{server.port}")
    for _ in range(2):  # the second must not find the connection of the first
        with pytest.raises(OSError, match="STARTTLS"):
            transport.send("a@x.example", "b@x.example", RAW)
    assert server.accepted == []
