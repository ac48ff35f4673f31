"""A confirmation that is sent again: the same letter and PDF, in a new mail, recorded."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from companies.models import User
from notifications.models import Contact
from orders.actions.resending import resend_confirmation
from orders.form.placed import ResendForm
from orders.models import Order
from tests.cast import NOW, Cast, clerk, current
from tests.kept_rows import kept
from tests.notifications.reading import pdf_of, sent, text_of


@kept
def order(cast: Cast) -> Order:
    """In both languages: to the buyer in English, to a contact in Spanish."""
    site = cast.site(ISS_Expert=4)
    Contact.objects.create(
        installation=site, company=site.company, email="lector@site.example", language="es"
    )
    return cast.issue(cast.order_existing(current(site, "ISS")))


def test_it_is_the_same_letter_and_pdf_in_a_new_mail(cast: Cast, order: Order) -> None:
    assert order.revision is not None
    confirmation = order.revision.confirmation
    before = {mail.recipients[0]: sent(mail) for mail in confirmation.deliveries}
    to = [*before, "installer@site.example"]
    resend_confirmation(order, to=to, language="es", by=cast.buyer, at=NOW)
    again = {mail.recipients[0]: sent(mail) for mail in confirmation.deliveries.order_by("pk")[2:]}
    assert [*again] == to
    for address, mail in before.items():
        assert again[address]["Subject"] == mail["Subject"]
        assert text_of(again[address]) == text_of(mail)
        assert pdf_of(again[address]) == pdf_of(mail)
        assert again[address]["Message-ID"] != mail["Message-ID"]
    assert again["installer@site.example"]["Content-Language"] == "es"
    (record,) = confirmation.resends.all()
    assert (record.addresses, record.by, record.at) == (to, cast.buyer, NOW)
    assert confirmation.copies.count() == 2


@pytest.mark.parametrize("who", ["viewer", "outsider", "end_customer", "clerk"])
def test_only_who_may_order_or_has_the_right_sends_it(cast: Cast, order: Order, who: str) -> None:
    by = clerk() if who == "clerk" else getattr(cast, who)
    with pytest.raises(PermissionDenied):
        resend_confirmation(order, to=["a@b.example"], language="en", by=by)


def test_sales_with_the_right_sends_it_even_where_it_may_not_order(
    cast: Cast, order: Order
) -> None:
    root = User.objects.create_superuser("root@vendor.example", "x")
    assert resend_confirmation(order, to=["a@b.example"], language="en", by=root).by == root


@pytest.mark.parametrize("count", [0, 11])
def test_it_goes_to_one_to_ten_addresses_at_once(cast: Cast, order: Order, count: int) -> None:
    to = [f"{number}@site.example" for number in range(count)]
    with pytest.raises(ValueError, match="1 to 10"):
        resend_confirmation(order, to=to, language="en", by=cast.buyer)


def test_the_form_names_nobody_whom_the_other_company_had_told(cast: Cast) -> None:
    site = cast.site(ISS_Expert=4)
    site.end_customer = cast.bayview
    site.save()
    Contact.objects.create(installation=site, company=cast.bayview, email="hush@bayview.example")
    order = cast.issue(cast.order_existing(current(site, "ISS")))
    assert order.revision is not None
    confirmation = order.revision.confirmation
    assert "hush@bayview.example" in [each.address for each in confirmation.told]
    form = ResendForm(confirmation=confirmation, languages=["en"])
    assert form.initial["to"] == cast.buyer.email
