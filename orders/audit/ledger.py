"""Checks the invariants of the ledger and reports violations.

The database refuses most violations by its constraints, too. This finds those that got past them:
by an interrupted restore, a manual change in the database, a bug. It reads only. The database does
the comparing, so that a million rows are no trouble. Sentences name installations and orders by
their references, never by a serial number.

Kits are unpacked as the catalog has them now: the contents of a kit must not change after it was
sold.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from companies.models import Company
from companies.name_check import stale
from licensing.models import Installation, Lot, Movement, Revision, Serial
from licensing.serial_numbers import fold
from licensing.serial_policy import Action, Outcome
from notifications.models import Confirmation
from notifications.models.notices import NoticeMail
from orders.models import Order, OrderLine, OrderSerial
from orders.rules.moves import State
from outbox.models import Message
from texts import po_numbers

CHUNK = 2000  # rows read at a time
CHAIN = ("installation__reference", "family")  # the serials of one chain follow each other
ORDERED, MOVED = "ordered", "moved"

Row = tuple[int, str, str, int, int]


def violations() -> Iterator[str]:
    """Empty if the ledger is intact. Call it inside one snapshot of a live database."""
    yield from _chains()
    yield from _links()
    yield from _keys()
    yield from _revisions()
    yield from _outcomes()
    yield from _holdings()
    yield from _mails()
    yield from _names()


def _each(sentence: str, rows: QuerySet[Any, Any]) -> Iterator[str]:
    """The sentence for each row, with the row's values in the order of its blanks."""
    return (sentence.format(*row) for row in rows.iterator(CHUNK))


def _chains() -> Iterator[str]:
    """Generations are 1, 2, 3, …, and the last one is current."""
    chains = (
        Serial.objects.order_by()
        .values(*CHAIN)
        .annotate(
            serials=Count("pk"),
            generations=Count("generation", distinct=True),
            newest=Max("generation"),
            current=Count("pk", filter=Q(is_current=True)),
            newest_current=Coalesce(Max("generation", filter=Q(is_current=True)), 0),
        )
    )
    gaps = ~Q(serials=F("newest")) | ~Q(generations=F("newest"))
    yield from _each(
        "Installation {}: the {} serials do not follow each other, "
        "there are {} and the newest is number {}.",
        chains.filter(gaps).values_list(*CHAIN, "serials", "newest"),
    )
    yield from _each(
        "Installation {}: {} current {} serials instead of one, the newest.",
        chains.filter(~Q(current=1) | ~Q(newest_current=F("newest"))).values_list(
            "installation__reference", "current", "family"
        ),
    )


def _links() -> Iterator[str]:
    """Each serial replaces only the one before it and was issued once."""
    serials = Serial.objects.order_by()
    follows = Q(
        supersedes__installation=F("installation"),
        supersedes__family=F("family"),
        supersedes__generation=F("generation") - 1,
    )
    yield from _each(
        "Installation {}: {} serial number {} does not replace the one before it.",
        serials.filter(Q(generation__gt=1) | Q(supersedes__isnull=False))
        .exclude(follows)
        .values_list(*CHAIN, "generation"),
    )
    yield from _each(
        "Installation {}: a {} serial was replaced {} times.",
        serials.filter(supersedes__isnull=False)
        .values("supersedes__installation__reference", "supersedes__family", "supersedes")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
        .values_list("supersedes__installation__reference", "supersedes__family", "times"),
    )
    yield from _each(
        "A {} serial was issued {} times.",
        serials.filter(folds_like=None)
        .values("lookup_key")
        .annotate(family=Max("family"), times=Count("pk"))
        .filter(times__gt=1)
        .values_list("family", "times"),
    )


def _keys() -> Iterator[str]:
    """Each key equals the key that the rules make of the number. This reads each row."""
    serials = Serial.objects.order_by().values_list(*CHAIN, "generation", "number", "lookup_key")
    for site, family, generation, number, key in serials.iterator(CHUNK):
        if fold(number) != key:
            yield f"Installation {site}: {family} serial number {generation} has a stale key."
    orders = Order.objects.order_by().values_list("reference", "po_number", "po_number_key")
    for order, po_number, key in orders.iterator(CHUNK):
        if po_numbers.same_key(po_number) != key:
            yield f"Order {order}: its PO number has a stale key."
    holds = Q(issued_elsewhere=True, elsewhere_key=F("lookup_key"), folds_like=None)
    follows = Q(
        issued_elsewhere=True,
        elsewhere_key=None,
        folds_like__elsewhere_key=F("lookup_key"),
        folds_like__issued_elsewhere=True,
    )
    ours = Q(issued_elsewhere=False, elsewhere_key=None, folds_like=None)
    yield from _each(
        "Installation {}: {} serial number {} reads like another, and may not.",
        Serial.objects.order_by().exclude(ours | holds | follows).values_list(*CHAIN, "generation"),
    )


