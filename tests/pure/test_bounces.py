"""Which mails are bounces of ours, and what each is about."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from outbox.answers import Fault
from outbox.bounces import MOST_BYTES, Bounce, read

FOLDER = Path(__file__).parents[1] / "data" / "bounces"
TOKEN = "0123456789abcdef" * 2
MAILS = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))}
BOUNCES: dict[str, tuple[Fault | None, str]] = {
    "postfix-unknown-user": (Fault.ADDRESS, "550 5.1.1 <ann@dealer.example>: User unknown"),
    "exim-bare-550": (Fault.ADDRESS, "550 No such user here"),
    "exchange-unknown-user": (
        Fault.ADDRESS,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    ),
    "mailbox-full-for-days": (
        Fault.MAILBOX_FULL,
        "452 4.2.2 The email account that you tried to reach is over quota",
    ),
    "nobody-answered-for-days": (
        None,
        "4.4.1 X-Postfix; connect to mx.dealer.example[192.0.2.1]:25: Connection timed out",
    ),
    "greylisted-for-days": (Fault.POLICY, "451 4.7.1 Greylisted, try again later"),
    "domain-does-not-exist": (
        Fault.POLICY,
        "5.4.4 X-Postfix; Host or domain name not found. "
        "Name service error for name=dealer.example type=MX",
    ),
    "bad-domain-without-an-answer": (Fault.ADDRESS, "5.1.2"),
    "relay-denied": (Fault.POLICY, "554 5.7.1 <ann@dealer.example>: Relay access denied"),
    "daily-quota": (Fault.POLICY, "550 5.4.5 Daily user sending limit exceeded"),
    "refused-as-spam-after-the-mail": (Fault.POLICY, "550 This message was classified as SPAM"),
    "too-large": (Fault.CONTENT, "552 5.3.4 Message size exceeds fixed limit"),
    "address-alone-names-the-mail": (Fault.ADDRESS, "550 5.1.1 User unknown"),
    "delivered-to-names-the-mail": (Fault.ADDRESS, "550 5.1.1 User unknown"),
}


@pytest.mark.parametrize(("name", "expected"), BOUNCES.items(), ids=list(BOUNCES))
def test_a_bounce_says_which_mail_came_back_and_whose_fault_it_is(
    name: str, expected: tuple[Fault | None, str]
) -> None:
    assert read(MAILS[name]) == Bounce(TOKEN, *expected)


@pytest.mark.parametrize("name", [name for name in MAILS if name.startswith("no-")])
def test_other_mail_is_no_bounce(name: str) -> None:
    assert read(MAILS[name]) is None


def test_each_sample_is_a_bounce_or_none() -> None:
    assert {name for name in MAILS if not name.startswith("no-")} == set(BOUNCES)


def test_the_answer_of_a_bare_550_counts_only_where_the_address_was_named() -> None:
    mail = MAILS["exim-bare-550"]
    elsewhere = read(mail.replace(b"after RCPT TO:", b"after the mail to "))
    assert elsewhere == Bounce(TOKEN, Fault.POLICY, "550 No such user here")
    policy = read(mail.replace(b"No such user here", b"blocked by policy"))
    assert policy == Bounce(TOKEN, Fault.POLICY, "550 blocked by policy")


def test_of_the_words_of_a_mail_server_the_beginning_is_kept() -> None:
    mail = MAILS["daily-quota"].replace(b"Daily user", b"Daily " + b"user " * 5000)
    bounce = read(mail)
    assert bounce is not None
    assert len(bounce.said) == 1000


def test_a_mail_that_was_cut_off_behind_its_report_is_a_bounce() -> None:
    mail = MAILS["postfix-unknown-user"]
    assert read(mail + b"x" * MOST_BYTES) == read(mail)
    assert read(mail[: mail.index(b"Content-Type: message/rfc822")]) == read(mail)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
        b"Content-Type: multipart/report; report-type*=''x\r\n\r\n--\r\n",
        b"Content-Type: \xff\xfe; boundary=\xff\r\n\r\n--\xff",
        MAILS["postfix-unknown-user"].replace(b"Status: 5.1.1", b"Status: \xff.999999.9"),
        MAILS["postfix-unknown-user"].replace(b"Action: failed", b"Action: \xff\xff"),
        MAILS["postfix-unknown-user"].replace(b"0123456789abcdef", b"0123456789ABCDEX"),
    ],
)
def test_what_nobody_would_send_is_answered_too(raw: bytes) -> None:
    bounce = read(raw)
    assert bounce is None or bounce.token == TOKEN


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b%d"\r\n\r\n'
            b"--b%d\r\n" % (depth, depth)
            for depth in range(3000)
        ),
        MAILS["postfix-unknown-user"] + b"\r\n" * 5_000_000,
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        + b"--b\r\n\r\n" * 500_000,
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"Action: x\r\n\r\n" * 500_000,
        b"To: " + b"+0123456789abcdef" * 300_000,
        b"X: y\r\n" * 500_000,
    ],
)
def test_a_large_or_deep_mail_costs_little(raw: bytes) -> None:
    began = time.process_time()
    read(raw)
    assert time.process_time() - began < 3
