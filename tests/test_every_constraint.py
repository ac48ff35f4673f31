"""The database refuses, by its name, what each constraint of the models is there to refuse.

The rows are made of any values that fit their columns. Their foreign keys lead nowhere: the
databases look at these at the end of a transaction only, and each of these is taken back.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from tests.cast import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + dt.timedelta(days=1)
TODAY = NOW.date()
MODELS = {
    model._meta.label: model
    for model in apps.get_models()
    if model._meta.constraints and not model.__module__.startswith(("django.", "allauth."))
}
CONSTRAINTS = {
    constraint.name: (model, constraint)
    for model in MODELS.values()
    for constraint in model._meta.constraints
}
ONCE = {
    name: each.fields
    for name, (_, each) in CONSTRAINTS.items()
    if isinstance(each, models.UniqueConstraint)
}

# What a right row has, where not every value that fits its column will do
RIGHT: dict[str, dict[str, Any]] = {
    "orders.BulkOrder": {"is_placed": False, "status": "", "order_id": None},
    "orders.Order": {"kind": "existing", "site_name": "", "state": "held", "held_for": "sales"},
    "orders.OrderLine": {"action": "add", "quantity": 1},
    "orders.OrderSerial": {"outcome": ""},
    "orders.OrderEvent": {"move": "place"},
    "orders.PurchaseOrderDocument": {"media_type": "application/pdf", "size": 1},
    "notifications.NoticeRun": {"ended_at": LATER},
    "licensing.Product": {"kit_quantity": 1, "term_years": 1},
    "licensing.UpgradePath": {"from_product_id": "A", "to_product_id": "B"},
    "licensing.Serial": {"generation": 1},
    "licensing.SerialEntered": {"by_id": 1, "name": ""},
    "licensing.Lot": {"starts_on": TODAY, "last_day": TODAY},
    "companies.Membership": {"role": "buyer"},
    "companies.Invitation": {"role": "buyer", "expires_at": LATER},
    "companies.MembershipEvent": {"what": "joined", "user_id": 1, "role_after": "buyer"},
    "outbox.Message": {"record": "R", "raw": b"mail", "state": "queued"},
    "outbox.Alarm": {"pk": 1},
    "outbox.ArchivedMessage": {"state": "sent", "queued_at": NOW},
}

# Constraint → what is wrong in a row. Where something may be there once, what both rows have
WRONG: dict[str, dict[str, Any]] = {
    "bulk_position_once": {},
    "bulk_order_placed_with_status": {"is_placed": True},
    "bulk_row_once": {},
    "order_issued_iff_revision": {"state": "issued", "held_for": "", "installation_id": 1},
    "order_new_has_a_site_name": {"kind": "new"},
    "order_in_review_has_its_installation": {"state": "in_review", "held_for": ""},
    "order_new_has_no_installation_yet": {"kind": "new", "site_name": "A", "installation_id": 1},
    "order_has_a_po_number": {"po_number": ""},
    "order_held_for_something": {"held_for": ""},
    "line_position_once": {},
    "line_orders_something": {"quantity": 0},
    "line_names_what_it_changes": {"action": "renew"},
    "order_serial_once_per_family": {},
    "order_serial_outcome_is_whole": {"outcome": "stays", "before_id": 1, "after_id": 2},
    "event_has_its_reason": {"move": "reject", "reason": ""},
    "document_once_per_order": {},
    "document_has_its_own_file": {"file": "one"},
    "document_size_in_bounds": {"size": 0},
    "document_of_a_known_kind": {"media_type": "text/html"},
    "draft_once_per_form": {"submission": uuid.uuid4()},
    "notice_run_ends_after_it_starts": {"started_at": LATER, "ended_at": NOW},
    "notice_mail_once_a_day": {},
    "notice_once": {},
    "reminder_once": {},
    "confirmation_copy_once_per_language": {},
    "letter_tries_once_per_language": {},
    "contact_once_per_installation": {},
    "product_kit_has_quantity": {"kit_quantity": 4},
    "product_term_is_positive": {"term_years": 0},
    "upgrade_path_once": {},
    "upgrade_path_leads_elsewhere": {"to_product_id": "A"},
    "installation_has_a_site_name": {"site_name": ""},
    "revision_number_once": {},
    "revision_number_from_one": {"number": 0},
    "serial_one_current_per_family": {},
    "serial_chain_is_linear": {"is_current": False, "superseded_at": NOW},
    "serial_first_has_no_predecessor": {"supersedes_id": 1},
    "serial_current_xor_superseded": {"superseded_at": NOW},
    "serial_number_not_empty": {"number": ""},
    "serial_key_once": {},
    "serial_key_from_elsewhere_held_once": {
        "lookup_key": "ONE",
        "elsewhere_key": "ONE",
        "issued_elsewhere": True,
    },
    "serial_only_elsewhere_folds_alike": {"elsewhere_key": "ONE"},
    "serial_entered_by_user_or_by_link": {"name": "Ann"},
    "lot_ends_after_it_starts": {"last_day": TODAY - dt.timedelta(days=1)},
    "movement_moves_something": {"quantity": 0, "renewed": 0},
    "user_email_unique": {},
    "user_closed_until_it_has_an_address_of_its_own": {"same_address_as_id": 1},
    "membership_once": {},
    "membership_role_known": {"role": "king"},
    "invitation_one_open_per_address": {},
    "invitation_role_known": {"role": "king"},
    "invitation_expires_after_it_is_sent": {"sent_at": LATER},
    "invitation_accepted_by_somebody": {"accepted_at": NOW},
    "invitation_revoked_by_somebody": {"revoked_by_id": 1},
    "invitation_not_accepted_and_revoked": {
        "accepted_at": NOW,
        "accepted_by_id": 1,
        "revoked_at": NOW,
        "revoked_by_id": 1,
    },
    "membership_event_names_its_member": {"user_id": None},
    "membership_event_has_its_roles": {"role_before": "owner"},
    "outbox_message_state_is_known": {"state": "lost"},
    "outbox_message_sent_has_a_time": {"state": "sent"},
    "outbox_message_sending_has_a_claim": {"state": "sending"},
    "outbox_message_private_content_is_apart": {"raw": None},
    "outbox_message_only_private_mail_ends": {"expires_at": NOW},
    "outbox_message_only_private_mail_expires": {"state": "expired"},
    "outbox_message_only_failed_mail_says_why": {"failed_for": "tries"},
    "outbox_message_dealt_with_says_who": {"dealt_with_at": NOW, "state": "failed"},
    "outbox_message_returned_by_a_bounce": {
        "state": "returned",
        "sent_at": NOW,
        "failed_at": NOW,
        "failed_for": "address",
    },
    "outbox_archived_message_is_done": {"state": "queued"},
    "outbox_message_drawn_before_it_is_sent": {"head": b"Subject: a mail that is kept whole"},
    "outbox_alarm_is_one_row": {"pk": 2},
}

# What else the second of the two needs, to be right but for that
SECOND = {"serial_one_current_per_family": {"generation": 2, "supersedes_id": 1}}
# A row that holds a key has it as look-up key, too, and a database may look at that first
SEEN_BEFORE = {"serial_key_from_elsewhere_held_once": "licensing_serial.lookup_key"}

VALUES: dict[type[models.Field[Any, Any]], Callable[[int], Any]] = {  # that fit a column
    models.CharField: "x{}".format,
    models.TextField: "x{}".format,
    models.IntegerField: int,
    models.BooleanField: lambda _: False,
    models.DateTimeField: lambda _: NOW,
    models.DateField: lambda number: TODAY + dt.timedelta(days=number),
    models.JSONField: lambda _: [],
    models.BinaryField: lambda _: b"x",
    models.ForeignKey: int,
    models.FileField: "file{}".format,
}


def row(
    model: type[models.Model], nth: int = 1, same: Sequence[str] = (), **values: Any
) -> models.Model:
    """With a value in each column that needs one; the second differs but in `same`."""
    filled: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.null or field.has_default() or field.auto_created or field.blank:
            continue
        kind = next(kind for kind in type(field).mro() if kind in VALUES)
        filled[field.attname] = VALUES[kind](1 if field.name in same else nth)
    return model(**{**filled, **RIGHT.get(model._meta.label, {}), **values})


def insert(*rows: models.Model) -> None:
    """Past all that is checked before the database, as a hand at the database does."""
    manager: models.QuerySet[Any] = models.QuerySet(type(rows[0]))
    manager.bulk_create(rows)


def test_the_table_has_every_constraint() -> None:
    assert set(WRONG) == set(CONSTRAINTS)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_a_right_row_is_taken(model: type[models.Model]) -> None:
    """So that those below are refused for what is wrong with them."""
    with transaction.atomic():
        insert(row(model))
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", sorted(WRONG.keys() - ONCE.keys()))
def test_a_wrong_row_is_refused(name: str) -> None:
    model, _constraint = CONSTRAINTS[name]
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        insert(row(model, **WRONG[name]))


@pytest.mark.parametrize("name", sorted(ONCE))
def test_two_of_what_may_be_there_once_are_refused(name: str) -> None:
    """SQLite names the columns instead."""
    model, _constraint = CONSTRAINTS[name]
    columns = {each.name: each.column for each in model._meta.concrete_fields}
    by_columns = ", ".join(f"{model._meta.db_table}.{columns[field]}" for field in ONCE[name])
    said = f"{name}|failed: {SEEN_BEFORE.get(name, by_columns)}$"
    first = row(model, **WRONG[name])
    second = row(model, 2, ONCE[name], **WRONG[name], **SECOND.get(name, {}))
    with pytest.raises(IntegrityError, match=said), transaction.atomic():
        insert(first, second)
