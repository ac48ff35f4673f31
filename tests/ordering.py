"""Orders with lines of every kind, for tests: what `Cast.order_existing` does for plain ones."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from licensing.models import Product
from licensing.serial_policy import Action
from orders import actions
from orders.models import Order
from orders.placement import Consent, NewLine, Quote
from tests.cast import NOW, Cast, place_confirmed

JO = actions.Answerer("Jo Field", "jo@site.example")  # who has a link that was forwarded


def line(
    product: str, quantity: int, action: str = "add", source: str = "", **more: Any
) -> NewLine:
    """`line("VS-ADV1", 2, "upgrade", "VS-ES1")`"""
    return NewLine(_product(product), quantity, Action(action), _product(source), **more)


def _product(name: str) -> Any:
    return Product.objects.select_related("family", "kit_of").get(pk=name) if name else None


def order_lines(
    cast: Cast, *serials: str, lines: list[NewLine], at: dt.datetime = NOW, **more: Any
) -> Order:
    """For Harbor's installation with that serial; whatever is asked is confirmed."""
    place = partial(
        actions.place_existing,
        company=cast.harbor,
        quotes=[Quote(serial[:3], serial) for serial in serials],
        po_number=cast._po_number(),
        lines=lines,
        by=cast.buyer,
        at=at,
        **more,
    )
    return place_confirmed(place)


def order_held(cast: Cast, *quoted: str, **more: Any) -> Order:
    """One that waits for its serial: none was quoted, or none that was found."""
    return actions.place_existing(
        company=cast.harbor,
        quotes=[Quote(text[:3].upper(), text) for text in quoted],
        po_number=cast._po_number(),
        lines=cast.lines(ISS_Expert=1),
        by=cast.buyer,
        at=more.pop("at", NOW),
        consent=Consent(without_serial=True),
        **more,
    )
