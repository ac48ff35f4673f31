"""A purchase order is named with its label once: “PO 9001”, but “PO-9001” as it is."""

from __future__ import annotations

import re

import pytest
from django.db.models import QuerySet

from orders import actions
from orders.models import Order
from outbox.models import Message
from tests.cast import Cast
from tests.notifications.reading import pdf_of, pdf_pages, sent, text_of, words_of_html
from tests.pages import words
from tests.texts import all_texts
from tests.world import World

# but “Número de OC” before a value
DOUBLED = re.compile(r"(?<!de )\b(?:PO|OC)\W{0,3}(?:PO|OC)\b", re.IGNORECASE)
BY_A_LABEL = re.compile(r"\b(?:PO|OC) ?(?:%\(|\{)")


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_doubles_it(world: World, language: str) -> None:
    """All pages of customers, and those of the desk about orders."""
    for number, order in enumerate(Order.objects.all()):
        order.po_number = f"PO-90{number:02}"
        QuerySet.update(Order.objects.filter(pk=order.pk), po_number=order.po_number)
    desk = [
        f"/admin/orders/order/{pk}/change/" for pk in Order.objects.values_list("pk", flat=True)
    ]
    paths = [*world.paths.values(), "/admin/", "/admin/orders/order/", *desk]
    named = 0
    for role in ("owner", "superuser"):
        client = world.client(role)
        client.post("/account/language/", {"language": language})
        for path in paths:
            answer = client.get(path)
            answer.getvalue()  # to the end: a file is open still
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                said = words(answer)
                assert not DOUBLED.search(said), (role, path)
                named += "PO-90" in said
    assert named > 10, "purchase orders are named on many pages"


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_mail_and_no_pdf_doubles_it(cast: Cast, language: str) -> None:
    cast.buyer.language = language
    cast.buyer.save()
    held, rejected, issued = (cast.order_new(f"Pier {number}") for number in range(3))
    for order, number in ((held, "PO-9001"), (rejected, "P.O. 9002"), (issued, "OC 9003")):
        order.po_number = number
        order.save()
    actions.hold(held, by=cast.sales, reason="Which building is it?")
    actions.reject(rejected, by=cast.sales, reason="Ordered twice.")
    issued = cast.issue(issued)
    mails = [sent(message) for message in Message.objects.all()]
    subjects = [str(mail["Subject"]) for mail in mails]
    for number in ("PO-9001", "P.O. 9002", "OC 9003"):
        assert any(subject.endswith(f" · {number}") for subject in subjects), subjects
    for mail in mails:
        said = [str(mail["Subject"]), text_of(mail), words_of_html(mail)]
        pdfs = [pdf_of(mail)] if list(mail.iter_attachments()) else []
        said += [" ".join(pdf_pages(pdf)) for pdf in pdfs]
        assert not [text for text in said if DOUBLED.search(text)]
    assert str(issued.revision and issued.revision.reference) == "OC 9003", (
        "the ledger says it once"
    )


def test_every_text_gets_its_label_from_one_place() -> None:
    """No text that is put together has a label of its own before a number."""
    labeled = {
        text for _context, *texts in all_texts() for text in texts if BY_A_LABEL.search(text or "")
    }
    assert labeled == {"PO %(po)s"}
