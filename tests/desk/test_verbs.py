"""Verb × role: what each verb of the desk allows, asked directly, without any page.

A verb is a public function that says who does it, by `by=`, or any that stands in a module of
`actions`. One that is new fails here until a table says who may.
"""

from __future__ import annotations

import inspect
import io
import pkgutil
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from allauth.core.context import request_context
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from companies import actions as members
from companies.models import Company, Membership, User
from companies.policies import MembershipRefused
from licensing import actions as ledger
from licensing import changeover
from licensing.models import Family, Serial
from notifications import contacts
from notifications.models import Contact
from notifications.notices import choosing
from orders import actions
from orders.actions.resending import resend_confirmation
from orders.bulk import actions as bulk
from orders.documents.actions import attach_document
from orders.form import drafts
from orders.models import Draft, Order
from orders.models.bulk import BulkUpload
from orders.permissions import can_place
from orders.placement import Consent
from outbox import actions as outbox
from outbox.models import Message
from portal.accounts import people
from portal.desk.roles import ADMINISTRATOR, SALES, SALES_MANAGER
from tests.cast import NOW
from tests.desk.callers import CUSTOMERS, role
from tests.desk.placed import lacking, place_existing, place_order, placing, quotes
from tests.desk.staffed import STAFF, Staffed
from tests.files import document, pdf
from tests.ordering import JO
from tests.world import BULK, World, undone

APPS = ("companies", "licensing", "notifications", "orders", "outbox", "portal")
ROLES = (*CUSTOMERS, *STAFF, "closed_admin")

BUYERS = {"buyer", "owner"}
DECIDERS = {SALES.name, SALES_MANAGER.name, ADMINISTRATOR.name, "superuser"}
KEEPERS = DECIDERS - {SALES.name}
ADMINS = KEEPERS - {SALES_MANAGER.name}
EVERYBODY = set(ROLES)
NOBODY: set[str] = set()

# They begin no transaction and ask no permission: verbs of the table call them, which did both.
INSIDE = {
    "companies.actions.follow_address",
    "licensing.actions.new_installation",
    "licensing.actions.read_holdings",
    "licensing.actions.read_holdings_of",
    "licensing.actions.record_change",
    "notifications.actions.confirm",
    "notifications.actions.resend",
    "notifications.actions.tell_held_file",
    "notifications.actions.tell_more_of_held_file",
    "notifications.actions.tell_stopped",
    "orders.documents.storing.attach",
    "orders.actions.issuing.issue_prepared",
    "orders.quoting.guess_limit.count_file",
    "orders.quoting.guess_limit.counted",
    "orders.actions.transitions.move",
    "orders.actions.transitions.record",
    "orders.actions.supplying.supply_inside",
    "portal.desk.orders.decisions.decide",
}
# Not done by a person: the worker does them, or the code that queues a mail.
MACHINES = {f"outbox.actions.{name}" for name in (
    "as_sent", "claim", "content_of", "database_time", "deliver", "ends", "expire", "give_back",
    "hurry", "head_of", "queue", "queue_undrawn", "rewrite", "send_now", "waits",
)}  # fmt: skip
BY_LINK = {"companies.actions.accept_with_new_account"}
QUESTIONS = {
    "notifications.contacts.check_own_choice",
    "orders.actions.find_site",
    "orders.actions.check_release",
    "orders.documents.actions.takes_documents",
    "outbox.actions.can_deal_with",
    "outbox.actions.can_retry",
    "portal.desk.rights.can_change",
    "portal.desk.rights.check_change",
    "portal.desk.rights.grantable_groups",
    "portal.desk.rights.outranks",
}


# By where they are written: the name that everybody calls them by.
FACE = {
    f"{getattr(actions, name).__module__}.{name}": f"orders.actions.{name}"
    for name in actions.__all__
}


class Row(NamedTuple):
    verb: str
    call: Callable[[World, User], Any]
    who: set[str]
    note: str = ""


