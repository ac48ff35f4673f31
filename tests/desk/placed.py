"""Orders that verbs are tried on."""

from __future__ import annotations

from typing import Any

from companies.models import User
from orders import actions
from orders.models import Order
from orders.placement import Consent, Quote
from tests.cast import current
from tests.world import World


def placing(world: World, by: User, **more: Any) -> dict[str, Any]:
    return {
        "company": world.cast.harbor,
        "po_number": "4811",
        "lines": world.cast.lines(ISS_Expert=3),
        "by": by,
        "consent": Consent(accepts_warnings=True),
        **more,
    }


def quotes(world: World) -> list[Quote]:
    return [Quote("ISS", current(world.site, "ISS"))]


def place_order(kind: Order.Kind, world: World, by: User) -> Order:
    return actions.place_order(
        kind=kind, site_name="Pier 10", quotes=quotes(world), **placing(world, by)
    )


def place_existing(world: World, by: User, **more: Any) -> Order:
    return actions.place_existing(quotes=quotes(world), **placing(world, by, **more))


def lacking(world: World) -> Order:
    """In review, without what one of its products requires."""
    order = world.cast.order_new("Pier 11", ISS_Expert=1, ISS_Backup=1)
    order.lines.get(product="ISS-Expert").delete()
    return order
