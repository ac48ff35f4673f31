"""The page of a confirmation: who got it, the mail as it was sent, and sending it again."""

from __future__ import annotations

import re

import pytest
from django.db import models
from django.test import Client

from licensing.models import Installation
from notifications.models import Confirmation, Contact, Resend
from orders.models import Order
from tests.cast import Cast, current
from tests.customers.reading import LogIn, page, statements
from tests.kept_rows import kept
from tests.letters import write_letters
from tests.notifications.reading import html_of, parsed, pdf_of, pdf_pages, sent, text_of
from tests.pages import attributes, has, links, words
from tests.tries import too_many

TO = "installer@site.example"


@kept
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=4, VS_ES1=2)


@kept
def order(cast: Cast, site: Installation) -> Order:
    Contact.objects.create(
        installation=site, company=site.company, email="lector@site.example", language="es"
    )
    order = cast.issue(cast.order_existing(current(site, "ISS")))
    write_letters()
    return order


def path_of(order: Order, rest: str = "") -> str:
    return f"/orders/{order.reference}/confirmation/{rest}"


def test_order_and_installation_lead_to_it_and_to_its_pdf(
    cast: Cast, log_in: LogIn, order: Order
) -> None:
    client = log_in(cast.viewer)
    assert order.installation is not None
    for address in (order.get_absolute_url(), order.installation.get_absolute_url()):
        content = page(client, address)
        assert path_of(order) in links(content)
        assert path_of(order, "en.pdf") in links(content)


def test_it_tells_who_got_it_and_shows_each_language(
    cast: Cast, log_in: LogIn, order: Order
) -> None:
    content = page(log_in(cast.viewer), path_of(order))
    said = words(content)
    assert f"Confirmation {order.revision}" in said
    for address in (cast.buyer.email, "lector@site.example"):
        assert f"{address} Queued" in said
    for language in ("en", "es"):
        assert path_of(order, f"{language}.html") in attributes(content, "iframe", "src")
    assert "Send again" not in said


def test_its_budget_holds_for_many_deliveries(cast: Cast, log_in: LogIn, order: Order) -> None:
    client = log_in(cast.buyer)
    few = statements(client, path_of(order))
    client.post(path_of(order), {"to": ", ".join(f"{n}@site.example" for n in range(10))})
    assert few == statements(client, path_of(order)) <= 9


def test_what_is_downloaded_is_what_was_sent(cast: Cast, log_in: LogIn, order: Order) -> None:
    client, mail = log_in(cast.viewer), sent(order.revision.confirmation.deliveries.earliest("pk"))  # type: ignore[union-attr]
    pdf = client.get(path_of(order, "en.pdf"))
    assert pdf.content == pdf_of(mail)
    assert pdf["Content-Disposition"] == 'attachment; filename="harbor-point-terminal-R2.pdf"'
    assert pdf["Content-Type"] == "application/pdf"
    eml = parsed(client.get(path_of(order, "en.eml")).content)
    for header in ("Subject", "From", "To", "Message-ID", "Content-Language"):
        assert eml[header] == mail[header], header
    assert eml["Date"] == "Tue, 24 Nov 2026 15:00:00 +0000"
    assert pdf_of(eml) == pdf_of(mail)
    for none in ("de.pdf", "en.exe"):
        assert client.get(path_of(order, none)).status_code == 404, none


def test_a_pdf_is_in_the_language_that_is_asked_for(cast: Cast, log_in: LogIn) -> None:
    """Also where no mail was sent in it; a mail that was never sent is nowhere."""
    order, client = cast.issue(cast.order_new("Pier 9", ISS_Expert=1)), log_in(cast.viewer)
    en, es = (pdf_pages(client.get(path_of(order, f"{at}.pdf")).content)[0] for at in ("en", "es"))
    assert en.startswith("License confirmation R1 IDIS\nPier 9\n")
    assert es.startswith("Confirmación de licencia R1 IDIS\nPier 9\n")
    assert order.serials.get().after.number in es  # type: ignore[union-attr]
    for kind in ("html", "eml"):
        assert client.get(path_of(order, f"es.{kind}")).status_code == 404
    assert path_of(order, "es.pdf") in links(page(client, path_of(order)))
    client.post("/account/language/", {"language": "es"})
    assert path_of(order, "es.pdf") in links(page(client, order.get_absolute_url()))


def test_of_a_confirmation_without_kept_facts_there_is_only_what_was_sent(
    cast: Cast, log_in: LogIn
) -> None:
    order, client = cast.issue(cast.order_new("Pier 9", ISS_Expert=1)), log_in(cast.viewer)
    write_letters()
    confirmation = order.revision.confirmation  # type: ignore[union-attr]
    models.QuerySet.update(Confirmation.objects.filter(pk=confirmation.pk), facts={})
    sent_then = client.get(path_of(order, "en.pdf")).content
    assert client.get(path_of(order, "es.pdf")).content == sent_then
    assert path_of(order, "es.pdf") not in links(page(client, path_of(order)))