def viewers(world: World) -> Membership:
    return world.cast.viewer.memberships.get()


def upload(world: World, by: User, ordered_for: User | None = None) -> BulkUpload:
    return bulk.upload(
        company=world.cast.harbor,
        file=io.BytesIO(BULK + b"PO-8002,new,Lock 4,,ISS-Expert,1,add\n"),
        name="more.csv",
        by=by,
        ordered_for=ordered_for,
    )


def uploaded(world: World) -> BulkUpload:
    return BulkUpload.objects.get(pk=world.bulk.pk)


def of_a_file(verb: Callable[..., Any], world: World, by: User) -> Any:
    return verb(uploaded(world), by=by)


def mail_link(user: User, by: User) -> None:
    with request_context(request := RequestFactory().get("/")):
        people.mail_password_link(user, by=by, request=request)


WANTED: dict[str, Any] = {"name": "", "language": "en", "topics": []}
TABLE = [
    Row(
        "companies.actions.invite",
        lambda world, by: members.invite(
            company=world.cast.harbor, email="more@dealer.example", role="viewer", by=by
        ),
        {"owner"} | KEEPERS,
    ),
    Row(
        "companies.actions.resend_invitation",
        lambda world, by: members.resend_invitation(world.invitation, by=by),
        {"owner"} | KEEPERS,
    ),
    Row(
        "companies.actions.revoke_invitation",
        lambda world, by: members.revoke_invitation(world.invitation, by=by),
        {"owner"} | KEEPERS,
    ),
    Row(
        "companies.actions.accept_invitation",
        lambda world, by: members.accept_invitation(token=world.token, by=by),
        NOBODY,  # but whom it was mailed to
    ),
    Row(
        "companies.actions.change_role",
        lambda world, by: members.change_role(viewers(world), role="buyer", by=by),
        {"owner"} | KEEPERS,
    ),
    Row(
        "companies.actions.remove_member",
        lambda world, by: members.remove_member(viewers(world), by=by),
        {"owner"} | KEEPERS,
    ),
    Row(
        "companies.actions.ask_second_factor",
        lambda world, by: members.ask_second_factor(world.cast.harbor, asked=False, by=by),
        {"owner"} | KEEPERS,
    ),
    Row(
        "companies.actions.choose_language",
        lambda world, by: members.choose_language(world.cast.viewer, language="es", by=by),
        {"viewer"},
    ),
    Row(
        "licensing.actions.import_installation",
        lambda world, by: ledger.import_installation(
            company=world.cast.harbor,
            site_name="Old Mill",
            serials={Family.objects.get(code="ISS"): "OLD-1"},
            by=by,
            at=NOW,
        ),
        KEEPERS,
    ),
    Row(
        "licensing.actions.correct_installation",
        lambda world, by: ledger.correct_installation(
            world.site,
            company=world.cast.harbor,
            end_customer=None,
            site_name="Pier 1",
            reason="Ticket 881",
            by=by,
            at=NOW,
        ),
        KEEPERS,
    ),
    Row(
        "licensing.changeover.confirm_entered",
        lambda world, by: changeover.confirm_entered(
            Serial.objects.current().get(installation=world.replaced), by=by, at=NOW
        ),
        BUYERS | DECIDERS,
    ),
    Row(
        "notifications.notices.choosing.set_schedule",
        lambda world, by: choosing.set_schedule(world.site, steps=[0], by=by, at=NOW),
        BUYERS | {"end_customer"} | DECIDERS,
    ),
    Row(
        "notifications.contacts.add_contact",
        lambda world, by: contacts.add_contact(
            installation=world.site,
            company=world.cast.harbor,
            email="x@site.example",
            **WANTED,
            by=by,
        ),
        BUYERS | KEEPERS,
    ),
    Row(
        "notifications.contacts.change_contact",
        lambda world, by: contacts.change_contact(
            Contact.objects.get(pk=world.contact.pk), **WANTED, by=by
        ),
        BUYERS | KEEPERS,
    ),
    Row(
        "notifications.contacts.remove_contact",
        lambda world, by: contacts.remove_contact(Contact.objects.get(pk=world.contact.pk), by=by),
        BUYERS | KEEPERS,
    ),
    Row(
        "orders.actions.place_new",
        lambda world, by: actions.place_new(site_name="Pier 10", **placing(world, by)),
        BUYERS,
    ),
    Row(
        "orders.actions.place_new",
        lambda world, by: actions.place_new(
            site_name="Pier 10", **placing(world, by, ordered_for=world.cast.viewer)
        ),
        DECIDERS,
        "for a member",
    ),
    Row(
        "orders.actions.place_new",
        lambda world, by: actions.place_new(
            site_name="Pier 10",
            **placing(
                world, by, ordered_for=world.cast.viewer, consent=Consent(overrule="As agreed.")
            ),
        ),
        KEEPERS,
        "for a member, requirements overruled",
    ),
    Row("orders.actions.place_existing", place_existing, BUYERS),
    *(
        Row(
            "orders.actions.place_order",
            partial(place_order, kind),
            BUYERS,
            kind.value,
        )
        for kind in Order.Kind
    ),
    Row(
        "orders.actions.place_existing",
        lambda world, by: place_existing(world, by, ordered_for=world.cast.viewer),
        DECIDERS,
        "for a member",
    ),
    Row(
        "orders.actions.issue",
        lambda world, by: actions.issue(world.order, by=by),
        DECIDERS,
    ),
    Row(
        "orders.actions.issue",
        lambda world, by: actions.issue(lacking(world), by=by, overrule="As agreed."),
        KEEPERS,
        "requirements overruled",
    ),
    Row(
        "orders.actions.hold",
        lambda world, by: actions.hold(world.order, by=by, reason="Which?"),
        DECIDERS,
    ),
    Row(
        "orders.actions.release",
        lambda world, by: actions.release(world.held, by=by),
        DECIDERS,
    ),
    Row(
        "orders.actions.reject",
        lambda world, by: actions.reject(world.order, by=by, reason="Twice."),
        DECIDERS,
    ),
    Row(
        "orders.actions.cancel",
        lambda world, by: actions.cancel(world.order, by=by, reason="Twice."),
        BUYERS | DECIDERS,
    ),
    Row(
        "orders.actions.supply_serial",
        lambda world, by: actions.supply_serial(world.held, quotes=quotes(world), by=by),
        BUYERS | DECIDERS,
    ),
    Row(
        "orders.actions.supply_serial",
        lambda world, by: actions.supply_serial(
            world.held, quotes=quotes(world), by=by, answerer=JO
        ),
        {"buyer"},  # whose order it is
        "by the link",
    ),
    Row(
        "orders.documents.actions.attach_document",
        lambda world, by: attach_document(world.order, document=document("2", pdf(b"2")), by=by),
        BUYERS | DECIDERS,
    ),
    Row(
        "orders.actions.resending.resend_confirmation",
        lambda world, by: resend_confirmation(
            world.issued, to=["x@site.example"], language="en", by=by
        ),
        BUYERS | DECIDERS,
    ),
    Row(
        "orders.form.drafts.save_draft",
        lambda world, by: drafts.save_draft(None, data={"submission": [str(uuid.uuid4())]}, by=by),
        BUYERS | {"other", "end_customer"},  # for a company of theirs
    ),
    Row(
        "orders.form.drafts.keep_draft",
        lambda world, by: drafts.keep_draft(data={"submission": [str(uuid.uuid4())]}, by=by),
        BUYERS | {"other", "end_customer"},
    ),
    Row(
        "orders.form.drafts.delete_draft",
        lambda world, by: drafts.delete_draft(Draft.objects.get(pk=world.draft.pk), by=by),
        EVERYBODY,  # whose it is not, nothing happens: see the test below
    ),
    Row("orders.bulk.actions.upload", upload, BUYERS),
    Row(
        "orders.bulk.actions.upload",
        lambda world, by: upload(world, by, ordered_for=world.cast.viewer),
        DECIDERS,
        "for a member",
    ),
    *(
        Row(
            f"orders.bulk.actions.{name}",
            partial(of_a_file, verb),
            {"buyer"},  # whose file it is
        )
        for name, verb in (("go_on", bulk.go_on), ("place", bulk.place), ("discard", bulk.discard))
    ),
    Row(
        "outbox.actions.retry",
        lambda world, by: outbox.retry(world.mail, by=by, at=NOW),
        DECIDERS,
    ),
    Row(
        "outbox.actions.deal_with",
        lambda world, by: outbox.deal_with(world.mail, by=by, at=NOW, note="Called."),
        DECIDERS,
    ),
    Row(
        "portal.accounts.people.mail_password_link",
        lambda world, by: mail_link(world.cast.viewer, by),
        ADMINS,
    ),
    Row(
        "portal.accounts.people.reset_second_factor",
        lambda world, by: people.reset_second_factor(world.cast.viewer, by=by),
        ADMINS,
    ),
]


