"""Every column that holds addresses keeps them in their stored form, however they came there.

A new column with addresses is found here by its kind, by its name, or by what is in it, and fails
until it is an AddressField, or says below why it need not be one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import signing
from django.core.exceptions import FieldError
from django.core.mail import EmailMessage
from django.db import models
from django.test import Client
from pytest_django import Settings

from companies.address_fields import BY_ITS_OWN_IDEA_OF_CASE, AddressField, AddressListField
from companies.models import FormerAddress, Invitation, User
from notifications.actions import resend
from notifications.models import Contact, Notice, NoticeMail, NoticeRun, Reminder, Resend
from orders.bulk.file.columns import FileRow
from orders.bulk.reading import read_catalog, read_order
from orders.models import Order
from outbox.actions import queue
from outbox.models import Message
from tests.accounts.log_in import reauthenticate
from tests.cast import NOW, Cast, person
from tests.customers.order_form import send, values
from tests.desk.staffed import Staffed

pytestmark = pytest.mark.both_databases

TYPED, STORED = " Ann@BÜCHER.example ", "ann@xn--bcher-kva.example"
ELSEWHERE = {  # columns with addresses that are no AddressField
    "account.EmailAddress.email": "allauth’s: folded before each save",
    "notifications.Confirmation.recipients": "each is a Recipient, whose address is folded",
    "outbox.ArchivedMessage.recipients": "as the message had them",
    "outbox.ArchivedMessage.message_id": "no address, it only looks like one",
    "outbox.Message.recipients": "folded when it is queued",
    "outbox.Message.sender": "ours, folded when it is queued",
    "outbox.Message.message_id": "no address, it only looks like one",
    "outbox.Message.dealt_with_by": "a name for people to read",
    "companies.AddressCollision.written": "as it was written is what it tells",
    "orders.Draft.data": "a form as it was left",
    "orders.BulkRow.values": "a file as it was sent",
    "notifications.Confirmation.facts": "a letter’s",
    "notifications.ConfirmationCopy.text": "a letter",
    "notifications.ConfirmationCopy.html": "a letter",
    "admin.LogEntry.object_repr": "what a row was called",
}
OF_ADDRESSES = [
    f"{model._meta.label}.{field.name}"
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, AddressField | AddressListField)
]
columns = pytest.mark.parametrize("column", OF_ADDRESSES)
NAMED = re.compile("e?mail|address|recipient|sender|notify|written")
LOOKS_LIKE_ONE = re.compile(r"[\w.+-]+@[\w-]+\.\w")


def field_of(column: str) -> tuple[type[models.Model], Any]:
    model = apps.get_model(column.rpartition(".")[0])
    return model, model._meta.get_field(column.rpartition(".")[2])


def rows_of(model: type[models.Model]) -> models.QuerySet[Any]:
    """Without the guard of what is only ever added to."""
    return models.QuerySet(model)


def text_columns() -> dict[str, Any]:
    kinds = (models.CharField, models.TextField, models.JSONField)
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, kinds)
    }


def has_addresses(column: str, field: Any) -> bool:
    """By its kind, its name, or its content."""
    if isinstance(field, models.EmailField) or NAMED.fullmatch(field.name):
        return True
    found = rows_of(field.model).values_list(field.name, flat=True)
    return any(LOOKS_LIKE_ONE.search(json.dumps(value, default=str)) for value in found)


def test_every_column_with_addresses_is_known(manned: Staffed) -> None:
    found = {name for name, field in text_columns().items() if has_addresses(name, field)}
    unknown = found - {*OF_ADDRESSES, *ELSEWHERE}
    assert unknown == set(), "Make it an AddressField, or say in ELSEWHERE why it is none."
    assert {*ELSEWHERE} - {*text_columns()} == set()


def add_what_the_house_lacks(world: Any) -> None:
    """Notices of both kinds, a confirmation that was sent again, and an address of before."""
    of_site = {"run": NoticeRun.objects.latest("pk"), "installation": world.replaced}
    sent = NoticeMail.objects.create(**of_site, about="expiry", address="x@x", day=NOW.date())
    lot, serial = world.replaced.lots.first(), world.replaced.serials.first()
    Notice.objects.create(mail=sent, lot=lot, address="x@x", step=-90)
    Reminder.objects.create(mail=sent, serial=serial, address="x@x", step=7)
    confirmation, by = world.issued.revision.confirmation, world.cast.buyer
    Resend.objects.create(confirmation=confirmation, addresses=["x@x"], by=by, at=NOW)
    FormerAddress.objects.create(user=by, email="x@x")


@columns
def test_whatever_is_saved_is_stored_in_its_form(
    manned: Staffed,
    column: str,
) -> None:
    model, field = field_of(column)
    in_list = isinstance(field, AddressListField)
    typed, stored = ([TYPED, STORED], [STORED]) if in_list else (TYPED, STORED)
    assert getattr(model(**{field.name: typed}), field.name) == stored
    add_what_the_house_lacks(manned.world)
    row = rows_of(model).first()
    assert row is not None, "The world needs a row of this model."
    same = rows_of(model).filter(pk=row.pk)
    same.update(**{field.name: typed})
    assert [*same.values_list(field.name, flat=True)] == [stored]
    setattr(row, field.name, typed)
    models.QuerySet.bulk_update(rows_of(model), [row], [field.name])
    assert [*same.values_list(field.name, flat=True)] == [stored]
    assert same.filter(**{field.name: typed}).exists()


@columns
def test_the_database_is_never_asked_to_compare_by_its_own_idea_of_case(column: str) -> None:
    model, field = field_of(column)
    if isinstance(field, AddressField):
        for lookup in BY_ITS_OWN_IDEA_OF_CASE:
            with pytest.raises(FieldError):
                rows_of(model).filter(**{f"{field.name}__{lookup}": "x"})


def test_a_part_of_an_address_is_found_however_it_is_typed(cast: Cast) -> None:
    ann = person(TYPED)
    for part in ("ANN@", "Bücher", "@BÜCHER.EX", "xn--bcher"):
        assert [*User.objects.filter(email__contains=part)] == [ann]
    assert not User.objects.filter(email__contains="Bucher").exists()


# The doors ------------------------------------------------------------------------------


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def by_invitation(world: Any) -> list[str]:
    form = {"company": str(world.cast.harbor.pk), "email": TYPED, "role": "buyer"}
    client_of(world.cast.owner).post("/company/", form)
    return [Invitation.objects.latest("pk").email]


def by_contact(world: Any) -> list[str]:
    form = {"company": world.cast.harbor.pk, "email": TYPED, "name": "", "language": "en"}
    client_of(world.cast.buyer).post(f"/installations/{world.site.reference}/contacts/", form)
    return [Contact.objects.latest("pk").email]


def by_order(world: Any) -> list[str]:
    form = values(notify=TYPED, site_name="Other", po_number="4799")
    assert send(client_of(world.cast.buyer), world.cast, form).status_code == 302
    return list(Order.objects.latest("pk").notify)


def by_resend(world: Any) -> list[str]:
    path = f"/orders/{world.issued.reference}/confirmation/"
    client_of(world.cast.buyer).post(path, {"to": TYPED, "language": "en"})
    return [*Resend.objects.latest("pk").addresses, *Message.objects.latest("pk").recipients]


def by_change_of_address(world: Any) -> list[str]:
    client = client_of(world.cast.viewer)
    reauthenticate(client)
    client.post("/account/email/", {"email": TYPED, "action_add": ""})
    return [EmailAddress.objects.latest("pk").email]


def by_the_desk(world: Any) -> list[str]:
    client = client_of(world.superuser)
    client.post("/admin/companies/user/add/", {"email": TYPED, "is_active": "on"})
    return [User.objects.latest("pk").email]


def by_an_invitation_of_the_desk(world: Any) -> list[str]:
    path = f"/admin/companies/company/{world.cast.harbor.pk}/change/"
    client = client_of(world.superuser)
    form = {
        "name": world.cast.harbor.name, "time_zone": "America/Chicago", "active": "on",
        "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
        "invitations-TOTAL_FORMS": "1", "invitations-INITIAL_FORMS": "0",
        "invitations-0-email": TYPED, "invitations-0-role": "buyer",
        "invitations-0-company": world.cast.harbor.pk,
    }  # fmt: skip
    assert client.post(path, form).status_code == 302
    return [Invitation.objects.latest("pk").email]


def by_a_contact_of_the_desk(world: Any) -> list[str]:
    form = {
        "installation": world.site.pk, "company": world.cast.harbor.pk, "email": TYPED,
        "language": "en",
    }  # fmt: skip
    client_of(world.superuser).post("/admin/notifications/contact/add/", form)
    return [Contact.objects.latest("pk").email]


def by_hand(_house: Any) -> list[str]:
    """createsuperuser and scripts."""
    return [User.objects.create_user(TYPED).email]


def by_settings(world: Any) -> list[str]:
    """ALERT_EMAILS, for one, is sent as it stands there."""
    queue([EmailMessage("x", "x", to=[f"Ann <{TYPED.strip()}>"])])
    return list(Message.objects.latest("pk").recipients)


DOORS: list[Callable[[Any], list[str]]] = [
    by_invitation, by_contact, by_order, by_resend, by_change_of_address, by_the_desk,
    by_an_invitation_of_the_desk, by_a_contact_of_the_desk, by_hand, by_settings,
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_by_every_door_it_comes_in_its_stored_form(
    manned: Staffed,
    door: Callable[[Any], list[str]],
    settings: Settings,
) -> None:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
    assert {*door(manned.world)} == {STORED}


# One mailbox in two spellings -------------------------------------------------------------

TWO_SPELLINGS = Path("tests/data/one_mailbox_two_spellings.txt").read_text(encoding="utf-8").strip()


def test_two_spellings_on_an_order_are_one_mail(cast: Cast) -> None:
    send(client_of(cast.buyer), cast, values(notify=TWO_SPELLINGS))
    order = cast.issue(Order.objects.get())
    assert order.notify == [STORED]
    assert Message.objects.filter(recipients=[STORED]).count() == 1
    assert order.revision is not None
    told = [each["address"] for each in order.revision.confirmation.recipients]
    assert told == [cast.buyer.email, STORED]


def test_two_spellings_in_a_file_are_one_address(cast: Cast) -> None:
    rows = [FileRow(2, {"notify": TWO_SPELLINGS}), FileRow(3, {"notify": TYPED.strip()})]
    assert read_order(rows, read_catalog()).notify == [STORED]


def test_two_spellings_of_a_resend_are_one_mail(cast: Cast) -> None:
    cast.site(ISS_Expert=1)
    confirmation = Order.objects.get().revision.confirmation  # type: ignore[union-attr]
    to = TWO_SPELLINGS.split("; ")
    again = resend(confirmation, to=to, language="en", by=cast.buyer, at=NOW)
    assert again.addresses == [STORED]
    assert Message.objects.filter(recipients=[STORED]).count() == 1


def test_links_in_mail_that_was_sent_before_still_work(cast: Cast) -> None:
    """They have the address as it was kept then."""
    site = cast.site(ISS_Expert=1)
    Contact.objects.create(installation=site, company=cast.harbor, email=STORED)
    signer = signing.Signer(salt="notifications.links")
    for kept in ("ann@bücher.example", STORED, "Ann@Bücher.example"):
        token = signer.sign_object([site.reference, cast.harbor.pk, kept])
        assert Client().post(f"/mail/{token}/", {"language": "en"}).status_code == 200
    assert Contact.objects.get(email=STORED).topics == []
