"""Links, remarks, drafts and confirmations of the version before the rooms open still.

`tests/data/before_rooms/` was made by the code of commit eaa7dc3 itself, by a script in a worktree
of it: orders of Harbor's placed by its verbs, each kind of remark once, an order held for each
reason, confirmations of each outcome, a draft that was saved and one that was left, both with their
boxes ticked, a file of orders that was previewed and one that was placed, notices sent. Then
`rows.json` got all rows, as the columns hold them, and `links.json` the two keys and every link of
a mail, with how it was answered there. Of mails, and of all copies but one, the text is left out.
One remark and one confirmation lack what still older versions did not store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser, LexborNode

from companies.models import User
from licensing.models import Installation, Serial
from notifications.confirmation.facts import ConfirmationFacts
from notifications.models import Confirmation
from orders.models import BulkUpload, Draft, Order
from orders.wording import kept_sentence
from portal.desk.roles import load_roles
from tests.cast import NOW
from tests.migrating import as_of, put_in
from tests.notifications.reading import pdf_pages
from texts.as_json import from_json

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

FOLDER = Path(__file__).parent / "data" / "before_rooms"
LEFT: dict[str, Any] = json.loads((FOLDER / "links.json").read_text())
BEFORE = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("companies", "0007_second_factor_of_a_company"),
    ("licensing", "0006_serials_of_elsewhere"),
    ("limits", "0001_initial"),
    ("notifications", "0006_addresses_in_their_stored_form"),
    ("orders", "0012_drafts_of_forms"),
    ("outbox", "0004_private_content_apart"),
]
BUYER, OWNER, ROOT = "buyer@dealer.example", "owner@dealer.example", "root@vendor.example"


@pytest.fixture(autouse=True)
def printed(settings: Any, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """The migrations' output: rows are put into the tables of then, and each since is run."""
    settings.SECRET_KEY, settings.LINK_KEY = LEFT["secret_key"], LEFT["link_key"]
    with as_of(*BEFORE) as get:
        put_in(get, json.loads((FOLDER / "rows.json").read_text()))
        capsys.readouterr()
    printed = capsys.readouterr().out
    with time_machine.travel(NOW, tick=False):
        load_roles()
        yield printed