def test_nobody_gets_the_link_of_somebody_else(cast: Cast, log_in: LogIn, order: Order) -> None:
    """Not in the page, and in no download: in its place is the link without a recipient."""
    client = log_in(cast.viewer)
    eml = parsed(client.get(path_of(order, "es.eml")).content)
    assert eml["List-Unsubscribe"] is None
    html = client.get(path_of(order, "es.html")).content.decode()
    for part in (text_of(eml), html_of(eml), html, page(client, path_of(order))):
        assert "http://localhost:8000/mail/" in part
        assert not re.search(r"/mail/[\w:-]+/", part)


def test_the_mail_is_framed_by_us_alone_and_can_do_nothing(
    cast: Cast, log_in: LogIn, order: Order
) -> None:
    client = log_in(cast.viewer)
    answer = client.get(path_of(order, "en.html"))
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert policy.endswith("; frame-ancestors 'self'; sandbox")
    around = client.get(path_of(order))["Content-Security-Policy"]
    assert "frame-src 'self'" in around
    assert "unsafe-inline" not in around
    assert "frame-src" not in client.get(order.get_absolute_url())["Content-Security-Policy"]


def test_a_letter_that_no_worker_wrote_is_written_when_it_is_asked_for(
    cast: Cast, log_in: LogIn
) -> None:
    """Once: what was sent since is what was shown."""
    order, client = cast.issue(cast.order_new("Pier 9", ISS_Expert=1)), log_in(cast.viewer)
    confirmation = order.revision.confirmation  # type: ignore[union-attr]
    assert not confirmation.copies.exists()
    pdf = client.get(path_of(order, "en.pdf")).content
    assert pdf_pages(pdf)[0].startswith("License confirmation R1 IDIS\nPier 9\n")
    assert path_of(order, "en.html") in attributes(page(client, path_of(order)), "iframe", "src")
    assert confirmation.copies.get().document == pdf == pdf_of(sent(confirmation.deliveries.get()))
    assert write_letters() == 0


def test_a_letter_of_plain_text_is_shown_as_it_is_and_its_pdf_is_drawn_once_it_can_be(
    cast: Cast, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> bytes:
        raise RuntimeError

    order, client = cast.issue(cast.order_new("Pier 9", ISS_Expert=1)), log_in(cast.viewer)
    with monkeypatch.context() as patch:
        patch.setattr("notifications.confirmation.pdf.draw", broken)
        content = page(client, path_of(order))
    assert not has(content, "iframe")
    assert has(content, "details[open]")
    number = order.serials.get().after.number  # type: ignore[union-attr]
    assert number in words(content)
    assert client.get(path_of(order, "en.html")).status_code == 404
    assert number in text_of(parsed(client.get(path_of(order, "en.eml")).content))
    pdf = client.get(path_of(order, "en.pdf")).content
    assert pdf_pages(pdf)[0].startswith("License confirmation R1 IDIS\nPier 9\n")


def test_a_buyer_sends_it_again_and_the_page_says_so(
    cast: Cast, log_in: LogIn, order: Order
) -> None:
    client = log_in(cast.buyer)
    answer = client.post(path_of(order), {"to": f"{TO}; {TO.upper()}", "language": "es"})
    assert answer["Location"] == path_of(order)
    assert Resend.objects.get().addresses == [TO]
    said = words(page(client, path_of(order)))
    assert f"by {cast.buyer.email}" in said
    assert said.count(TO) == 3  # the message, the delivery, who sent it


@pytest.mark.parametrize(
    ("to", "error"),
    [
        ("", "Enter at least one address."),
        ("nobody", "nobody is not an email address."),
        (", ".join(f"{n}@x.example" for n in range(11)), "At most 10 addresses."),
        ("a@x.example\r\nBcc: b@x.example", "Bcc: is not an email address."),
    ],
)
def test_wrong_addresses_are_told(
    cast: Cast, log_in: LogIn, order: Order, to: str, error: str
) -> None:
    answer = log_in(cast.buyer).post(path_of(order), {"to": to, "language": "en"})
    assert error in words(answer.content.decode())
    assert not Resend.objects.exists()


def test_it_is_sent_again_ten_times_an_hour(cast: Cast, log_in: LogIn, order: Order) -> None:
    client = log_in(cast.buyer)
    for _ in range(10):
        assert client.post(path_of(order), {"to": TO, "language": "en"}).status_code == 302
    answer = client.post(path_of(order), {"to": TO, "language": "en"})
    _said, seconds = too_many(answer)
    assert seconds in range(1, 60 * 60 + 2)  # an hour, rounded up
    assert Resend.objects.count() == 10


@pytest.mark.parametrize("rest", ["", "en.pdf", "en.html", "en.eml"])
def test_everybody_else_gets_404(cast: Cast, log_in: LogIn, order: Order, rest: str) -> None:
    for who in (cast.outsider, cast.end_customer, cast.sales):
        assert log_in(who).get(path_of(order, rest)).status_code == 404
    assert Client().get(path_of(order, rest)).status_code == 302
    waiting = cast.order_new("Pier 9")
    assert log_in(cast.buyer).get(path_of(waiting, rest)).status_code == 404
