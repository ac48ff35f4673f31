"""The database itself refuses what must never be, on PostgreSQL and on SQLite."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet

from companies.append_only import HistoryIsFinal
from licensing.models import Installation, Lot, Movement, Revision, Serial
from licensing.serial_numbers import fold
from orders.models import Order, OrderEvent, OrderSerial
from tests.cast import NOW, Cast, current
from tests.kept_rows import kept

pytestmark = pytest.mark.both_databases


@kept
def site(cast: Cast) -> Installation:
    """With ISS R1 and VAI replaced once, in R2."""
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    return site


def serial(site: Installation, **values: Any) -> Serial:
    number = values.pop("number", "VAI-TEST")
    defaults = {
        "installation": site,
        "family_id": "VAI",
        "number": number,
        "lookup_key": fold(number),
        "generation": 3,
        "revision": site.revisions.last(),
    }
    return Serial(**{**defaults, **values})


def force_update(rows: QuerySet[Any], **values: Any) -> None:
    """Past our own guards, as a wrong script would."""
    QuerySet.update(rows, **values)


def demoted(site: Installation) -> None:
    Serial.objects.filter(installation=site, family="VAI").demote(at=NOW)


SERIALS = {
    # what is wrong with it → the constraint that refuses it
    "number-twice": "number",
    "same-look-up-key": "serial_key_once",
    "holds-a-key-of-elsewhere": "serial_only_elsewhere_folds_alike",
    "two-current": "serial_one_current_per_family",
    "same-generation": "serial_chain_is_linear",
    "fork": "supersedes",
    "first-with-predecessor": "serial_first_has_no_predecessor",
    "later-without-predecessor": "serial_first_has_no_predecessor",
    "current-and-superseded": "serial_current_xor_superseded",
    "neither": "serial_current_xor_superseded",
    "empty-number": "serial_number_not_empty",
}


def wrong_serial(site: Installation, case: str) -> Serial:
    chain = list(Serial.objects.filter(installation=site, family="VAI"))
    if case == "two-current":
        return serial(site, supersedes=chain[1])
    demoted(site)
    wrong: dict[str, dict[str, Any]] = {
        "number-twice": {"number": chain[0].number, "lookup_key": "X"},
        "same-look-up-key": {"number": "x", "lookup_key": chain[0].lookup_key},
        "same-generation": {"generation": 2, "supersedes": chain[1]},
        "fork": {"generation": 3, "supersedes": chain[0]},
        "first-with-predecessor": {"generation": 1, "supersedes": chain[1]},
        "later-without-predecessor": {"generation": 3, "supersedes": None},
        "current-and-superseded": {"superseded_at": NOW},
        "neither": {"is_current": False},
        "holds-a-key-of-elsewhere": {"elsewhere_key": fold("VAI-TEST")},
        "empty-number": {"number": "", "lookup_key": ""},
    }
    return serial(site, **{"supersedes": chain[1], **wrong[case]})


@pytest.mark.parametrize(("case", "constraint"), SERIALS.items(), ids=SERIALS.keys())
def test_wrong_serials_are_refused(site: Installation, case: str, constraint: str) -> None:
    wrong = wrong_serial(site, case)
    with pytest.raises(IntegrityError, match=names(constraint)), transaction.atomic():
        wrong.save()


def names(constraint: str) -> str:
    """As the databases say it: SQLite names columns where it is a plain UNIQUE."""
    by_column = {
        "serial_one_current_per_family": "serial_one_current_per_family|family_id",
        "serial_chain_is_linear": "serial_chain_is_linear|generation",
        "serial_key_once": "serial_key_once|lookup_key",
    }
    return by_column.get(constraint, constraint)


def test_a_right_serial_is_taken(site: Installation) -> None:
    """So that the cases above are refused for what is wrong with them."""
    right = serial(site, supersedes=Serial.objects.filter(family="VAI").last())
    demoted(site)
    right.save()


def test_a_revision_number_is_given_once(site: Installation, cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(installation=site, number=2, cause="order", by=cast.sales, at=NOW)


ROWS = {
    "lot-ends-before-it-starts": (Lot, {"last_day": dt.date(2000, 1, 1)}),
    "movement-of-nothing": (Movement, {"quantity": 0}),
    "issued-without-revision": (Order, {"revision": None}),
    "review-with-revision": (Order, {"state": "in_review"}),
    "order-without-po": (Order, {"po_number": ""}),
    "new-without-site": (Order, {"kind": "new", "site_name": ""}),
    "outcome-without-serials": (OrderSerial, {"outcome": "new", "after": None, "before": None}),
    "outcome-undone": (OrderSerial, {"outcome": ""}),
    "rejected-without-reason": (OrderEvent, {"move": "reject", "reason": ""}),
}


@pytest.mark.parametrize(("model", "values"), ROWS.values(), ids=ROWS.keys())
def test_wrong_rows_are_refused(site: Installation, model: Any, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        force_update(model._base_manager.all(), **values)


@pytest.mark.parametrize("model", [Revision, Serial, Lot, Movement, OrderEvent])
def test_history_is_neither_changed_nor_deleted(site: Installation, model: Any) -> None:
    row = model.objects.first()
    with pytest.raises(HistoryIsFinal):
        row.save()
    with pytest.raises(HistoryIsFinal):
        row.delete()
    with pytest.raises(HistoryIsFinal):
        model.objects.update(pk=1)
    with pytest.raises(HistoryIsFinal):
        model.objects.all().delete()


def test_an_installation_with_a_history_is_not_deleted(site: Installation) -> None:
    with pytest.raises(ProtectedError):
        site.delete()
