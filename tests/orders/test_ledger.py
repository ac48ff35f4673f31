"""`manage.py check_ledger` passes a whole ledger, and finds and names each kind of damage."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models

from licensing.actions import import_installation
from licensing.models import Family, Installation, Lot, Movement, Revision, Serial
from notifications.models import Confirmation, ConfirmationCopy
from orders.audit.ledger import violations
from orders.management.commands.check_ledger import snapshot
from orders.models import Order, OrderSerial
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.kept_rows import kept
from tests.letters import write_letters

pytestmark = pytest.mark.both_databases


@kept
def site(cast: Cast) -> Installation:
    """Three VAI serials, one ISS serial, and a kit, by three orders; and one site more."""
    cast.site(ISS_Expert=1)
    site = cast.site(VS_ES1=2, ISS_ExpertStarterPack=3)
    for _ in range(2):
        cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    write_letters()
    return site


def rows(model: type[models.Model], **which: object) -> models.QuerySet[models.Model]:
    """Past what the code refuses, as a hand at the database is."""
    return models.QuerySet(model).filter(**which)


def imported(site: Installation) -> Revision:
    """A revision that no order made, of another installation."""
    other = import_installation(
        company=site.company,
        site_name="Old Mill",
        serials={Family.objects.get(pk="VAI"): "V-1"},
        by=site.revisions.get(number=1).by,
        at=NOW,
    )
    return other.revisions.get()


def test_a_whole_ledger_has_no_violations(site: Installation) -> None:
    imported(site)
    assert list(violations()) == []


def count_too_many(site: Installation) -> None:
    rows(Installation, pk=site.pk).update(revision_count=4)


def lose_the_current_serial(site: Installation) -> None:
    rows(Serial, installation=site, is_current=True).update(is_current=False, superseded_at=NOW)


def make_an_old_serial_current(site: Installation) -> None:
    lose_the_current_serial(site)
    rows(Serial, installation=site, family="ISS").update(is_current=True, superseded_at=None)
    first = rows(Serial, installation=site, family="VAI", generation=1)
    first.update(is_current=True, superseded_at=None)


def leave_a_gap(site: Installation) -> None:
    rows(Serial, installation=site, generation=3).update(generation=5)


def succeed_itself(site: Installation) -> None:
    rows(Serial, installation=site, generation=3).update(supersedes=models.F("pk"))


def lose_a_movement(site: Installation) -> None:
    rows(Movement, revision__installation=site, revision__number=2).delete()


def change_a_kit(site: Installation) -> None:
    rows(Movement, lot__product="ISS-Expert", quantity=12).update(quantity=11)


def take_more_than_there_is(site: Installation) -> None:
    rows(Movement, revision__installation=site, revision__number=2).update(quantity=-1)


def let_a_lot_fall_from_the_sky(site: Installation) -> None:
    revision = imported(site)
    Lot.objects.create(
        installation=revision.installation,
        revision=revision,
        line=1,
        product_id="VS-ES1",
        starts_on=NOW.date(),
    )


def move_to_another_site(site: Installation) -> None:
    lot = rows(Lot, revision__installation=site, revision__number=2)
    lot.update(installation=rows(Installation).exclude(pk=site.pk).values("pk")[:1])


def tell_it_stayed(site: Installation) -> None:
    told = rows(OrderSerial, order__revision__number=3)
    told.filter(family="VAI").update(outcome="stays", after=models.F("before"))


def tell_the_new_one_was_there(site: Installation) -> None:
    told = rows(OrderSerial, order__revision__number=3)
    told.filter(family="VAI").update(outcome="stays", before=models.F("after"))


def tell_another_was_replaced(site: Installation) -> None:
    told = rows(OrderSerial, order__revision__number=3, family="VAI")
    told.update(before=rows(Serial, family="VAI", generation=1).values("pk")[:1])


def tell_nothing(site: Installation) -> None:
    told = rows(OrderSerial, order__revision__number=3, family="VAI")
    told.update(outcome="", before=None, after=None)


def lose_the_confirmation(site: Installation) -> None:
    lose_the_copies(site)
    rows(Confirmation, revision__installation=site, revision__number=3).delete()


def lose_the_copies(site: Installation) -> None:
    rows(ConfirmationCopy, confirmation__record=f"{site.reference}/R3").delete()


def confirm_an_import(site: Installation) -> None:
    revision = imported(site)
    rows(Confirmation, revision__installation=site, revision__number=3).update(revision=revision)


def lose_the_mail(site: Installation) -> None:
    rows(Message, record=f"{site.reference}/R3").delete()


def lose_the_order(site: Installation) -> None:
    order = rows(Order, revision__installation=site, revision__number=3)
    order.update(state="in_review", revision=None)


def fold_by_another_rule(site: Installation) -> None:
    rows(Serial, installation=site, generation=3).update(lookup_key="VAI-3")


def fold_a_po_number_by_another_rule(site: Installation) -> None:
    rows(Order, revision__installation=site, revision__number=3).update(po_number_key="4711")


VAI3 = "Installation {}: VAI serial number"
R3 = "Installation {}, R3"
DAMAGE: dict[Callable[[Installation], None], list[str]] = {
    count_too_many: ["Installation {}: 3 revisions up to R3, where R4 should be the last."],
    lose_the_current_serial: [
        "Installation {}: 0 current ISS serials instead of one, the newest.",
        "Installation {}: 0 current VAI serials instead of one, the newest.",
    ],
    make_an_old_serial_current: [
        "Installation {}: 1 current VAI serials instead of one, the newest."
    ],
    leave_a_gap: [
        "Installation {}: the VAI serials do not follow each other, there are 3 and the "
        "newest is number 5.",
        f"{VAI3} 5 does not replace the one before it.",
    ],
    fold_by_another_rule: [f"{VAI3} 3 has a stale key."],
    fold_a_po_number_by_another_rule: ["Order {order}: its PO number has a stale key."],
    succeed_itself: [
        f"{VAI3} 3 does not replace the one before it.",
        "Order {order}: its outcome “replaces” for VAI is not what it did to the serial.",
    ],
    lose_a_movement: ["Installation {}, R2: ordered {{'VS-ES1': 1}}, put in {{}}."],
    change_a_kit: [
        "Installation {}, R1: ordered {{'ISS-Expert': 12, 'VS-ES1': 2}}, "
        "put in {{'ISS-Expert': 11, 'VS-ES1': 2}}."
    ],
    take_more_than_there_is: [
        "Installation {}, R2: ordered {{'VS-ES1': 1}}, put in {{'VS-ES1': -1}}.",
        "Installation {}: a lot of VS-ES1 holds -1 units.",
    ],
    let_a_lot_fall_from_the_sky: [
        "Installation {other}: a lot of VS-ES1 came from no issued order."
    ],
    move_to_another_site: ["Installation {}, R2: moves units of another installation."],
    tell_it_stayed: [f"{R3}: a VAI serial was issued that its order does not tell."],
    tell_the_new_one_was_there: [
        "Order {order}: its outcome “stays” for VAI is not what it did to the serial."
    ],
    tell_another_was_replaced: [
        "Order {order}: its outcome “replaces” for VAI is not what it did to the serial."
    ],
    tell_nothing: [
        "Order {order}: what happened to its VAI serial was not recorded.",
        f"{R3}: a VAI serial was issued that its order does not tell.",
    ],
    lose_the_confirmation: [
        f"{R3}: issued without a confirmation.",
        "Mail of {}/R3: there is no such confirmation, and no notice.",
    ],
    confirm_an_import: [
        f"{R3}: issued without a confirmation.",
        "Confirmation {}/R3: nothing was issued by an order.",
    ],
    lose_the_copies: [
        "Confirmation {}/R3: no copy of it is kept, and none is still to be written."
    ],
    lose_the_mail: ["Confirmation {}/R3: no mail was ever queued."],
    lose_the_order: [
        f"{R3}: made by an order, but no order says so.",
        f"{R3}: a VAI serial was issued that its order does not tell.",
        "Installation {}: a lot of VS-ES1 came from no issued order.",
        "Installation {}, R3: ordered {{}}, put in {{'VS-ES1': 1}}.",
    ],
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damage_is_found_and_named(
    site: Installation, damage: Callable[[Installation], None]
) -> None:
    order = Order.objects.get(revision__installation=site, revision__number=3)
    damage(site)
    newest = Installation.objects.latest("pk")
    expected = [
        sentence.format(site.reference, order=order.reference, other=newest.reference)
        for sentence in DAMAGE[damage]
    ]
    assert sorted(violations()) == sorted(expected)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="drops a constraint, to damage it")
def test_what_reads_like_another_and_may_not_is_found(site: Installation) -> None:
    with connection.cursor() as cursor:  # taken back with the test
        cursor.execute(
            "ALTER TABLE licensing_serial DROP CONSTRAINT serial_only_elsewhere_folds_alike"
        )
    rows(Serial, installation=site, generation=3).update(elsewhere_key="V3")
    assert list(violations()) == [
        f"{VAI3.format(site.reference)} 3 reads like another, and may not."
    ]


def check_ledger() -> str:
    output = io.StringIO()
    call_command("check_ledger", stdout=output)
    return output.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_it_looked_at(site: Installation) -> None:
    expected = "The ledger is whole: 2 installations, 5 serials, 4 issued orders, 4 mails.\n"
    assert check_ledger() == expected


@pytest.mark.django_db(transaction=True)
def test_the_command_fails_on_damage(site: Installation) -> None:
    lose_the_mail(site)
    with pytest.raises(CommandError, match="damaged in 1 places, listed above") as error:
        check_ledger()
    assert error.value.returncode == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such transactions")
def test_it_cannot_write(site: Installation) -> None:
    with pytest.raises(DatabaseError, match="read-only"), snapshot():
        count_too_many(site)
