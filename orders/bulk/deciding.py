"""Decides one order of the file by the verbs of all orders, and reports by its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.db import transaction

from companies.time_zones import local_date
from licensing.models import Installation, Serial
from licensing.serial_numbers import are_one
from licensing.serial_policy import Action
from orders import actions
from orders.actions.duplicates import similar_sites
from orders.bulk.file.columns import FileRow
from orders.bulk.reading import Asked, Catalog, RowProblem, Wrong, read_order
from orders.bulk.wording import (
    bounds_sentences,
    existing_sentence,
    refusal_sentence,
    replaced_sentence,
    reviewed_as_usual,
    row_sentence,
    similar_sentence,
)
from orders.models import Order, OrderSerial
from orders.models.bulk import BulkOrder, Status
from orders.placement import Consent, Placing, Quote
from orders.quoting.identify import identify
from orders.rules.allocation import LineProblem
from orders.rules.forecast import renewable
from orders.rules.lines import OrderedLine
from orders.rules.problems import OrderRefused, Problem, SameSite
from orders.wording import renew_instead, sentence, why

# A file can confirm nothing: sales gets the questions that can wait, and guards are unconfirmed.
CONSENT = Consent(without_serial=True, accepts_warnings=True)

MAX_TOLD = 50  # problems that are shown about the rows of one order
Reason = tuple[int | None, str]  # the row concerned, None for all of them; the sentence


@dataclass(frozen=True, slots=True)
class Decided:
    status: Status
    reasons: Sequence[Reason] = ()
    site: str = ""
    serials: dict[str, str] = field(default_factory=dict)  # afterwards current, by family
    outcomes: dict[str, str] = field(default_factory=dict)  # of an issue, by family
    order: Order | None = None
    same: Sequence[str] = ()  # references of installations with a name like the site's
    quotes: Sequence[Quote] = ()


def rehearse(together: Sequence[BulkOrder], catalog: Catalog) -> list[Decided]:
    """The results of placing the orders, in the order of the file; nothing of it stays.

    Each order sees the effects of those before it: all are placed, then rolled back together.
    """
    with transaction.atomic(durable=True):
        decided = [_decide(each, catalog, rehearsal=True) for each in together]
        transaction.set_rollback(True)
    return [
        _without_traces(_with_similar(_told_of_sites(order, each)))
        for order, each in zip(together, decided, strict=True)
    ]


def _without_traces(decided: Decided) -> Decided:
    """Removes serial numbers that were never issued."""
    return replace(decided, serials={}, order=None)


def _told_of_sites(order: BulkOrder, decided: Decided) -> Decided:
    return _with_replaced(order, _with_serials(decided))


def _with_replaced(order: BulkOrder, decided: Decided) -> Decided:
    """Says of each quoted serial that was replaced before which one is current.

    It runs after the rehearsal is rolled back, so that it tells no serial that was only rehearsed.
    """
    company = order.upload.company
    found = identify(decided.quotes, company=company).found if decided.quotes else {}
    before = {quote: each for quote, each in found.items() if _was_replaced(each, decided.order)}
    if not before:
        return decided
    sites = {each.installation_id for each in before.values()}
    current = {
        (each.installation_id, each.family_id): each.number
        for each in Serial.objects.current().filter(installation__in=sites)
    }
    told = [
        (row, replaced_sentence(local_date(each.superseded_at, company.time_zone), now))
        for quote, each in before.items()
        if each.superseded_at and (now := current.get((each.installation_id, each.family_id)))
        for row in _rows_quoting(order, quote.text)
    ]
    return replace(decided, reasons=[*decided.reasons, *told])


def _was_replaced(serial: Serial, by_other_than: Order | None) -> bool:
    if serial.is_current:
        return False
    return getattr(serial.superseded_by.revision, "order", None) != by_other_than


def _rows_quoting(order: BulkOrder, quoted: str) -> list[int]:
    values = ((row.number, row.values.get("serial_number", "")) for row in order.rows.all())
    return [number for number, text in values if text and are_one(text, quoted)]


def _with_serials(decided: Decided) -> Decided:
    """Explains how to order for existing sites with the same name, by their serial numbers.

    It runs after the rehearsal is rolled back.
    """
    if not decided.same:
        return decided
    serials = Serial.objects.current().filter(installation__reference__in=decided.same)
    by_site: dict[Installation, dict[str, str]] = {}
    for serial in serials.select_related("installation"):
        by_site.setdefault(serial.installation, {})[serial.family_id] = serial.number
    ways = [existing_sentence(site.site_name, numbers) for site, numbers in by_site.items()]
    return replace(decided, reasons=[*decided.reasons, *((None, way) for way in ways)])


def _with_similar(decided: Decided) -> Decided:
    """Adds similar sites that the author may mean; sites of the file itself are gone by now."""
    if decided.order is None or not (similar := similar_sites(decided.order)):
        return decided
    shown = similar_sentence([each.name for each in similar])
    return replace(decided, reasons=[*decided.reasons, (None, shown)])


def decide(order: BulkOrder, catalog: Catalog) -> Decided:
    """Places the order as far as it goes, or says why it is refused.

    It reads `order.rows` and `order.upload`. Raises PermissionDenied.
    """
    return _told_of_sites(order, _decide(order, catalog, rehearsal=False))


def _decide(order: BulkOrder, catalog: Catalog, *, rehearsal: bool) -> Decided:
    asked = read_order([FileRow(row.number, row.values) for row in order.rows.all()], catalog)
    if asked.problems:
        return Decided(Status.REFUSED, _told(asked.problems))
    try:
        decided = _decided(_place(order, asked, rehearsal=rehearsal), asked)
        return _with_renewals(decided, asked) if rehearsal else decided
    except OrderRefused as refusal:
        reasons = [(_row_of(each, asked), refusal_sentence(each)) for each in refusal.problems]
        return Decided(Status.REFUSED, reasons, same=_same_sites(refusal.problems))
    except ValidationError as error:
        return Decided(Status.REFUSED, [(None, text) for text in bounds_sentences(error)])


def _with_renewals(decided: Decided, asked: Asked) -> Decided:
    """Asks beside each row that adds what could renew units near their end; one statement."""
    order, numbered = decided.order, list(enumerate(asked.lines, start=1))
    if order is None or order.installation is None or order.is_new:
        return decided
    added = [
        OrderedLine(position, line.action, line.product.as_part(), line.quantity)
        for position, line in numbered
        if line.action is Action.ADD and line.product.term_years
    ]
    if not added:
        return decided
    today = local_date(order.placed_at, order.dealer.time_zone)
    found = renewable(added, order.installation.lots.held(), today)
    hints = [(asked.rows[position - 1], renew_instead(left)) for position, left in found.items()]
    return replace(decided, reasons=[*decided.reasons, *hints])


def _told(problems: Sequence[RowProblem]) -> list[Reason]:
    """The first problems in the order of the rows; they are kept, and repeated for each row."""
    told: list[Reason] = [(each.row, row_sentence(each)) for each in problems[:MAX_TOLD]]
    if len(problems) > MAX_TOLD:
        more = RowProblem(None, Wrong.MORE, value=str(len(problems) - MAX_TOLD))
        told.append((None, row_sentence(more)))
    return told


def _place(order: BulkOrder, asked: Asked, *, rehearsal: bool) -> Order:
    upload = order.upload
    placing: Placing = {
        "company": upload.company,
        "po_number": asked.po_number,
        "lines": asked.lines,
        "by": upload.by,
        "ordered_for": upload.ordered_for,
        "notify": asked.notify,
        "consent": CONSENT,
        "submission": order.submission,
        "rehearsal": rehearsal,
        "in_file": None if rehearsal else upload,
    }
    return actions.place_order(
        kind=asked.kind, site_name=asked.site_name, quotes=asked.quotes, **placing
    )


def _same_sites(problems: Sequence[Problem]) -> list[str]:
    same = (problem for problem in problems if isinstance(problem, SameSite))
    return [each.site for problem in same for each in problem.earlier if each.site]


def _row_of(problem: Problem, asked: Asked) -> int | None:
    return asked.rows[problem.line - 1] if isinstance(problem, LineProblem) else None


def _decided(order: Order, asked: Asked) -> Decided:
    serials = list(order.serials.select_related("after"))
    return Decided(
        status=_STATUS.get(order.state, Status.REFUSED),
        reasons=[(None, text) for text in _why(order)],
        site=order.site,
        serials=_current(order, serials),
        outcomes={each.family_id: each.outcome for each in serials if each.outcome},
        order=order,
        quotes=asked.quotes,
    )


_STATUS = {status.value: status for status in Status}


def _why(order: Order) -> list[str]:
    if order.held_for:
        return [str(why("", order.held_for))]
    remarks = [sentence(remark) for remark in order.remarked]
    return remarks or ([reviewed_as_usual()] if order.state == Status.IN_REVIEW else [])


def _current(order: Order, serials: Sequence[OrderSerial]) -> dict[str, str]:
    """The current serials: as recorded by an issue, else as they are now."""
    if order.state == Status.ISSUED:
        return {each.family_id: each.after.number for each in serials if each.after}
    if order.installation is None:
        return {}
    current = order.installation.serials.current()
    return {serial.family_id: serial.number for serial in current}