def _revisions() -> Iterator[str]:
    """Revisions are R1, R2, … without gaps up to the count of the installation."""
    counted = (
        Installation.objects.order_by()
        .values("pk", "reference", "revision_count")
        .annotate(found=Count("revisions"), newest=Coalesce(Max("revisions__number"), 0))
    )
    wrong = ~Q(found=F("revision_count")) | ~Q(newest=F("revision_count"))
    yield from _each(
        "Installation {}: {} revisions up to R{}, where R{} should be the last.",
        counted.filter(wrong).values_list("reference", "found", "newest", "revision_count"),
    )
    yield from _each(
        "Installation {}, R{}: made by an order, but no order says so.",
        _by_orders().filter(order=None).values_list("installation__reference", "number"),
    )


def _by_orders() -> QuerySet[Revision]:
    return Revision.objects.order_by().filter(cause=Revision.Cause.ORDER)


def _outcomes() -> Iterator[str]:
    """The outcomes on orders agree with the serials."""
    issued = OrderSerial.objects.order_by().filter(order__state=State.ISSUED)
    new = Q(outcome__in=[Outcome.NEW, Outcome.REPLACES])
    minted = Q(after__revision=F("order__revision"))
    replaced = Q(after__supersedes=F("before"))
    there = Serial.objects.filter(  # the installation may have no serial of a quoted family
        family=OuterRef("family"),
        installation=OuterRef("order__installation"),
        revision__number__lte=OuterRef("order__revision__number"),
    )
    yield from _each(
        "Order {}: what happened to its {} serial was not recorded.",
        issued.filter(Exists(there), after=None).values_list("order__reference", "family"),
    )
    yield from _each(
        "Order {}: its outcome “{}” for {} is not what it did to the serial.",
        issued.exclude(after=None)
        .filter((new & ~minted) | (~new & minted) | (Q(outcome=Outcome.REPLACES) & ~replaced))
        .values_list("order__reference", "outcome", "family"),
    )
    told = OrderSerial.objects.filter(after=OuterRef("pk"), order__revision=OuterRef("revision"))
    yield from _each(
        "Installation {}, R{}: a {} serial was issued that its order does not tell.",
        Serial.objects.order_by()
        .filter(~Exists(told), revision__cause=Revision.Cause.ORDER)
        .values_list("installation__reference", "revision__number", "family"),
    )


def _holdings() -> Iterator[str]:
    """Holdings are the sum of issued orders, and nothing else adds to them."""
    yield from _orders_and_movements()
    yield from _each(
        "Installation {}: a lot of {} came from no issued order.",
        Lot.objects.order_by()
        .exclude(revision__order__state=State.ISSUED)
        .values_list("installation__reference", "product"),
    )
    here = Q(lot__installation=F("revision__installation"))
    yield from _each(
        "Installation {}, R{}: moves units of another installation.",
        Movement.objects.order_by()
        .filter(~here)
        .values_list("revision__installation__reference", "revision__number"),
    )
    yield from _each(
        "Installation {}: a lot of {} holds {} units.",
        Movement.objects.order_by()
        .values("lot__installation__reference", "lot__product", "lot")
        .annotate(units=Sum("quantity"))
        .filter(units__lt=0)
        .values_list("lot__installation__reference", "lot__product", "units"),
    )
    yield from _each(
        "Installation {}: of {} units in a lot of {}, {} are renewed.",
        Movement.objects.order_by()
        .values("lot__installation__reference", "lot__product", "lot")
        .annotate(units=Sum("quantity"), of_them=Sum("renewed"))
        .filter(Q(of_them__lt=0) | Q(units__gte=0, of_them__gt=F("units")))
        .values_list("lot__installation__reference", "units", "lot__product", "of_them"),
    )


def _orders_and_movements() -> Iterator[str]:
    """Compares the ordered with the moved units, revision by revision, side by side."""
    rows = heapq.merge(*_ordered(), _moved(), key=itemgetter(0))
    for revision, of_revision in groupby(rows, key=itemgetter(0)):
        units: dict[str, Counter[str]] = defaultdict(Counter)
        renewed: Counter[str] = Counter()
        for _, side, part, quantity, more_renewed in of_revision:
            units[side][part] += quantity
            renewed[side] += more_renewed
        asked, moved = (_nonzero(units[side]) for side in (ORDERED, MOVED))
        if asked != moved:
            yield f"{_name(revision)}: ordered {asked}, put in {moved}."
        if renewed[ORDERED] != renewed[MOVED]:
            yield (
                f"{_name(revision)}: ordered {renewed[ORDERED]} units to be renewed, "
                f"{renewed[MOVED]} are."
            )


