"""Addresses of an older version: brought into their stored form, and what collides is told."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model

from companies.models import AddressCollision, Invitation, MembershipEvent, User
from notifications.models import Confirmation, Contact, Notice, NoticeMail, Resend
from orders.models import Order
from outbox.models import Message
from tests.cast import NOW, assemble
from tests.dump import everything
from tests.migrating import as_of, migrate, models_of_migrations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

BEFORE = [
    ("account", "0009_emailaddress_unique_primary_email"),
    ("companies", "0004_names_of_who_is_a_member_where"),
    ("notifications", "0005_notices"),
    ("orders", "0007_orderers_are_contacts"),
]
BOOKS, IN_ASCII = "ann@bücher.example", "ann@xn--bcher-kva.example"
DAY = dt.timedelta(days=1)


def stored(model: type[Model], column: str) -> list[Any]:
    """As it stands in the table: no field has looked at it."""
    name = connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {model._meta.db_table} ORDER BY id")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def users(get: Any) -> list[Any]:
    """Two who have one mailbox, the later one with the lower key, and one beside them."""
    user = get("companies", "User")
    return [
        user.objects.create(email=email, date_joined=joined)
        for email, joined in [
            (BOOKS, NOW),
            (IN_ASCII, NOW - DAY),
            ("Bo@X.example", NOW - DAY),
            ("ann@bucher.example", NOW - DAY),
        ]
    ]


def invitations(get: Any, by: Any) -> None:
    """Two open ones of a company to one mailbox."""
    company = get("companies", "Company").objects.create(name="Harbor")
    for number, (email, sent) in enumerate([(BOOKS, NOW), (IN_ASCII, NOW + DAY)]):
        get("companies", "Invitation").objects.create(
            company=company, email=email, role="buyer", token_hash=str(number), invited_by=by,
            sent_at=sent, expires_at=sent + 14 * DAY,
        )  # fmt: skip


def test_of_two_accounts_the_later_is_closed_and_of_two_invitations_the_newest_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with as_of(*BEFORE) as get:
        later, earlier, bo, _other = users(get)
        invitations(get, bo)
        address = get("account", "EmailAddress")
        for user in (later, earlier, bo):
            address.objects.create(user=user, email=user.email, verified=True, primary=True)
        address.objects.create(user=bo, email="New@Bücher.example")
    assert stored(User, "email") == [IN_ASCII, IN_ASCII, "bo@x.example", "ann@bucher.example"]
    closed = User.objects.get(pk=later.pk)
    assert (closed.is_active, closed.same_address_as_id) == (False, earlier.pk)
    assert [user.pk for user in User.objects.with_address(BOOKS)] == [earlier.pk]
    assert User.objects.filter(is_active=True).count() == 3
    record = AddressCollision.objects.get()
    assert (record.user_id, record.other_id, record.written) == (later.pk, earlier.pk, BOOKS)
    said = capsys.readouterr().out
    assert f"Account {later.pk} is closed: its address is the one of account {earlier.pk}." in said
    assert "User: 2 addresses are in their stored form now." in said
    assert "EmailAddress: 1 rows were there twice and are gone." in said
    rows = [*address.objects.order_by("pk").values_list("user", "email", "verified")]
    assert rows == [
        (earlier.pk, IN_ASCII, True),
        (bo.pk, "bo@x.example", True),
        (bo.pk, "new@xn--bcher-kva.example", False),
    ]
    old, new = Invitation.objects.order_by("sent_at")
    assert stored(Invitation, "email") == [IN_ASCII, IN_ASCII]
    assert (old.revoked_by_id, new.revoked_at) == (bo.pk, None)
    assert old.revoked_at is not None
    assert [(event.what, event.email) for event in MembershipEvent.objects.all()] == [
        ("revoked", IN_ASCII)
    ]
    everything_again(capsys)


def everything_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A second time there is nothing to change, and nothing is said."""
    before = everything()
    for app, number in (("companies", "0005"), ("notifications", "0006"), ("orders", "0008")):
        name = f"{app}.migrations.{number}_addresses_in_their_stored_form"
        with connection.schema_editor() as editor:
            import_module(name).fold(models_of_migrations(), editor)
    assert (capsys.readouterr().out, everything()) == ("", before)


