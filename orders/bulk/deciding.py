"""Previews and places the orders of a file, and reports by their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.utils import timezone

from companies.time_zones import local_date
from licensing.models import Installation, Serial
from licensing.serial_numbers import are_one
from licensing.serial_policy import Action
from orders import actions
from orders.actions.deciding import lines_to_decide, turns_of
from orders.actions.duplicates import similar_sites
from orders.bulk.book import Book, Wanted, read_book
from orders.bulk.file.columns import FileRow
from orders.bulk.reading import Asked, Catalog, Paths, RowProblem, Wrong, read_order
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
from orders.quoting.identify import Known, identify
from orders.rules.allocation import LineProblem
from orders.rules.forecast import renewable
from orders.rules.lines import OrderedLine
from orders.rules.moves import State
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


@dataclass(frozen=True, slots=True)
class Ready:
    """An order of the file as its rows were read."""

    row: BulkOrder
    asked: Asked
    order: Order  # not saved


def preview(
    together: Sequence[BulkOrder], products: Catalog, paths: Paths, at: dt.datetime
) -> Iterator[Decided]:
    """Foresees what placing does, order by order; nothing is written or locked.

    Each order sees the effects of those before it, see `orders.bulk.book`. Read `order.rows` and
    `order.upload` with them.
    """
    ready = [_read(order, products, at) for order in together]
    wanted = [_wanted(each, paths) for each in ready]
    good = [want for each, want in zip(ready, wanted, strict=True) if not each.asked.problems]
    book = read_book(good, together[0].upload.company)
    for each, want in zip(ready, wanted, strict=True):
        decided = _foreseen(each, want, book)
        yield _with_similar(
            _with_replaced(each.row, _with_serials(decided), book.known, book.current)
        )


def _read(row: BulkOrder, products: Catalog, at: dt.datetime) -> Ready:
    upload = row.upload
    asked = _asked(row, products)
    order = Order(
        kind=asked.kind,
        site_name=asked.site_name if asked.kind == Order.Kind.NEW else "",
        company=upload.company,
        po_number=asked.po_number,
        notify=asked.notify,
        placed_by=upload.by,
        ordered_for=upload.ordered_for,
        state=State.DRAFT,
        placed_at=at,
        changed_at=at,
    )
    return Ready(row, asked, order)


def _asked(row: BulkOrder, products: Catalog) -> Asked:
    return read_order([FileRow(each.number, each.values) for each in row.rows.all()], products)


def _wanted(ready: Ready, paths: Paths) -> Wanted:
    rows = lines_to_decide(ready.order, ready.asked.lines, paths)
    return Wanted(ready.order, rows, ready.asked.quotes)


def _foreseen(ready: Ready, wanted: Wanted, book: Book) -> Decided:
    asked, order = ready.asked, ready.order
    if asked.problems:
        return Decided(Status.REFUSED, _told(asked.problems))
    try:
        course = book.place(wanted, CONSENT)
    except (OrderRefused, ValidationError) as refusal:
        return _refused(refusal, asked)
    turns = turns_of(course.prepared) if course.prepared else []
    outcomes = {turn.family: turn.outcome.value for turn in turns}
    decided = Decided(
        status=Status(course.state),
        reasons=[(None, text) for text in _why(order)],
        site=order.site,
        outcomes=outcomes if course.state is State.ISSUED else {},
        order=order,
        quotes=asked.quotes,
    )
    return _with_renewals(decided, asked, book)


def _refused(refusal: OrderRefused | ValidationError, asked: Asked) -> Decided:
    if isinstance(refusal, ValidationError):
        return Decided(Status.REFUSED, [(None, text) for text in bounds_sentences(refusal)])
    reasons = [(_row_of(each, asked), refusal_sentence(each)) for each in refusal.problems]
    return Decided(Status.REFUSED, reasons, same=_same_sites(refusal.problems))


def _with_replaced(
    order: BulkOrder,
    decided: Decided,
    known: Known,
    current: Mapping[tuple[int, str], str] | None = None,
) -> Decided:
    """Says of each quoted serial that was replaced before which one is `current`, or is now.

    It tells no serial that is only foreseen.
    """
    company = order.upload.company
    found = identify(decided.quotes, company=company, known=known).found if decided.quotes else {}
    before = {quote: each for quote, each in found.items() if _was_replaced(each, decided.order)}
    if not before:
        return decided
    if current is None:
        current = _current_at({each.installation_id for each in before.values()})
    today = local_date(timezone.now(), company.time_zone)
    told = [
        (
            row,
            replaced_sentence(local_date(each.superseded_at, company.time_zone), now, as_of=today),
        )
        for quote, each in before.items()
        if each.superseded_at and (now := current.get((each.installation_id, each.family_id)))
        for row in _rows_quoting(order, quote.text)
    ]
    return replace(decided, reasons=[*decided.reasons, *told])


def _was_replaced(serial: Serial, by_other_than: Order | None) -> bool:
    """In the ledger: what the file will replace is still current there."""
    if not serial.superseded_at:
        return False
    return getattr(serial.superseded_by.revision, "order", None) != by_other_than


def _current_at(sites: Collection[int]) -> dict[tuple[int, str], str]:
    current = Serial.objects.current().filter(installation__in=sites)
    return {(each.installation_id, each.family_id): each.number for each in current}


def _rows_quoting(order: BulkOrder, quoted: str) -> list[int]:
    values = ((row.number, row.values.get("serial_number", "")) for row in order.rows.all())
    return [number for number, text in values if text and are_one(text, quoted)]


def _with_serials(decided: Decided) -> Decided:
    """Explains how to order for existing sites with the same name, by their serial numbers.

    A site that the file makes has none yet.
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
    """Adds similar sites that the author may mean; sites of the file itself are not there yet."""
    if decided.order is None or not (similar := similar_sites(decided.order)):
        return decided
    shown = similar_sentence([each.name for each in similar])
    return replace(decided, reasons=[*decided.reasons, (None, shown)])


