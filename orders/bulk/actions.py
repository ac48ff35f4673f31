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
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from companies.models import Company, User
from orders.bulk.deciding import Decided, decide, rehearse
from orders.bulk.file.columns import FileRow, read_rows
from orders.bulk.file.table import MAX_BYTES, AsRead, Fault, FileRefused
from orders.bulk.grouping import Grouped, group, in_chunks
from orders.bulk.reading import RowProblem, Wrong, read_catalog
from orders.bulk.wording import MAX_TOGETHER, as_read_sentences, row_sentence
from orders.models.bulk import MAX_FILE_NAME, BulkOrder, BulkRow, BulkUpload, Status
from orders.permissions import check_place
from orders.quoting import guess_limit
from outbox.actions import hurry

STEP = 1.5  # seconds that a step works before it answers
BATCH = 50  # orders that a step reads, apart from those that they depend on
CHUNK = 500  # rows in a statement
UNPLACED_LIVES = dt.timedelta(days=7)
PLACED_LIVES = dt.timedelta(days=90)  # then its result can no longer be downloaded

Phase = BulkUpload.Phase


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
    until = time.monotonic() + seconds
    for _done in _preview(upload) if upload.is_preview else _place(upload):
        if time.monotonic() >= until:
            break
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


def _preview(upload: BulkUpload) -> Iterator[None]:
    """Decides the next orders; orders that depend on each other are decided together."""
    undecided = upload.orders.filter(status="")
    next_ones = undecided.order_by("together").values("together").distinct()[:BATCH]
    numbers = [each["together"] for each in next_ones]
    orders = _ready(upload, undecided.filter(together__in=numbers).order_by("together", "position"))
    catalog = read_catalog()
    for _number, together in groupby(orders, key=lambda order: order.together):
        cluster = list(together)
        for order, decided in zip(cluster, rehearse(cluster, catalog), strict=True):
            _record(order, decided)
        yield


def _place(upload: BulkUpload) -> Iterator[None]:
    """Places the next good orders, in the order of the file."""
    good = upload.orders.filter(is_placed=False).exclude(status=Status.REFUSED)
    catalog = read_catalog()
    for order in _ready(upload, good.order_by("position")[:BATCH]):
        _record(order, decide(order, catalog), is_placed=True)
        yield


def _ready(upload: BulkUpload, orders: QuerySet[BulkOrder]) -> list[BulkOrder]:
    """The orders with the rows that deciding reads."""
    ready = list(orders.prefetch_related("rows"))
    for order in ready:
        order.upload = upload
    return ready


def _record(order: BulkOrder, decided: Decided, *, is_placed: bool = False) -> None:
    """Records the result, unless a parallel step did: a placed order stays placed."""
    rows = BulkOrder.objects.filter(pk=order.pk, is_placed=False)
    rows.filter(status=order.status).update(
        status=decided.status,
        reasons=list(decided.reasons),
        site=decided.site or order.site,
        serials=decided.serials,
        outcomes=decided.outcomes,
        is_placed=is_placed,
        order=decided.order if is_placed else None,
    )


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