def _ordered() -> Iterator[Iterator[Row]]:
    """The units that lines add, take out, and renew."""
    lines = OrderLine.objects.filter(order__state=State.ISSUED)
    units, none = Sum(F("quantity") * F("product__kit_quantity")), Value(0)
    yield _rows(ORDERED, lines, Coalesce("product__kit_of", "product"), units, none)
    upgrades = lines.filter(action=Action.UPGRADE)
    yield _rows(ORDERED, upgrades, F("source"), Sum(-F("quantity")), none)
    renewals = lines.filter(action=Action.RENEW)
    yield _rows(ORDERED, renewals, F("source"), none, Sum("quantity"))


def _moved() -> Iterator[Row]:
    by_orders = Movement.objects.filter(revision__cause=Revision.Cause.ORDER)
    return _rows(MOVED, by_orders, F("lot__product"), Sum("quantity"), Sum("renewed"))


def _rows(
    side: str, rows: QuerySet[Any], part: Any, units: Any, more_renewed: Any
) -> Iterator[Row]:
    """Revision, side, part number, units, number of newly renewed units; sorted by revision."""
    revision = "order__revision" if rows.model is OrderLine else "revision"
    sums = (
        rows.values(of=F(revision), part=part)
        .annotate(units=units, more_renewed=more_renewed)
        .order_by("of")
        .values_list("of", "part", "units", "more_renewed")
    )
    return ((of, side, name, count, more) for of, name, count, more in sums.iterator(CHUNK))


def _nonzero(units: Counter[str]) -> dict[str, int]:
    return {part: quantity for part, quantity in units.items() if quantity}


def _name(revision: int) -> str:
    found = Revision.objects.values_list("installation__reference", "number").get(pk=revision)
    return "Installation {}, R{}".format(*found)


def _mails() -> Iterator[str]:
    """Each issue has its mail, and each mail its issue."""
    yield from _each(
        "Installation {}, R{}: issued without a confirmation.",
        _by_orders().filter(confirmation=None).values_list("installation__reference", "number"),
    )
    yield from _each(
        "Confirmation {}: nothing was issued by an order.",
        Confirmation.objects.order_by()
        .exclude(revision__cause=Revision.Cause.ORDER)
        .values_list("record"),
    )
    mails = Message.objects.filter(record=OuterRef("record"))
    yield from _each(
        "Confirmation {}: no mail was ever queued.",
        Confirmation.objects.order_by().filter(~Exists(mails)).values_list("record"),
    )
    yield from _each(
        "Confirmation {}: no copy of it is kept, and none is still to be written.",
        Confirmation.objects.order_by()
        .filter(~Exists(mails.undrawn()), copies=None)
        .values_list("record"),
    )
    yield from _records(mails)


def _records(mails: QuerySet[Message]) -> Iterator[str]:
    """Each mail of a record is about a confirmation or a notice, and each notice has its mails."""
    confirmations = Confirmation.objects.filter(record=OuterRef("record"))
    notices = NoticeMail.objects.filter(record=OuterRef("record"))
    yield from _each(
        "Mail of {}: there is no such confirmation, and no notice.",
        Message.objects.order_by()
        .filter(~Exists(confirmations), ~Exists(notices))
        .exclude(record="")
        .values_list("record"),
    )
    yield from _each(
        "Notices of {}: {} addresses were told, {} mails were queued.",
        NoticeMail.objects.order_by()
        .values("record")
        .annotate(told=Count("pk"))
        .annotate(queued=_number_of(mails))
        .exclude(told=F("queued"))
        .values_list("record", "told", "queued"),
    )


def _names() -> Iterator[str]:
    """The name columns equal those that the rule gives."""
    for model in (Company, Installation, Order):
        for each in stale(model):
            which = getattr(each.row, "reference", None) or f"no. {each.row.pk}"
            columns = ", ".join(column.name for column in each.columns)
            yield f"{model.__name__} {which}: {columns} not as its name gives it. Run fold_names."


def _number_of(mails: QuerySet[Message]) -> Coalesce:
    counted = mails.order_by().values("record").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def counted() -> dict[str, int]:
    """The number of rows that were read, so that an empty database does not look intact."""
    return {
        "installations": Installation.objects.count(),
        "serials": Serial.objects.count(),
        "issued orders": Order.objects.filter(state=State.ISSUED).count(),
        "mails": Message.objects.count(),
    }