def verbs() -> Iterator[str]:
    for app in APPS:
        package = import_module(app)
        for info in pkgutil.walk_packages(package.__path__, f"{app}."):
            if ".migrations" in info.name or info.name == "portal.wsgi":
                continue
            module = import_module(info.name)
            for name, found in inspect.getmembers(module, inspect.isfunction):
                if found.__module__ != info.name or name.startswith("_"):
                    continue
                says_who = "by" in inspect.signature(found).parameters
                full = f"{info.name}.{name}"
                if says_who or info.name.endswith("actions") or full in FACE:
                    yield FACE.get(full, full)


def is_allowed(call: Callable[[World, User], Any], world: World, by: User) -> bool:
    try:
        call(world, by)
    except (PermissionDenied, MembershipRefused):
        return False
    return True


def test_no_verb_is_missing_in_the_tables() -> None:
    told = {row.verb for row in TABLE}
    assert set(verbs()) == told | INSIDE | MACHINES | BY_LINK | QUESTIONS


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.verb} {row.note}".strip())
def test_who_does_what(staffed: Staffed, row: Row) -> None:
    allowed = set()
    for name in ROLES:
        with undone():
            if is_allowed(row.call, staffed.world, role(staffed, name)):
                allowed.add(name)
    assert allowed == row.who


