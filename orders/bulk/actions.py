"""Verbs for a file of orders: upload, preview, place, discard.

Each step works for a second or two and may be called again at any time, even after a crash or by
two users at once: decisions are kept, and the submission of each order is derived from the upload,
so that no order is placed twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import BinaryIO, TypeAlias

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from companies.models import Company, User
from orders.bulk.deciding import Decided, decide, preview, quotes_of
from orders.bulk.file.columns import FileRow, read_rows
from orders.bulk.file.table import MAX_BYTES, AsRead, Fault, FileRefused
from orders.bulk.grouping import Grouped, group, in_chunks
from orders.bulk.reading import RowProblem, Wrong, read_catalog, read_paths
from orders.bulk.wording import MAX_TOGETHER, as_read_sentences, row_sentence
from orders.models.bulk import MAX_FILE_NAME, BulkOrder, BulkRow, BulkUpload, Status
from orders.permissions import check_place
from orders.quoting import guess_limit
from orders.quoting.identify import Known, read_known
from outbox.actions import hurry

STEP = 1.5  # seconds that a step works before it answers
CLAIMED = dt.timedelta(seconds=10)  # then another step takes up the orders of one that died
FEW = 15  # orders that a step previews first; then as many at once as it has time for
AT_ONCE = 100  # at most, besides those that they depend on
ROWS_AT_ONCE = 500
PLACED_AT_ONCE = 10  # orders whose quotes are read together, and whose results are recorded so
CHUNK = 500  # rows in a statement
UNPLACED_LIVES = dt.timedelta(days=7)
PLACED_LIVES = dt.timedelta(days=90)  # then its result can no longer be downloaded

Phase = BulkUpload.Phase
Done: TypeAlias = tuple[BulkOrder, Decided]


def upload(
    *,
    company: Company,
    file: BinaryIO,
    name: str,
    by: User,
    ordered_for: User | None = None,
    at: dt.datetime | None = None,
) -> BulkUpload:
    """Keeps the rows of the file, grouped into orders; `go_on` then previews them.

    The same file again continues where its placing stopped. Raises FileRefused, and keeps nothing,
    if the file can't be read.
    """
    check_place(by, company, ordered_for)
    at = at or timezone.now()
    if file.seek(0, 2) > MAX_BYTES:
        raise FileRefused(Fault.TOO_LARGE)
    digest = _digest(file)
    if begun := _half_placed(company, by, ordered_for, digest):
        return begun
    as_read = AsRead()
    grouped = group(read_rows(file, as_read), company)
    with transaction.atomic(durable=True):
        _forget_old(by, at)
        kept = BulkUpload.objects.create(
            company=company,
            by=by,
            ordered_for=ordered_for,
            uploaded_at=at,
            file_name=_shown(name),
            sha256=digest,
            row_count=len(grouped.numbers),
            order_count=len(grouped.together),
            notes=as_read_sentences(as_read),
        )
        _keep(kept, grouped, read_rows(file))
    if grouped.unknown:
        guess_limit.count_file(by, digest)
    return kept


def go_on(upload: BulkUpload, *, by: User, seconds: float = STEP) -> BulkUpload:
    """Previews or places more orders until the time is over; at least one order.

    Raises PermissionDenied if the user may no longer order for its company.
    """
    _check_own(upload, by)
    if not upload.is_running:
        return upload
    check_place(by, upload.company, upload.ordered_for)
    upload.company.refresh_from_db()
    until = time.monotonic() + seconds
    (_preview if upload.is_preview else _place)(upload, until)
    _count(upload)
    if upload.done >= upload.total:
        _finish(upload)
    return upload


def place(upload: BulkUpload, *, by: User) -> BulkUpload:
    """Lets `go_on` place the good orders of the preview. A second call changes nothing."""
    _check_own(upload, by)
    check_place(by, upload.company, upload.ordered_for)
    ready = BulkUpload.objects.filter(pk=upload.pk, phase=Phase.PREVIEWED)
    ready.update(phase=Phase.PLACING, done=0)
    upload.refresh_from_db(fields=["phase", "done", "tally"])
    return upload


@transaction.atomic(durable=True)
def discard(upload: BulkUpload, *, by: User) -> bool:
    """Deletes a file that was not placed. False once placing has begun: no order is undone."""
    _check_own(upload, by)
    unplaced = BulkUpload.objects.select_for_update().filter(
        pk=upload.pk, phase__in=[Phase.PREVIEWING, Phase.PREVIEWED]
    )
    return _forget(unplaced) > 0


def _check_own(upload: BulkUpload, by: User) -> None:
    if upload.by_id != by.pk:
        raise PermissionDenied("Whoever uploaded a file goes on with it.")


# Keeping -------------------------------------------------------------------------------


def _shown(name: str) -> str:
    """The name on one line and short enough; it names no file on our disk."""
    return "".join(filter(str.isprintable, name)).strip()[-MAX_FILE_NAME:] or "orders"


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(64 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def _half_placed(
    company: Company, by: User, ordered_for: User | None, digest: str
) -> BulkUpload | None:
    return BulkUpload.objects.filter(
        company=company, by=by, ordered_for=ordered_for, sha256=digest, phase=Phase.PLACING
    ).first()


def _keep(upload: BulkUpload, grouped: Grouped, rows: Iterable[FileRow]) -> None:
    """Reads the rows a second time, so that they are never all in memory."""
    keys: dict[int, int] = {}
    seen: Counter[int] = Counter()  # the number of orders that depend on each other
    numbered = zip(grouped.numbers, rows, strict=True)
    for chunk in in_chunks(numbered, CHUNK):
        first = {number: row for number, row in reversed(chunk) if number not in keys}
        orders = []
        for number in sorted(first):
            order = _order_of(upload, number, grouped.together[number], first[number])
            seen[order.together] += 1
            if seen[order.together] > MAX_TOGETHER:
                _refuse(order)
            orders.append(order)
        BulkOrder.objects.bulk_create(orders)
        keys.update((order.position - 1, order.pk) for order in orders)
        BulkRow.objects.bulk_create(
            BulkRow(upload=upload, order_id=keys[number], number=row.number, values=row.values)
            for number, row in chunk
        )


def _order_of(upload: BulkUpload, number: int, together: int, row: FileRow) -> BulkOrder:
    return BulkOrder(
        upload=upload,
        position=number + 1,
        together=together,
        po_number=row.values.get("po_number", ""),
        site=row.values.get("site_name", ""),
    )


def _refuse(order: BulkOrder) -> None:
    """Refuses an order of a group that is too large to preview in one go."""
    problem = RowProblem(None, Wrong.TOO_MANY_TOGETHER)
    order.status, order.reasons = Status.REFUSED, [(None, row_sentence(problem))]


def _forget_old(by: User, at: dt.datetime) -> None:
    unplaced = Q(phase__in=[Phase.PREVIEWING, Phase.PREVIEWED])
    _forget(
        BulkUpload.objects.filter(by=by).filter(
            unplaced & Q(uploaded_at__lt=at - UNPLACED_LIVES)
            | Q(phase=Phase.PLACED, uploaded_at__lt=at - PLACED_LIVES)
        )
    )


def _forget(uploads: Iterable[BulkUpload]) -> int:
    """Deletes rows before the orders that they point to; it reads none of them."""
    keys = [upload.pk for upload in uploads]
    BulkRow.objects.filter(upload__in=keys).delete()
    BulkOrder.objects.filter(upload__in=keys).delete()
    BulkUpload.objects.filter(pk__in=keys).delete()
    return len(keys)


# Steps ---------------------------------------------------------------------------------


def _preview(upload: BulkUpload, until: float) -> None:
    """Decides the next orders; orders that depend on each other are decided together."""
    products, paths = read_catalog(), read_paths()
    undecided, most = upload.orders.filter(status=""), FEW
    while orders := _short(_claim(upload, undecided, most)):
        began = time.monotonic()
        decided = preview(orders, products, paths, timezone.now())
        done = list(_in_time(zip(orders, decided, strict=True), until))
        _record(undecided, done)
        now = time.monotonic()
        if now >= until:
            _give_back(orders[len(done) :])
            return
        most = _as_many(len(orders), took=now - began, left=until - now)


def _place(upload: BulkUpload, until: float) -> None:
    """Places the next good orders, in the order of the file, each in a transaction of its own."""
    products = read_catalog()
    good = upload.orders.filter(is_placed=False).exclude(status=Status.REFUSED)
    while orders := _claim(upload, good, PLACED_AT_ONCE):
        known = _known(upload, orders)
        done: list[Done] = []
        for order in orders:
            anew = _follows(order, orders[: len(done)])
            own = _known(upload, [order]) if anew else known
            done.append((order, decide(order, products, own)))
            if time.monotonic() >= until:
                break
        _record(good, done, is_placed=True)
        if time.monotonic() >= until:
            _give_back(orders[len(done) :])
            return


def _claim(upload: BulkUpload, orders: QuerySet[BulkOrder], most: int) -> list[BulkOrder]:
    """Takes up the next orders with their rows, and all that depend on them.

    Another step that goes on at the same time takes others. If it has taken all of them, both do
    the same: that changes nothing, but a step that was killed holds nothing up.
    """
    now = timezone.now()
    free = orders.filter(Q(begun_at=None) | Q(begun_at__lt=now - CLAIMED))
    with transaction.atomic(durable=True):
        first = free.select_for_update(skip_locked=True).order_by("together", "position")
        numbers = set(first.values_list("together", flat=True)[:most])
        BulkOrder.objects.filter(upload=upload, together__in=numbers).update(begun_at=now)
    if not numbers:
        last = orders.order_by("together", "position").values_list("together", flat=True)
        numbers = set(last[:most])
    claimed = orders.filter(together__in=numbers).order_by("together", "position")
    ready = list(claimed.prefetch_related("rows")) if numbers else []
    for order in ready:
        order.upload = upload
    return ready


def _give_back(orders: Sequence[BulkOrder]) -> None:
    """Lets the next step begin with the orders that this one did not come to."""
    BulkOrder.objects.filter(pk__in=[order.pk for order in orders]).update(begun_at=None)


def _as_many(orders: int, *, took: float, left: float) -> int:
    """As many orders as may be read and decided in half of the time that is left."""
    return max(FEW, min(AT_ONCE, int(orders * left / 2 / max(took, 0.001))))


def _short(orders: Sequence[BulkOrder]) -> list[BulkOrder]:
    """As many of them as have ROWS_AT_ONCE rows together, and at least one with its cluster."""
    rows, short = 0, list[BulkOrder]()
    for _number, cluster in groupby(orders, key=_together):
        together = list(cluster)
        rows += sum(len(order.rows.all()) for order in together)
        if short and rows > ROWS_AT_ONCE:
            break
        short += together
    _give_back(orders[len(short) :])
    return short


def _in_time(decided: Iterable[Done], until: float) -> Iterator[Done]:
    """Stops when the time is over, at least one cluster later."""
    for number, (_number, cluster) in enumerate(groupby(decided, key=lambda d: d[0].together)):
        if number and time.monotonic() >= until:
            return
        yield from cluster


def _known(upload: BulkUpload, orders: Sequence[BulkOrder]) -> Known:
    return read_known(quotes_of(orders), company=upload.company)


def _follows(order: BulkOrder, earlier: Sequence[BulkOrder]) -> bool:
    """Whether an earlier order may have changed what this one quotes."""
    return any(each.together == order.together for each in earlier)


def _together(order: BulkOrder) -> int:
    return order.together


def _record(rows: QuerySet[BulkOrder], done: Sequence[Done], *, is_placed: bool = False) -> None:
    """Records the results in one statement, unless a parallel step did, which left `rows`."""
    for order, decided in done:
        order.status, order.reasons = decided.status, list(decided.reasons)
        order.site, order.outcomes = decided.site or order.site, decided.outcomes
        order.serials, order.is_placed = decided.serials, is_placed
        order.order = decided.order if is_placed else None
        order.begun_at = None
    fields = ["status", "reasons", "site", "outcomes", "begun_at"]
    more = ["serials", "is_placed", "order"] if is_placed else []
    rows.bulk_update([order for order, _decided in done], [*fields, *more])


def _count(upload: BulkUpload) -> None:
    """Counts the progress anew, so that two parallel steps count nothing twice."""
    orders = BulkOrder.objects.filter(upload=upload)
    by_status = orders.exclude(status="").order_by("status").values_list("status")
    upload.tally = dict(by_status.annotate(Count("pk")))
    if upload.is_preview:
        upload.done = sum(upload.tally.values())
        upload.to_place = upload.done - upload.tally.get(Status.REFUSED.value, 0)
    else:
        upload.done = orders.filter(is_placed=True).count()
    upload.save(update_fields=["tally", "done", "to_place"])


def _finish(upload: BulkUpload) -> None:
    """Ends this phase, unless a parallel step did so already."""
    after = {Phase.PREVIEWING: Phase.PREVIEWED, Phase.PLACING: Phase.PLACED}
    this = BulkUpload.objects.filter(pk=upload.pk, phase=upload.phase)
    this.update(phase=after[Phase(upload.phase)])
    upload.refresh_from_db(fields=["phase", "held_mail"])
    if upload.phase == Phase.PLACED and upload.held_mail:
        hurry(upload.held_mail, timezone.now())
