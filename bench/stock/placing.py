"""Places and issues an order as a stock Django project does: a form, then row by row."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.db import transaction

from bench.stock.models import (
    Company,
    Confirmation,
    Contact,
    Event,
    Line,
    Lot,
    Mail,
    Movement,
    Order,
    Outcome,
    Revision,
    Serial,
    Site,
)


class OrderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Order
        fields = ["company", "po_number", "site_name"]


class LineForm(forms.ModelForm):  # type: ignore[type-arg]  # as OrderForm
    class Meta:
        model = Line
        fields = ["order", "position", "product", "quantity"]


LINES = (("ISS", "ISS-Expert", 4), ("VAI", "VS-ES1", 2))


@transaction.atomic(durable=True)
def place_and_issue(company: int, po_number: str, facts: dict[str, Any]) -> Order:
    locked = Company.objects.select_for_update().get(pk=company)
    order: Order = _saved(
        OrderForm({"company": company, "po_number": po_number, "site_name": f"Site {po_number}"})
    )
    for position, (_family, product, quantity) in enumerate(LINES, start=1):
        _saved(
            LineForm(
                {"order": order.pk, "position": position, "product": product, "quantity": quantity}
            )
        )
    Event.objects.create(order=order, move="place")
    if locked.auto_issue:
        _issue(order, facts)
    return order


def _saved(form: Any) -> Any:
    if not form.is_valid():
        raise ValueError(str(form.errors))
    return form.save()


def _issue(order: Order, facts: dict[str, Any]) -> None:
    site = Site.objects.create(
        company=order.company, reference=secrets.token_hex(5), name=order.site_name
    )
    site.revisions_made += 1
    site.save()
    revision = Revision.objects.create(site=site, number=site.revisions_made)
    for line, (family, _product, _quantity) in zip(order.lines.all(), LINES, strict=True):
        number = f"{family}-{secrets.token_hex(8)}"
        serial = Serial.objects.create(site=site, revision=revision, family=family, number=number)
        Outcome.objects.create(order=order, family=family, what="new", after=serial)
        lot = Lot.objects.create(site=site, revision=revision, product=line.product)
        Movement.objects.create(lot=lot, revision=revision, quantity=line.quantity)
    order.site, order.revision, order.state = site, revision, "issued"
    order.save()
    Event.objects.create(order=order, move="issue")
    Contact.objects.create(site=site, email="buyer@dealer.example")
    confirmation = Confirmation.objects.create(revision=revision, facts=facts)
    Mail.objects.create(confirmation=confirmation, to="buyer@dealer.example")