def logged_in(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def opened(client: Client, path: str) -> LexborHTMLParser:
    response = client.get(path, follow=True)
    assert response.status_code == 200, path
    return LexborHTMLParser(response.content)


def words(node: LexborNode | LexborHTMLParser) -> str:
    """As a reader reads them, on one line."""
    return " ".join((node.text() or "").split())


# Links -----------------------------------------------------------------------------------


def test_every_link_of_a_mail_is_answered_as_before() -> None:
    buyer = logged_in(BUYER)
    answered = {
        path: (Client() if is_signed(path) else buyer).get(path, follow=True).status_code
        for path in LEFT["mailed"]
    }
    assert answered == LEFT["mailed"]
    assert sorted(answered.values())[-2:] == [200, 404]  # the link of a hold that is over


def is_signed(path: str) -> bool:
    return path.startswith(("/entered/", "/invitations/", "/mail/", "/orders/answer/"))


def test_links_do_what_they_did() -> None:
    answer_held_orders()
    assert Client().post(LEFT["wishes"], {"topics": ["expiry"], "language": "es"}).status_code < 400
    for path in LEFT["mailed"]:
        if path.startswith("/mail/stop/"):
            stopped = Client().post(path, {"List-Unsubscribe": "One-Click"})
            assert stopped.status_code == 200, path
        elif path.startswith("/entered/"):
            assert Client().post(path, {"name": "Ann Installer"}).status_code < 400, path
    assert not Serial.objects.to_be_entered().exists()


def answer_held_orders() -> None:
    site = Installation.objects.get(site_name="Harbor Point Terminal")
    serial = site.serials.current().get(family="ISS").number
    for reason, asks in [
        ("missing", "The serial number is missing."),
        ("not_found", "The serial number was not found."),
        ("sales", "Which gate?"),
    ]:
        path = LEFT["answers"][reason]
        assert asks in words(opened(Client(), path))
        typed = {"serial_ISS": serial, "name": "Ann Installer", "email": "ann@site.example"}
        asked = Client().post(path, typed).content.decode()
        assert "Harbor Point Terminal" in words(LexborHTMLParser(asked))
        assert Client().post(path, typed | {"go_on": site.reference}).status_code == 200
        assert Order.objects.get(reference=LEFT["held"][reason]).installation == site
        assert Client().get(path).status_code == 404
    assert Client().get(LEFT["answers"]["new"]).status_code == 404  # there was no link in that mail


# Remarks ---------------------------------------------------------------------------------

SAID: dict[str, list[tuple[str, list[str], list[str]]]] = {  # code, figures, links
    "same_po_and_lines": [
        ("same_po", ["PO-77"], ["PO PO-77"]),  # the name as it was kept
        ("same_lines", [], ["PO PO-77"]),
    ],
    "same_site": [("same_site", ["Harbor Point Terminal"], ["Harbor Point Terminal"])],
    "same_site_ordered": [("same_site", ["Pier 9"], ["PO 4706"])],
    "changed": [("changed", ["Harbor Point Terminal", "R1", "R2"], [])],
    "not_covered": [("not_covered", ["10 × ISS-Backup", "4", "ISS-Expert"], [])],
    "other_family": [("other_family", ["VAI"], [])],
    "start": [("start_asked_for", ["VS-ADV1", "Jan 15, 2027"], [])],
    "used_po": [("used_po", ["PO-77"], [])],
    "missing_base": [("missing_base", ["ISS-FedFailover", "ISS-Federation"], [])],
}


def test_what_is_rewritten_is_counted_and_stays_when_all_is_migrated_again(
    printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remarks = list(Order.objects.exclude(remarks=[]).values_list("pk", "remarks"))
    assert f"Remarks of {len(remarks)} orders, and ticked boxes of 2 drafts, were" in printed
    assert "/orders/" not in str(remarks)
    assert "/installations/" not in str(remarks)
    capsys.readouterr()
    with as_of(*BEFORE):
        pass
    assert "Remarks of" not in capsys.readouterr().out
    assert list(Order.objects.exclude(remarks=[]).values_list("pk", "remarks")) == remarks


def test_what_was_found_about_an_order_is_told_to_its_company_and_at_the_desk() -> None:
    buyer, root = logged_in(BUYER), logged_in(ROOT)
    for name, said in SAID.items():
        order = Order.objects.get(reference=LEFT["remarked"][name])
        assert [remark.code for remark in order.remarked] == [code for code, _, _ in said]
        told = opened(buyer, order.get_absolute_url()).css("li")
        at_desk = opened(root, f"/admin/orders/order/{order.pk}/change/").css("th.lead-cell")
        for remark, (_code, figures, links) in zip(order.remarked, said, strict=True):
            text = kept_sentence(remark)
            assert [each for each in figures if each not in text] == []
            assert_told(buyer, told, text, links)
            assert_told(root, at_desk, text, links)


def assert_told(client: Client, told: list[LexborNode], text: str, links: list[str]) -> None:
    """Once, with links that lead to what they name."""
    (remark,) = [each for each in told if text in words(each)]
    assert [words(link) for link in remark.css("a")] == links
    for link in remark.css("a"):
        today = words(link).removeprefix("PO ") if "PO PO-" in words(link) else words(link)
        assert_leads_to(client, str(link.attributes["href"]), today)


def assert_leads_to(client: Client, path: str, name: str) -> None:
    """At the desk that is a list with nothing else in it."""
    content = opened(client, path)
    if path.startswith("/admin/"):
        (row,) = content.css("#result_list tbody tr")
        assert name in words(row)
    else:
        assert name in words(content.css("h1")[0]) or name in words(content.css("main")[0])


# Drafts and files ------------------------------------------------------------------------


def test_drafts_open_with_their_boxes_ticked_and_files_show_what_was_wrong_in_them() -> None:
    buyer = logged_in(BUYER)
    for name, asked in (("saved", 2), ("left", 1)):
        draft = Draft.objects.get(reference=LEFT["drafts"][name])
        boxes = opened(buyer, draft.get_absolute_url()).css("input[name=confirmed]")
        ticked = [box.attributes["value"] for box in boxes if "checked" in box.attributes]
        assert len(ticked) == len(boxes) == asked
        sent = buyer.post(draft.get_absolute_url(), draft.data | {"confirmed": ticked})
        assert sent.status_code == 302
        assert draft.submission
        assert len(Order.objects.get(submission=draft.submission).remarked) == asked
        assert not Draft.objects.filter(pk=draft.pk).exists()
    for reference in LEFT["bulk"].values():
        file = BulkUpload.objects.get(reference=reference)
        assert "quantity is “many”." in words(opened(buyer, file.get_absolute_url()))
        result = buyer.get(reverse("order_bulk_result", args=[reference]))
        assert "quantity is “many”." in result.getvalue().decode()


# Confirmations ---------------------------------------------------------------------------


def test_confirmations_open_as_pages_as_html_and_as_pdf_and_say_what_they_said() -> None:
    buyer = logged_in(BUYER)
    for reference in LEFT["confirmed"]:
        order = Order.objects.get(reference=reference)
        opened(buyer, f"/orders/{reference}/confirmation/")
        assert buyer.get(f"/orders/{reference}/confirmation/en.html").status_code == 200
        pdf = buyer.get(f"/orders/{reference}/confirmation/en.pdf").content
        printed = "".join("".join(pdf_pages(pdf)).split())
        serials = Serial.objects.filter(revision=order.revision)
        numbers = [*serials.values_list("number", flat=True)]
        parts = [line.product_id for line in order.lines.all()]
        assert [each for each in numbers + parts if each not in printed] == []
    for confirmation in Confirmation.objects.order_by("pk"):
        facts = from_json(confirmation.facts, ConfirmationFacts)
        assert str(facts.issued_on) == confirmation.facts["issued_on"]
        assert facts.issued_at == confirmation.revision.at
        numbers = [each["number"] for each in confirmation.facts["serials"]]
        assert [each.number for each in facts.serials] == numbers
        assert {each.address for each in confirmation.told} >= {BUYER}
