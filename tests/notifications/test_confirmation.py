"""The mail that tells the serial numbers, as its recipients get it."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from django.test import Client
from pytest_django import Settings

from companies.models import User
from licensing.coverage import put_together
from licensing.models import Installation, Serial
from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.wording import compose
from notifications.models import Contact
from notifications.notices.changeover import entered_url
from orders.models import Order
from outbox.models import Message
from tests.cast import Cast, current
from tests.kept_rows import kept
from tests.letters import write_letters
from tests.notifications.reading import (
    html_of,
    pdf_of,
    pdf_pages,
    sent,
    text_of,
    words_of_html,
)
from tests.ordering import line, order_lines
from tests.pages import attributes, has
from texts.as_json import from_json


def mails_of(order: Order) -> dict[str, EmailMessage]:
    """By recipient."""
    assert order.revision is not None
    deliveries = order.revision.confirmation.deliveries.order_by("pk")
    return {message.recipients[0]: sent(message) for message in deliveries}


def mail_of(order: Order) -> EmailMessage:
    (mail,) = mails_of(order).values()
    return mail


@kept
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=4, VS_ES1=2)


def contact(site: Installation, email: str, **wishes: object) -> Contact:
    site.contacts.filter(email=email).delete()  # who ordered is one already
    return Contact.objects.create(installation=site, company=site.company, email=email, **wishes)


# What it says ----------------------------------------------------------------------------


def test_the_subject_sorts_well_in_a_mailbox(cast: Cast, site: Installation) -> None:
    first = Order.objects.get()
    later = cast.issue(cast.order_existing(current(site, "ISS")))
    assert [mail_of(order)["Subject"] for order in (first, later)] == [
        f"License confirmation R1 · {site.site_name} · PO {first.po_number}",
        f"Revised license confirmation R2 · {site.site_name} · PO {later.po_number}",
    ]


def said_of(order: Order, family: str) -> str:
    """The block about a family in the text part."""
    text = text_of(mail_of(order))
    block = re.search(rf"^{family}: .*?(?=\n\n)", text, re.M | re.S)
    assert block, text
    return " ".join(block[0].split())


def test_each_familys_serial_is_marked(cast: Cast, site: Installation) -> None:
    first = Order.objects.get()
    iss, vai = current(site, "ISS"), current(site, "VAI")
    later = "Quote it on every later order for this site."
    assert said_of(first, "ISS") == f"ISS: New {iss} {later}"
    until = "until the next add-on, upgrade or renewal for this site replaces it."
    assert said_of(first, "VAI") == f"VAI: New {vai} Quote it {until}"

    both = cast.issue(cast.order_existing(iss, vai, ISS_Expert=1, VS_ES1=1))
    same = f"{iss} The same as before. Quote it on every order for this site."
    new_vai = current(site, "VAI")
    assert said_of(both, "ISS") == f"ISS: Stays the same {same}"
    assert said_of(both, "VAI") == (
        f"VAI: New, replaces the old one {new_vai} Quote this one from now on, {until} "
        f"It replaces {vai}. "
        "Entered on the server? Say so here, without a log-in. "
        + entered_url(Serial.objects.get(number=new_vai))
    )

    only_vai = cast.issue(cast.order_existing(new_vai, VS_ES1=1))
    assert said_of(only_vai, "ISS") == f"ISS: Not changed by this order {same}"


def test_a_family_without_a_serial_is_left_out(cast: Cast) -> None:
    assert "VAI" not in text_of(mail_of(cast.issue(cast.order_new(ISS_Expert=1))))


@pytest.fixture
def changed(cast: Cast, site: Installation) -> Order:
    """A kit, an upgrade, and a renewal before the end."""
    lines = [
        line("ISS-ExpertStarterPack", 2),
        line("VS-ADV1", 1, "upgrade", "VS-ES1"),
        line("VS-ES3", 1, "renew", "VS-ES1"),
    ]
    serials = (current(site, "ISS"), current(site, "VAI"))
    return cast.issue(order_lines(cast, *serials, lines=lines))


def test_what_the_order_did_and_what_is_held_now(changed: Order) -> None:
    text = text_of(mail_of(changed))
    did, _, rest = text.partition("WHAT THIS ORDER DID\n\n")[2].partition("\n\n\n")
    holds = rest.partition("WHAT THIS SITE HOLDS NOW\n\n")[2].partition("\n\n\n")[0]
    assert did.splitlines() == [
        "Added 2 ISS-ExpertStarterPack: 4 → 12",
        "    stands for 8 × ISS-Expert",
        "Upgraded 1 VS-ADV1: 0 → 1",
        "    valid through Nov 23, 2027",
        "Upgraded from VS-ES1: 2 → 1",
        "Renewed 1 VS-ES3: through Nov 23, 2027 → through Nov 23, 2030",
        "    renews VS-ES1",
        "    runs from Nov 24, 2027, valid through Nov 23, 2030",
    ]
    assert holds.splitlines() == [
        "12 × ISS-Expert: No end",
        "1 × VS-ES1: valid through Nov 23, 2027",
        "1 × VS-ES3: valid through Nov 23, 2030",
        "    starts Nov 24, 2027",
        "1 × VS-ADV1: valid through Nov 23, 2027",
    ]


def test_the_facts_are_those_that_the_ledger_recorded(changed: Order) -> None:
    assert changed.revision is not None
    assert changed.installation is not None
    facts = from_json(changed.revision.confirmation.facts, ConfirmationFacts)
    moved = changed.revision.movements.select_related("lot").order_by("line", "pk")
    recorded = {
        (each.line, each.lot.product_id): (each.held_before, each.held_after) for each in moved
    }
    told = {}
    for position, row in enumerate(facts.lines, 1):
        told[position, row.kit_part or row.part_number] = (row.before, row.after)
        if row.source:
            told[position, row.source.part_number] = (row.source.before, row.source.after)
    assert told == recorded
    held = put_together(changed.installation.lots.held())
    assert [(lot.part.part_number, lot.quantity, lot.last_day) for lot in held] == [
        (each.part_number, each.quantity, each.last_day) for each in facts.held
    ]


def test_text_html_and_pdf_tell_the_same_facts(changed: Order, settings: Settings) -> None:
    assert changed.revision is not None
    facts = from_json(changed.revision.confirmation.facts, ConfirmationFacts)
    mail = mail_of(changed)
    pages = " ".join(" ".join(pdf_pages(pdf_of(mail))).split())
    parts = {"text": " ".join(text_of(mail).split()), "html": words_of_html(mail), "pdf": pages}
    told = [facts.site_name, facts.installation, facts.po_number, facts.order_number]
    told += [number for each in facts.serials for number in (each.number, each.replaced)]
    told += [each.part_number for each in facts.held]
    told += ["2 ISS-ExpertStarterPack", "8 × ISS-Expert", "Nov 23, 2027", "Nov 23, 2030"]
    told += [
        "New, replaces the old one",
        "Stays the same",
        "Quote this one from now on, until the next",
    ]
    told += ["The ISS number stays the same.", "quote the newest one", "No end"]
    told += ["1.888.694.7827", "sales@idisamericas.com"]
    missing = [(name, fact) for name, part in parts.items() for fact in told if fact not in part]
    assert missing == []
    shown = parts["html"].partition("Open this site in the portal")[0]
    printed = parts["pdf"].partition("Questions?")[0].replace(settings.VENDOR_NAME, "", 1)
    for serial in compose(facts).serials:  # a link has other words on paper
        assert (serial.enter in shown, serial.enter_on_paper in printed) == (True, True)
        shown = shown.replace(serial.enter, "")
        printed = printed.replace(serial.enter_on_paper, "")
    assert sorted(shown.split()) == sorted(printed.split())


def test_no_figure_of_the_mail_is_missing_in_its_html(changed: Order) -> None:
    mail = mail_of(changed)
    words = re.sub(r"http\S+", "", text_of(mail).partition("This site in")[0])
    figures = set(re.findall(r"[\w-]*\d[\w-]*", words))
    assert figures - set(re.findall(r"[\w-]*\d[\w-]*", words_of_html(mail))) == set()


def test_nobody_is_tracked_and_nothing_is_fetched(site: Installation) -> None:
    page = html_of(mail_of(Order.objects.get()))
    assert not has(page, "img")
    assert "url(" not in page
    addresses = attributes(page, "*", "src") + attributes(page, "*", "href")
    assert {address.partition(":")[0] for address in addresses} <= {"http", "tel", "mailto"}


# Who gets it -----------------------------------------------------------------------------


def test_each_gets_it_once_in_their_language(
    cast: Cast, site: Installation, settings: Settings
) -> None:
    settings.ARCHIVE_EMAIL = "archive@vendor.example"
    User.objects.filter(pk=cast.buyer.pk).update(language="es")
    contact(site, "installer@site.example", language="en")
    contact(site, "BUYER@dealer.example", language="en")
    contact(site, "quiet@site.example", confirmations=False)
    contact(site, "named-and-quiet@site.example", confirmations=False)
    order = cast.order_existing(current(site, "ISS"))
    order.notify = ["po@dealer.example", "Installer@site.example", "named-and-quiet@site.example"]
    order.save()
    mails = mails_of(cast.issue(order))
    assert {address: mail["Content-Language"] for address, mail in mails.items()} == {
        "buyer@dealer.example": "es",
        "po@dealer.example": "es",
        "installer@site.example": "en",
        "archive@vendor.example": "en",
    }
    assert {address: mail["To"] for address, mail in mails.items()} == {a: a for a in mails}
    assert order.revision is None
    told = Order.objects.latest("pk").revision.confirmation.told  # type: ignore[union-attr]
    assert [each.why for each in told] == ["orderer", "named", "named", "archive"]


def test_whoever_ordered_can_not_turn_it_off(cast: Cast, site: Installation) -> None:
    contact(site, cast.buyer.email, confirmations=False)
    mail = mails_of(cast.issue(cast.order_existing(current(site, "ISS"))))[cast.buyer.email]
    assert mail["List-Unsubscribe"] is None


def test_everybody_else_can_by_one_click_or_by_their_own_link(
    cast: Cast, site: Installation, client: Client
) -> None:
    contact(site, "installer@site.example")
    order = cast.issue(cast.order_existing(current(site, "ISS")))
    mail = mails_of(order)["installer@site.example"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (one_click,) = re.findall(r"<http://localhost:8000(/[^>]+)>", mail["List-Unsubscribe"])
    assert client.post(one_click, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Contact.objects.get(email="installer@site.example").confirmations
    links = {re.search(r"/mail/[^\s\"]+", part)[0] for part in (text_of(mail), html_of(mail))}  # type: ignore[index]
    (own,) = links
    assert "installer@site.example" in client.get(own).content.decode()


# What is kept ----------------------------------------------------------------------------


def test_the_exact_copies_are_kept_but_for_whose_link_it_is(cast: Cast, site: Installation) -> None:
    contact(site, "lector@site.example", language="es")
    order = cast.issue(cast.order_existing(current(site, "ISS")))
    write_letters()
    assert order.revision is not None
    copies = {copy.language: copy for copy in order.revision.confirmation.copies.all()}
    assert copies.keys() == {"en", "es"}
    for mail in mails_of(order).values():
        copy = copies[mail["Content-Language"]]
        assert copy.subject == mail["Subject"]
        own = re.compile(r"(/mail/)[\w:-]+/")
        assert copy.text == own.sub(r"\1", text_of(mail))
        assert copy.html.strip() == own.sub(r"\1", html_of(mail)).strip()
        assert copy.document == pdf_of(mail)


def test_it_waits_in_the_outbox_as_a_record(cast: Cast, site: Installation) -> None:
    message = Message.objects.get()
    assert (message.state, message.recipients) == ("queued", [cast.buyer.email])
    assert message.record == f"{site.reference}/R1"
