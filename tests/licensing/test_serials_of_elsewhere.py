"""Serials that were issued elsewhere may fold alike; none of them, and none at all, like ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from companies.models import Company
from licensing import actions as ledger
from licensing.actions import import_installation
from licensing.models import Family, Installation, Serial
from licensing.serial_numbers import BODY_LENGTH, check_character, fold, meant, written
from orders import actions
from orders.models import Order
from tests.alike import FIRST, SECOND, recorded
from tests.cast import NOW, Cast, current
from tests.licensing.invariants import violations
from tests.threads import at_once, only_postgresql
from tests.world import undone

pytestmark = pytest.mark.both_databases


def test_two_that_fold_alike_are_both_kept_as_they_are_written(cast: Cast) -> None:
    one = recorded(cast, "Old Mill", FIRST)
    other = recorded(cast, "New Mill", SECOND, company=cast.summit)
    third = recorded(cast, "Far Mill", "12345678")
    assert [current(site, "ISS") for site in (one, other, third)] == [FIRST, SECOND, "12345678"]
    assert Serial.objects.filter(lookup_key="12345678").count() == 3
    connection.check_constraints()
    assert violations() == []


@pytest.mark.parametrize("again", [FIRST, f" {FIRST} "])
def test_the_very_same_number_is_refused(cast: Cast, again: str) -> None:
    recorded(cast, "Old Mill", FIRST)
    with pytest.raises(ValidationError, match="already exists"):
        recorded(cast, "New Mill", again, company=cast.summit)
    assert Installation.objects.count() == 1


def test_what_folds_like_one_of_ours_is_refused(cast: Cast) -> None:
    ours = current(cast.site(), "ISS")
    for text in (ours.replace("-", " "), ours.lower(), ours.replace("0", "O").replace("1", "l")):
        if text != ours:
            with pytest.raises(ValidationError, match="reads the same"):
                recorded(cast, "Old Mill", text)


def test_what_could_be_ours_is_not_kept_twice(cast: Cast) -> None:
    """It has our form and a right check character: it was copied without its dashes."""
    ours = like_ours("7K3M9QWX4TZ82HP")
    recorded(cast, "Old Mill", ours)
    with pytest.raises(ValidationError, match="reads the same"):
        recorded(cast, "New Mill", ours.replace("-", ""), company=cast.summit)


def like_ours(body: str) -> str:
    return written("ISS", body + check_character(body))


@pytest.fixture
def one_number(monkeypatch: pytest.MonkeyPatch) -> str:
    """Chance gives us this number."""
    number = like_ours("0" * BODY_LENGTH)
    monkeypatch.setattr(ledger, "mint", lambda code: number)
    return number


def test_ours_is_not_issued_where_one_from_elsewhere_folds_so(cast: Cast, one_number: str) -> None:
    recorded(cast, "Old Mill", one_number.replace("-", "."))
    order = cast.order_new()
    with pytest.raises(IntegrityError), undone():
        cast.issue(order)
    assert Serial.objects.count() == 1


TEXTS = [FIRST, SECOND, "12345678", "i2 345678", "S/N: 12-345678", "SN 12 345678", "SN 77", "SN-77",
         "77", "S/N: SN 77", "sn77", "Serial: 78", "Serie 78", "", "-", "x" * 500]  # fmt: skip


def test_the_database_means_what_the_rule_means(cast: Cast) -> None:
    """`SerialQuerySet.meant_by` is `serial_numbers.meant`, in one statement."""
    for number in (FIRST, SECOND, "SN 77", "SN-77", "77", "7-7", "Serie 78", "78"):
        recorded(cast, f"Site of {number}", number)
    known = list(Serial.objects.all())
    for text in TEXTS:
        found = set(Serial.objects.meant_by(text))
        assert found == set(meant(text, known)), text


# The database itself ----------------------------------------------------------------------


def serial(site: Installation, number: str, **values: Any) -> Serial:
    revision = site.revisions.get()
    key = fold(number)
    return Serial(
        installation=site,
        family_id="VAI",
        number=number,
        lookup_key=key,
        generation=1,
        revision=revision,
        **values,
    )


OURS, HELD = like_ours("7K3M9QWX4TZ82HP"), {"issued_elsewhere": True, "elsewhere_key": fold(FIRST)}
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    # what is wrong with it → number and columns; FIRST is from elsewhere, OURS is ours
    "ours like ours": (OURS.replace("-", " "), {}),
    "ours like elsewhere": (SECOND, {}),
    "elsewhere like ours": (
        OURS.replace("-", " "),
        {"issued_elsewhere": True, "elsewhere_key": fold(OURS)},
    ),
    "elsewhere beside ours": (
        OURS.replace("-", " "),
        {"issued_elsewhere": True, "folds_like_id": fold(OURS)},
    ),
    "two that hold a key": (SECOND, HELD),
    "holds another key": ("99", HELD),
    "points to another key": ("99", {"issued_elsewhere": True, "folds_like_id": fold(FIRST)}),
    "points to itself": (
        "99",
        {"issued_elsewhere": True, "elsewhere_key": "99", "folds_like_id": "99"},
    ),
    "points to nothing": ("99", {"issued_elsewhere": True, "folds_like_id": "99"}),
    "holds none": ("99", {"issued_elsewhere": True}),
    "ours points": (SECOND, {"folds_like_id": fold(FIRST)}),
    "ours holds": ("99", {"elsewhere_key": "99"}),
    "the number twice": (FIRST, {"issued_elsewhere": True, "folds_like_id": fold(FIRST)}),
}


@pytest.fixture
def sites(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """A site with FIRST, one with OURS, and one without a VAI serial."""
    recorded(cast, "Old Mill", FIRST)
    monkeypatch.setattr(ledger, "mint", lambda code: OURS)
    return cast.site()


@pytest.mark.parametrize("case", REFUSED)
def test_the_database_refuses_what_may_not_fold_alike(sites: Installation, case: str) -> None:
    number, values = REFUSED[case]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(serial(sites, number, **values))


def insert(serial: Serial) -> None:
    """With what the database looks at when the transaction ends."""
    serial.save()
    connection.check_constraints()


def test_the_database_takes_what_may(sites: Installation) -> None:
    """So that the cases above are refused for what is wrong with them."""
    insert(serial(sites, SECOND, issued_elsewhere=True, folds_like_id=fold(FIRST)))


def test_the_database_refuses_to_make_it_wrong_later(sites: Installation) -> None:
    first = Serial.objects.filter(number=FIRST)
    for values in ({"issued_elsewhere": False}, {"elsewhere_key": None}, {"lookup_key": "1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            QuerySet.update(first, **values)


# At the same moment -----------------------------------------------------------------------

THREADS = 8


def importing(cast: Cast, number: str, company: Company | None = None) -> Callable[[], Any]:
    family = Family.objects.get(pk="ISS")

    def run() -> Any:
        try:
            return import_installation(
                company=company or cast.harbor,
                site_name=f"Site of {number}",
                serials={family: number},
                by=cast.sales,
                at=NOW,
            )
        except ValidationError as error:
            return error

    return run


def spellings(count: int) -> list[str]:
    return ["12345678"[:at] + "-" + "12345678"[at:] for at in range(1, count + 1)]


@pytest.mark.django_db(transaction=True)
def test_eight_that_fold_alike_recorded_at_once_are_all_kept(cast: Cast) -> None:
    numbers = [*spellings(7), "12345678"]
    results = at_once([importing(cast, number) for number in numbers])
    assert [each for each in results if not isinstance(each, Installation)] == []
    assert Serial.objects.filter(folds_like=None).count() == 1
    assert not violations()


@pytest.mark.django_db(transaction=True)
def test_one_number_recorded_eight_times_at_once_is_kept_once(cast: Cast) -> None:
    results = at_once([importing(cast, FIRST)] * THREADS)
    assert sum(isinstance(each, Installation) for each in results) == 1
    assert sum(isinstance(each, ValidationError | IntegrityError) for each in results) == 7
    assert not violations()


def issuing(cast: Cast) -> list[Callable[[], Any]]:
    return [partial(actions.issue, cast.order_new(f"Pier {n}"), by=cast.sales) for n in range(4)]


def meet_before_they_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """All have looked, and none has written yet."""
    barrier = threading.Barrier(THREADS)
    link = ledger._link

    def link_and_wait(*args: Any, **kwargs: Any) -> Serial:
        serial = link(*args, **kwargs)
        barrier.wait(timeout=30)
        return serial

    monkeypatch.setattr(ledger, "_link", link_and_wait)


def race(cast: Cast, number: str) -> list[Any]:
    """Ours minted four times, and four from elsewhere that fold like it, all at once."""
    alike = [number.replace("-", mark) for mark in (".", " ", "/", ":")]
    issues, imports = issuing(cast), [importing(cast, each) for each in alike]
    return at_once([call for pair in zip(issues, imports, strict=True) for call in pair])


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_ours_and_what_folds_like_it_written_at_once_is_one(
    cast: Cast, one_number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_before_they_write(monkeypatch)
    results = race(cast, one_number)
    assert sum(isinstance(each, Order | Installation) for each in results) == 1
    assert Serial.objects.filter(lookup_key=fold(one_number)).count() == 1
    assert not violations()


@pytest.fixture
def keys_for_all() -> Iterator[None]:
    """Without the constraint on look-up keys, which comes back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX serial_key_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE licensing_serial CASCADE")
        cursor.execute(
            "CREATE UNIQUE INDEX serial_key_once ON licensing_serial (lookup_key) "
            "WHERE folds_like_id IS NULL"
        )


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_there_are_two(
    cast: Cast, one_number: str, keys_for_all: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Serial, "full_clean", lambda *_, **__: None)
    meet_before_they_write(monkeypatch)
    results = race(cast, one_number)
    assert sum(isinstance(each, Order | Installation) for each in results) == 2
    assert Serial.objects.filter(lookup_key=fold(one_number)).count() == 2
    assert "A ISS serial was issued 2 times." in violations()