def quotes_of(orders: Iterable[BulkOrder]) -> Iterator[Quote]:
    """All that the rows may quote, whatever else they say."""
    for order in orders:
        for row in order.rows.all():
            if text := row.values.get("serial_number", ""):
                yield Quote("", text)


def decide(order: BulkOrder, products: Catalog, known: Known) -> Decided:
    """Places the order as far as it goes, or says why it is refused.

    It reads `order.rows` and `order.upload`. Raises PermissionDenied.
    """
    asked = _asked(order, products)
    if asked.problems:
        return Decided(Status.REFUSED, _told(asked.problems))
    try:
        decided = _decided(_place(order, asked, known), asked)
    except (OrderRefused, ValidationError) as refusal:
        decided = _refused(refusal, asked)
    return _with_replaced(order, _with_serials(decided), known)


def _with_renewals(decided: Decided, asked: Asked, book: Book) -> Decided:
    """Asks beside each row that adds what could renew units near their end."""
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
    found = renewable(added, book.holdings_of(order).lots, today)
    hints = [(asked.rows[position - 1], renew_instead(left)) for position, left in found.items()]
    return replace(decided, reasons=[*decided.reasons, *hints])


def _told(problems: Sequence[RowProblem]) -> list[Reason]:
    """The first problems in the order of the rows; they are kept, and repeated for each row."""
    told: list[Reason] = [(each.row, row_sentence(each)) for each in problems[:MAX_TOLD]]
    if len(problems) > MAX_TOLD:
        more = RowProblem(None, Wrong.MORE, value=str(len(problems) - MAX_TOLD))
        told.append((None, row_sentence(more)))
    return told


def _place(order: BulkOrder, asked: Asked, known: Known) -> Order:
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
        "in_file": upload,
        "known": known,
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
