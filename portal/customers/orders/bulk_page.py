"""The page of a bulk file: its progress, and the result of each order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse

from companies.models import User
from companies.purchase_orders import po_label
from licensing.models import Serial
from licensing.serial_policy import Outcome
from licensing.telling import Teller, numbers_in
from orders.bulk.wording import status_label
from orders.models.bulk import BulkOrder, BulkRow, BulkUpload, Status
from orders.permissions import can_enter, can_place
from orders.wording import ACTIONS, FORECASTS, OUTCOMES
from portal.customers.paging import page_of
from texts.names import LONGEST_NAME

RECENT = 5  # uploads
MAX_ROWS = 25  # of an order; the result has all of them
MAX_TEXT = LONGEST_NAME  # characters of a cell; a longer one is refused, and no person wrote it
LATER = 1_000_000  # more orders than any file has
LOOKS = {Outcome.NEW: "first", Outcome.STAYS: "stays", Outcome.REPLACES: "replaced"}


@dataclass(frozen=True, slots=True)
class Filter:
    status: str  # empty for all orders
    label: str
    count: int
    chosen: bool


def recent_uploads(user: User) -> Sequence[BulkUpload]:
    uploads = BulkUpload.objects.visible_to(user, enters=can_enter(user))
    return list(uploads.select_related("company")[:RECENT])


def bulk_page(upload: BulkUpload, user: User, query: Mapping[str, str]) -> dict[str, Any]:
    """The template's context; two statements for a file of any size, three for sales."""
    chosen = query.get("status", "")
    chosen = chosen if chosen in Status.values else ""
    after = _position(query.get("after", ""))
    page = page_of(_orders(upload, chosen), after, among=upload.orders.all(), named="position")
    texts = [text for order in page.rows for _row, text in order.reasons]
    serials = Teller(user).read(texts)
    return {
        "upload": upload,
        "may_place": can_place(user, upload.company, upload.ordered_for),
        "orders": [_shown(order, upload, serials) for order in page.rows],
        "filters": _filters(upload, chosen),
        "status": chosen,
        "next_after": page.next_after,
    }


def _orders(upload: BulkUpload, status: str) -> QuerySet[BulkOrder]:
    orders: QuerySet[BulkOrder] = upload.orders.filter(**{"status": status} if status else {})
    first_rows = Prefetch("rows", BulkRow.objects.order_by("number")[:MAX_ROWS], "first_rows")
    counted = orders.annotate(row_count=Count("rows"))
    related = counted.select_related("order").prefetch_related(first_rows)
    return related.order_by("position")


def _position(text: str) -> str:
    """The position of an order in the file; empty for an impossible one."""
    return text if text.isascii() and text.isdigit() and int(text[:8]) < LATER else ""


def _filters(upload: BulkUpload, chosen: str) -> list[Filter]:
    """Only the filters that find something; none while some orders are placed and others not."""
    if upload.phase == BulkUpload.Phase.PLACING:
        return []
    return [
        Filter(
            status.value,
            status_label(status, is_placed=upload.is_placed),
            count,
            status.value == chosen,
        )
        for status in Status
        if (count := upload.tally.get(status.value, 0))
    ]


def _shown(order: Any, upload: BulkUpload, serials: Mapping[str, Serial]) -> dict[str, Any]:
    outcomes = OUTCOMES if order.is_placed else FORECASTS
    return {
        "order": order,
        "po": po_label(order.po_number[:MAX_TEXT]) if order.po_number else "",
        "site": order.site[:MAX_TEXT],
        "rows": [_row(row) for row in order.first_rows],
        "reasons": [_reason(each, serials) for each in order.explained],
        "more_rows": max(0, order.row_count - MAX_ROWS),
        "path": _path(order, upload),
        "look": "rejected" if order.status == Status.REFUSED else order.status or "draft",
        "label": status_label(order.status, is_placed=order.is_placed) if order.status else "",
        "outcomes": [
            {"family": family, "look": LOOKS[Outcome(each)], "label": outcomes[each]}
            for family, each in sorted(order.outcomes.items())
            if each in LOOKS
        ],
    }


def _reason(each: dict[str, Any], serials: Mapping[str, Serial]) -> dict[str, Any]:
    """The reason as it was kept, and the serials in it that were replaced since."""
    named = (serials[number] for number in sorted(numbers_in(each["text"]) & serials.keys()))
    return {**each, "replaced": [serial for serial in named if not serial.is_current]}


def _row(row: BulkRow) -> dict[str, Any]:
    """The row as it stands in the file; a known action in the words of the page."""
    values = {name: text[:MAX_TEXT] for name, text in row.values.items()}
    action = values.get("action", "")
    return {"number": row.number, **values, "action": ACTIONS.get(action.lower(), action)}


def _path(order: BulkOrder, upload: BulkUpload) -> str:
    """The page of the placed order; for sales, the page at the desk."""
    if order.order is None:
        return ""
    if upload.ordered_for_id:
        return reverse("admin:orders_order_change", args=[order.order.pk])
    return order.order.get_absolute_url()
