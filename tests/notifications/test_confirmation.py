"""The mail that tells the serial numbers, as its recipient gets it."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from licensing.models import Installation
from notifications.models import Confirmation
from orders.models import Order
from outbox.models import Message
from tests.cast import Cast, current


def mail_of(order: Order) -> EmailMessage:
    """From the bytes that the worker will send."""
    assert order.revision is not None
    (message,) = order.revision.confirmation.deliveries
    assert message.raw is not None
    parsed = message_from_bytes(bytes(message.raw), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def subject_of(order: Order) -> str:
    return str(mail_of(order)["Subject"])


def text_of(order: Order) -> str:
    part = mail_of(order).get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def html_of(order: Order) -> str:
    part = mail_of(order).get_body(("html",))
    assert part is not None
    return part.get_content()


@pytest.fixture
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=4, VS_ES1=2)


def test_the_first_one_is_a_license_confirmation_to_the_orderer(cast: Cast) -> None:
    order = cast.issue(cast.order_new("Pier 9", ISS_Expert=4))
    assert subject_of(order) == f"License confirmation R1 · Pier 9 · PO {order.po_number}"
    assert mail_of(order)["To"] == cast.buyer.email


def test_a_later_one_is_a_revised_license_confirmation(cast: Cast, site: Installation) -> None:
    order = cast.issue(cast.order_existing(current(site, "ISS")))
    assert subject_of(order) == (
        f"Revised license confirmation R2 · {site.site_name} · PO {order.po_number}"
    )


def said_of(text: str, family: str) -> str:
    """The block about a family in the text part."""
    block = re.search(rf"^{family}: .*?(?=\n\n)", text, re.M | re.S)
    assert block, text
    return " ".join(block[0].split())


def test_each_familys_serial_is_marked(cast: Cast, site: Installation) -> None:
    first = text_of(Order.objects.get())
    iss, vai = current(site, "ISS"), current(site, "VAI")
    later = "Quote it on every later order for this site."
    assert said_of(first, "ISS") == f"ISS: new {iss} {later}"
    assert said_of(first, "VAI") == f"VAI: new {vai} {later}"

    both = cast.issue(cast.order_existing(iss, vai, ISS_Expert=1, VS_ES1=1))
    same = f"{iss} The same as before. Quote it on every order for this site."
    new_vai = current(site, "VAI")
    assert said_of(text_of(both), "ISS") == f"ISS: stays the same {same}"
    assert said_of(text_of(both), "VAI") == (
        f"VAI: new, replaces the old one {new_vai} Quote this one from now on. It replaces {vai}."
    )

    only_vai = cast.issue(cast.order_existing(new_vai, VS_ES1=1))
    assert said_of(text_of(only_vai), "ISS") == f"ISS: not changed by this order {same}"


def test_text_and_html_tell_the_same_facts(cast: Cast, site: Installation) -> None:
    iss, vai = current(site, "ISS"), current(site, "VAI")
    order = cast.issue(cast.order_existing(iss, vai, ISS_ExpertStarterPack=2, VS_ES3=3))
    facts = [site.site_name, order.po_number, order.reference, iss, vai, current(site, "VAI")]
    facts += ["ISS-ExpertStarterPack", "8 × ISS-Expert", "VS-ES3", "Nov 23, 2029"]
    facts += ["1.888.694.7827", "sales@idisamericas.com", f"/installations/{site.reference}/"]
    for part in (text_of(order), html_of(order)):
        assert [fact for fact in facts if fact not in part] == []


def test_what_a_family_without_a_serial_has_to_say_is_left_out(cast: Cast) -> None:
    assert "VAI" not in text_of(cast.issue(cast.order_new(ISS_Expert=1)))


def test_nobody_is_tracked(cast: Cast, site: Installation) -> None:
    page = html_of(Order.objects.get())
    assert "<img" not in page
    assert "url(" not in page
    assert set(re.findall(r'(?:src|href)="(\w+):', page)) <= {"http", "tel", "mailto"}


def test_the_exact_copy_is_kept(cast: Cast, site: Installation) -> None:
    copy = Confirmation.objects.get()
    order = Order.objects.get()
    assert copy.subject == subject_of(order)
    assert copy.text.strip() == text_of(order).strip()
    assert copy.html.strip() == html_of(order).replace("\r\n", "\n").strip()


def test_it_waits_in_the_outbox_as_a_record(cast: Cast, site: Installation) -> None:
    message = Message.objects.get()
    assert (message.state, message.recipients) == ("queued", [cast.buyer.email])
    assert message.record == f"{site.reference}/R1"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "{{ facts }}{% now %}",
        "A & B \"C\" 'D'",
        "Müller Straße 5 · 北港 · 🚢",
        "x" * 120,
    ],
)
def test_hostile_site_names_stay_text(cast: Cast, name: str) -> None:
    order = cast.issue(cast.order_new(name, ISS_Expert=1))
    assert name in subject_of(order)
    assert name in text_of(order)
    assert "<script>" not in html_of(order)