def test_nobody_deletes_the_draft_of_somebody_else(staffed: Staffed) -> None:
    for name in set(ROLES) - {"buyer"}:
        drafts.delete_draft(staffed.world.draft, by=role(staffed, name))
    assert Draft.objects.filter(pk=staffed.world.draft.pk).exists()


def test_a_role_that_was_lost_a_moment_ago_allows_nothing_more(world: World) -> None:
    """The page was read with it; the verb looks again."""
    buyer = world.cast.buyer
    assert can_place(buyer, world.cast.harbor)
    rows = [row for row in TABLE if "buyer" in row.who]
    assert len(rows) > 10
    for losing in (
        lambda: Membership.objects.filter(user=buyer).delete(),
        lambda: User.objects.filter(pk=buyer.pk).update(is_active=False),
        lambda: Company.objects.filter(pk=world.cast.harbor.pk).update(active=False),
    ):
        with undone():
            losing()
            order = Order.objects.get(pk=world.order.pk)
            for verb in (actions.cancel, lambda order, by: attach_document(
                order, document=document("2", pdf(b"2")), by=by
            )):  # fmt: skip
                with pytest.raises(PermissionDenied):
                    verb(order, by=buyer)
            with pytest.raises(PermissionDenied):
                place_existing(world, buyer)


def test_a_mail_that_is_queued_again_was_not_sent(staffed: Staffed) -> None:
    """The rows about mail are about one that failed: else they would allow nothing to happen."""
    assert Message.objects.get(pk=staffed.world.mail.pk).state == "failed"
