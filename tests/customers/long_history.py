"""A site that was ordered for again and again, written past the orders that would make it."""

from __future__ import annotations

import datetime as dt

from licensing.models import Installation, Lot, Movement, Revision, Serial
from licensing.serial_numbers import fold, mint
from orders.models import Order
from tests.cast import NOW, Cast
from tests.customers.reading import copy_of

DAY = dt.timedelta(days=1)
BEGUN = NOW - 320 * DAY


def site_with_updates(cast: Cast, count: int) -> Installation:
    """Each update is an order of its own, a term of its own, and a VAI serial that replaces one."""
    order = cast.issue(cast.order_new(ISS_Expert=2, VS_ES1=1, at=BEGUN), at=BEGUN)
    site = order.installation
    assert site is not None
    revisions = Revision.objects.bulk_create(
        Revision(
            installation=site,
            number=number,
            cause="order",
            by=cast.sales,
            at=BEGUN + number * DAY,
        )
        for number in range(2, count + 1)
    )
    Installation.objects.filter(pk=site.pk).update(revision_count=count)
    Order.objects.bulk_create(_order(order, revision) for revision in revisions)
    _lots(revisions)
    _serials(site, revisions)
    site.refresh_from_db()
    return site


def _order(order: Order, revision: Revision) -> Order:
    twin = copy_of(order)
    twin.revision, twin.placed_at, twin.changed_at = revision, revision.at, revision.at
    twin.po_number = f"PO-{revision.number}"
    return twin


def _lots(revisions: list[Revision]) -> None:
    lots = Lot.objects.bulk_create(
        Lot(
            installation_id=revision.installation_id,
            revision=revision,
            line=1,
            product_id="VS-ES1",
            starts_on=revision.at.date(),
            last_day=revision.at.date() + 364 * DAY,
        )
        for revision in revisions
    )
    Movement.objects.bulk_create(
        Movement(lot=lot, revision=lot.revision, line=1, quantity=1, held_before=1, held_after=2)
        for lot in lots
    )


def _serials(site: Installation, revisions: list[Revision]) -> None:
    last = site.serials.current().get(family="VAI")
    for revision in revisions:
        Serial.objects.filter(pk=last.pk).demote(at=revision.at)
        number = mint("VAI")
        last = Serial.objects.create(
            installation=site,
            family_id="VAI",
            number=number,
            lookup_key=fold(number),
            generation=last.generation + 1,
            supersedes=last,
            revision=revision,
        )
