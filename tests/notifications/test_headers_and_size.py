"""Every mail speaks to the programs between us and its reader."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.core.mail import EmailMessage

import portal.desk.previews  # noqa: F401 - knows all samples
from licensing.serial_policy import Action
from notifications.confirmation.facts import HeldFact, LineFact
from notifications.confirmation.samples import ORDER, SITE, confirmation
from notifications.rules.recipients import Recipient, Why
from notifications.samples import AT, READER, SAMPLES
from notifications.stopped import HeldFile, StoppedOrder, held_file_mail
from orders.actions.notifying import TOGETHER
from outbox import actions
from outbox.models import Message
from tests.notifications.reading import body, made, sent
from texts.names import LONGEST_NAME
from texts.po_numbers import MAX_PO_NUMBER

GMAIL_SHOWS = 102_000  # bytes of the HTML; it cuts the rest off
LINES = 200  # the most that an order has
DAY = dt.timedelta(days=1)
FIRST = dt.date(2027, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("record", ["", "R1"], ids=["private", "kept"])
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_mail_says_that_a_machine_wrote_it(kind: str, record: str) -> None:
    """RFC 3834: or each confirmation brings back an absence note."""
    actions.queue([SAMPLES[kind].mail("en")], record=record)
    assert sent(Message.objects.get())["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_answer_reaches_sales_where_it_makes_sense(kind: str) -> None:
    to_staff = kind.startswith("alert-")
    expected = None if to_staff else settings.SALES_EMAIL
    assert made(SAMPLES[kind].mail("en"))["Reply-To"] == expected


def of_200_lines(language: str) -> EmailMessage:
    """Each with a start of its own, and as many rows of what the site holds."""
    part, begins = "ISS-ExpertStarterPack", [FIRST + n * DAY for n in range(LINES)]
    return confirmation(
        language,
        lines=tuple(
            LineFact(Action.ADD, 1234, part, 0, 1234, day + 365 * DAY, day) for day in begins
        ),
        held=tuple(HeldFact(part, 1234, day + 365 * DAY, day) for day in begins),
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_foot_of_a_mail_about_200_lines_is_shown(language: str) -> None:
    mail = made(of_200_lines(language))
    shown = body(mail, "html").encode()[:GMAIL_SHOWS].decode(errors="ignore")
    assert "</html>" in shown
    assert SITE in shown
    text = body(mail, "plain")
    assert text.count("ISS-ExpertStarterPack") == 2 * LINES  # nothing is left out of the text


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_foot_of_a_mail_about_a_long_file_is_shown(language: str) -> None:
    """With the longest names, and links as long as real ones."""
    order = StoppedOrder(
        kind="held",
        site_name="N" * LONGEST_NAME,
        po_number="7" * MAX_PO_NUMBER,
        order_number=ORDER,
        order_path=f"/orders/{ORDER}/",
        reason="R" * 80,
        link_path=f"/orders/answer/{'t' * 100}/",
        link_ends=FIRST,
        ends_at=AT,
    )
    file = HeldFile("orders.csv", "/orders/bulk/9k2m4np7rt/", (order,) * TOGETHER)
    mail = made(held_file_mail(file, Recipient(READER, language, Why.ORDERER)))
    shown = body(mail, "html").encode()[:GMAIL_SHOWS].decode(errors="ignore")
    assert "</html>" in shown
    assert shown.count(order.link_path) == TOGETHER


def test_a_table_that_is_cut_says_how_many_rows_are_missing() -> None:
    html = body(made(of_200_lines("en")), "html")
    assert html.count("and 160 more rows") == 2
    assert "more row" not in body(made(confirmation("en")), "html")