def test_contacts_and_what_they_were_told_are_merged() -> None:
    """An order that was issued for a site with two contacts who are one mailbox."""
    cast = assemble()
    site = cast.site(VS_ES1=1)
    order, lot = Order.objects.get(), site.lots.get()
    serial = site.serials.get()
    confirmation = Confirmation.objects.get()
    with as_of(*BEFORE) as get:
        get("orders", "Order").objects.filter(pk=order.pk).update(notify=[BOOKS, IN_ASCII, "Bo@x"])
        told = [{"address": BOOKS, "language": "en", "why": "named", "company": 1}]
        get("notifications", "Confirmation").objects.update(recipients=told)
        get("notifications", "Resend").objects.create(
            confirmation_id=confirmation.pk,
            addresses=[BOOKS], by_id=cast.sales.pk, at=NOW,
        )  # fmt: skip
        Message.objects.update(recipients=["Bo@X.example"])
        contact = get("notifications", "Contact")
        contact.objects.all().delete()
        for email, topics in [
            (BOOKS, {"confirmations": True, "expiry": True, "holds": True}),
            (IN_ASCII, {"confirmations": False, "expiry": True, "own_choice": True}),
        ]:
            contact.objects.create(
                installation_id=site.pk, company_id=cast.harbor.pk, email=email, **topics
            )
        run = get("notifications", "NoticeRun").objects.create(started_at=NOW, host="x")
        for address, step in [(BOOKS, -90), (IN_ASCII, -90), (IN_ASCII, -60)]:
            mail, _made = get("notifications", "NoticeMail").objects.get_or_create(
                run=run, installation_id=site.pk, about="expiry", address=address,
                day=NOW.date(), record="r",
            )  # fmt: skip
            get("notifications", "Notice").objects.create(
                mail=mail, lot_id=lot.pk, address=address, step=step
            )
        get("notifications", "Reminder").objects.create(
            mail=mail, serial_id=serial.pk, address=BOOKS, step=7
        )
    kept = Contact.objects.get()
    assert stored(Contact, "email") == [IN_ASCII]
    assert ([*kept.topics], kept.own_choice) == (["expiry"], True)
    mail = NoticeMail.objects.get()
    assert stored(NoticeMail, "address") == [IN_ASCII]
    assert stored(Notice, "address") == [IN_ASCII, IN_ASCII]
    assert [*Notice.objects.values_list("mail", "step")] == [(mail.pk, -90), (mail.pk, -60)]
    assert [*mail.reminders.values_list("address", flat=True)] == [IN_ASCII]
    assert Order.objects.get().notify == [IN_ASCII, "bo@x"]
    assert [each["address"] for each in Confirmation.objects.get().recipients] == [IN_ASCII]
    assert Resend.objects.get().addresses == [IN_ASCII]
    assert {*map(str, Message.objects.values_list("recipients", flat=True))} == {"['bo@x.example']"}


def test_the_migrations_can_be_run_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure in the middle leaves all as it was."""

    def fails(_editor: Any) -> None:
        raise ZeroDivisionError

    with as_of(*BEFORE) as get:
        later, earlier, *_others = users(get)
        with monkeypatch.context() as patched:
            patched.setattr(
                "django.db.models.constraints.UniqueConstraint.create_sql",
                lambda *args: fails(args),
            )
            with pytest.raises(ZeroDivisionError):
                migrate()
        assert get("companies", "User").objects.get(pk=later.pk).email == BOOKS
    assert User.objects.get(pk=later.pk).same_address_as_id == earlier.pk
