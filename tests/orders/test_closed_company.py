"""An order of a deactivated company makes no move that needs it active, by any door."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from companies.models import Company
from notifications.models import Confirmation
from orders import actions
from orders.bulk import actions as bulk
from orders.models import Order
from orders.placement import Quote
from orders.quoting.answer_link import path_for
from orders.rules.moves import NEEDS_ACTIVE_COMPANY, Move
from orders.rules.problems import OrderRefused
from tests.cast import Cast, current
from tests.dump import changes, everything
from tests.ordering import order_held

# Every move that needs it, by sales, who may do most
VERBS: dict[Move, Callable[[Cast, Order], object]] = {
    Move.PLACE: lambda cast, order: cast.order_new(by=cast.buyer),
    Move.SUPPLY_SERIAL: lambda cast, order: actions.supply_serial(
        order, quotes=quotes(order), by=cast.sales
    ),
    Move.ISSUE: lambda cast, order: actions.issue(order, by=cast.sales),
    Move.HOLD: lambda cast, order: actions.hold(order, by=cast.sales, reason="Which?"),
    Move.RELEASE: lambda cast, order: actions.release(order, by=cast.sales),
}


def quotes(order: Order) -> list[Quote]:
    sites = Order.objects.filter(company=order.company).exclude(installation=None)
    installation = sites.latest("pk").installation
    assert installation
    return [Quote("ISS", current(installation, "ISS"))]


def close(cast: Cast) -> None:
    Company.objects.filter(pk=cast.harbor.pk).update(active=False, auto_issue=True)


def test_the_table_knows_every_move_that_needs_an_active_company() -> None:
    assert VERBS.keys() == NEEDS_ACTIVE_COMPANY


@pytest.mark.parametrize("move", sorted(VERBS))
def test_no_verb_goes_on(cast: Cast, move: Move) -> None:
    serial = current(cast.site(ISS_Expert=1), "ISS")
    orders = {
        Move.ISSUE: lambda: cast.order_existing(serial),
        Move.HOLD: lambda: cast.order_existing(serial),
        Move.RELEASE: lambda: actions.hold(
            cast.order_existing(serial), by=cast.sales, reason="Which?"
        ),
    }
    order = orders.get(move, lambda: order_held(cast))()
    close(cast)
    before = everything()
    with pytest.raises((OrderRefused, PermissionDenied)):
        VERBS[move](cast, order)
    assert not changes(before, everything())


def test_the_link_of_a_held_order_issues_nothing(cast: Cast) -> None:
    serial = current(cast.site(ISS_Expert=1), "ISS")
    order = order_held(cast)
    link = path_for(order.events.latest("pk"))
    told = Confirmation.objects.count()
    close(cast)
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"serial_ISS": serial}).status_code == 404
    order.refresh_from_db()
    assert (order.state, Confirmation.objects.count()) == ("held", told)


def test_a_file_that_was_previewed_places_nothing(cast: Cast) -> None:
    rows = (
        b"po_number,kind,site_name,serial_number,part_number,quantity,action\n"
        b"PO-8001,new,Gate House,,ISS-Expert,2,add\n"
    )
    upload = bulk.upload(company=cast.harbor, file=io.BytesIO(rows), name="o.csv", by=cast.buyer)
    bulk.go_on(upload, by=cast.buyer)
    Company.objects.filter(pk=cast.harbor.pk).update(active=False)
    with pytest.raises(PermissionDenied):
        bulk.place(upload, by=cast.buyer)
    Company.objects.filter(pk=cast.harbor.pk).update(active=True)
    placing = bulk.place(upload, by=cast.buyer)
    close(cast)
    with pytest.raises(PermissionDenied):
        bulk.go_on(placing, by=cast.buyer)
    assert not Order.objects.exists()
