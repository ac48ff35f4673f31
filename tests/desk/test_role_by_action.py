"""Role × what can be done at the desk: every page, every verb, every bulk action in one table.

A page, a model or an action that is new fails here until the table says who may.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory
from django.urls import reverse
from zeal import zeal_ignore

from licensing.models import UpgradePath
from orders.models import Order
from portal.desk.roles import ADMINISTRATOR, AUDITOR, SALES, SALES_MANAGER
from tests.desk.inline_rows import rows
from tests.desk.staffed import STAFF, Staffed
from tests.dump import without_chance
from tests.files import pdf
from tests.forged_fields import every_field
from tests.pages import attributes
from tests.world import World, routes, undone

EVERYBODY = set(STAFF)
ALL = EVERYBODY - {"none"}
AUDITORS = {AUDITOR.name, ADMINISTRATOR.name, "superuser"}
DECIDERS = ALL - {AUDITOR.name}
KEEPERS = DECIDERS - {SALES.name}
ADMINS = KEEPERS - {SALES_MANAGER.name}
ROOT = {"superuser"}
NOBODY: set[str] = set()

MODELS = {
    # who sees lists, pages and histories; who adds; who changes; who deletes
    "companies.company": (ALL, KEEPERS, KEEPERS, NOBODY),
    "companies.membership": (ALL, NOBODY, NOBODY, NOBODY),
    "companies.membershipevent": (ALL, NOBODY, NOBODY, NOBODY),
    "companies.user": (ALL, ADMINS, ADMINS, NOBODY),
    "licensing.family": (ALL, KEEPERS, KEEPERS, ROOT),
    "licensing.product": (ALL, KEEPERS, KEEPERS, ROOT),
    "licensing.upgradepath": (ALL, KEEPERS, KEEPERS, ROOT),
    "licensing.installation": (ALL, NOBODY, KEEPERS, NOBODY),
    "notifications.contact": (ALL, KEEPERS, KEEPERS, KEEPERS),
    "notifications.noticerun": (ALL, NOBODY, NOBODY, NOBODY),
    "orders.order": (ALL, NOBODY, NOBODY, NOBODY),
    "outbox.message": (ALL, NOBODY, NOBODY, NOBODY),
    "outbox.archivedmessage": (ALL, NOBODY, NOBODY, NOBODY),
    "auth.group": (AUDITORS, ADMINS, ADMINS, ROOT),
    "admin.logentry": (AUDITORS, NOBODY, NOBODY, NOBODY),
}
BULK = {
    **{
        ("orders.order", verb): DECIDERS
        for verb in ["issue", "hold", "release", "reject", "cancel"]
    },
    ("outbox.message", "try_again"): DECIDERS,
    ("companies.user", "send_password_link"): ADMINS,
    ("companies.user", "reset_two_step"): ADMINS,
    ("licensing.family", "delete_selected"): ROOT,
    ("licensing.product", "delete_selected"): ROOT,
    ("licensing.upgradepath", "delete_selected"): ROOT,
    ("auth.group", "delete_selected"): ROOT,
}
SITE = {
    # what belongs to no model: its path, and who sees it
    "index": ("/admin/", EVERYBODY),
    "app_list": ("/admin/orders/", ALL),
    "jsi18n": ("/admin/jsi18n/", EVERYBODY),
    "autocomplete": (
        "/admin/autocomplete/?app_label=licensing&model_name=installation&field_name=company",
        ALL,
    ),
    "orders_order_enter": ("/admin/orders/order/enter/", DECIDERS),
    "mail_previews": ("/admin/mail-previews/", ALL),
    "mail_preview": ("/admin/mail-previews/held-serial/es/", ALL),
    "mail_preview_html": ("/admin/mail-previews/held-serial/es/html/", ALL),
    "mail_preview_attachment": ("/admin/mail-previews/held-serial/es/0/", NOBODY),  # has none
    "login": ("/admin/login/", NOBODY),  # a redirect, as the next ones are
    "password_change": ("/admin/password_change/", NOBODY),
    "password_change_done": ("/admin/password_change/done/", EVERYBODY),
    "logout": ("/admin/logout/", NOBODY),  # takes a POST only
}


class Verb(NamedTuple):
    name: str  # of the address
    key: Callable[[World], Any]  # in the address
    data: Callable[[World], dict[str, Any]]
    who: set[str]
    changes: str  # among what else changes


WHY = {"reason": "As agreed."}


def moved(move: str, world: World) -> Order:
    return world.held if move == "release" else world.order


def key_of_order(move: str, world: World) -> int:
    return moved(move, world).pk


def reason_and_order(move: str, world: World) -> dict[str, Any]:
    return {**WHY, "orders": moved(move, world).reference}


several = [
    Verb(
        f"orders_order_several_{move}",
        lambda world: None,
        partial(reason_and_order, move),
        DECIDERS,
        "Order.state",
    )
    for move in ("issue", "hold", "release", "reject", "cancel")
]
one = [
    Verb(
        f"orders_order_{move}",
        partial(key_of_order, move),
        lambda world: WHY,
        DECIDERS,
        "Order.state",
    )
    for move in ("issue", "hold", "release", "reject", "cancel")
]
FILE = "orders_order_document"
CONFIRMATION_FILES = {"orders_order_confirmation_copy", "orders_order_confirmation_delivery"}
VERBS = [
    *one,
    *several,
    Verb(
        "orders_order_serial",
        lambda world: world.held.pk,
        lambda world: world.more_posts["desk/serial"].data,
        DECIDERS,
        "Order.state",
    ),
    Verb(
        "orders_order_attach",
        lambda world: world.order.pk,
        lambda world: world.posts["order_documents"].data,
        DECIDERS,
        "+PurchaseOrderDocument",
    ),
    Verb(
        "orders_order_confirmation",
        lambda world: world.issued.pk,
        lambda world: world.posts["order_confirmation"].data,
        DECIDERS,
        "+Resend",
    ),
    Verb(
        "orders_order_enter_for",
        lambda world: world.cast.harbor.pk,
        lambda world: world.more_posts["desk/enter"].data,
        DECIDERS,
        "+Order",
    ),
    Verb(
        "orders_order_bulk_for",
        lambda world: world.cast.harbor.pk,
        lambda world: world.more_posts["desk/bulk"].data,
        DECIDERS,
        "+BulkUpload",
    ),
    Verb(
        "outbox_message_retry", lambda world: world.mail.pk, lambda _: {}, DECIDERS, "Message.state"
    ),
    Verb(
        "outbox_message_deal_with",
        lambda world: world.mail.pk,
        lambda world: world.more_posts["desk/deal-with"].data,
        DECIDERS,
        "Message.dealt_with_at",
    ),
    Verb(
        "licensing_installation_change",
        lambda world: world.site.pk,
        lambda world: world.more_posts["desk/correct"].data,
        KEEPERS,
        "+Revision",
    ),
    Verb(
        "licensing_installation_notices",
        lambda world: world.site.pk,
        lambda world: world.more_posts["desk/notices"].data,
        DECIDERS,
        "+NoticeSchedule",
    ),
    Verb(
        "licensing_installation_entered",
        lambda world: world.replaced.pk,
        lambda world: world.more_posts["desk/entered"].data,
        DECIDERS,
        "+SerialEntered",
    ),
    Verb(
        "companies_company_change",
        lambda world: world.cast.harbor.pk,
        lambda world: world.more_posts["desk/company"].data,
        KEEPERS,
        "+Invitation",
    ),
    Verb(
        "companies_company_add",
        lambda _: None,
        lambda _: {"name": "New", "time_zone": "UTC", **rows("invitations", [])},
        KEEPERS,
        "+Company",
    ),
    Verb(
        "companies_user_add",
        lambda _: None,
        lambda _: {"email": "x@x.example", "is_active": "on"},
        ADMINS,
        "+User",
    ),
    Verb(
        "companies_user_change",
        lambda world: world.cast.buyer.pk,
        lambda _: {"email": "x@x.example", **rows("memberships", [])},
        ADMINS,
        "User.email",
    ),
    Verb(
        "licensing_product_change",
        lambda _: "ISS-Expert",
        lambda _: {"description": "x", "unit": "device", "kit_quantity": "1", "position": "1"},
        KEEPERS,
        "Product.description",
    ),
    Verb(
        "licensing_upgradepath_change",
        lambda _: UpgradePath.objects.latest("pk").pk,
        lambda _: {"active": ""},
        KEEPERS,
        "UpgradePath.active",
    ),
    Verb(
        "licensing_family_change",
        lambda _: "ISS",
        lambda _: {"name": "x", "position": "1"},
        KEEPERS,
        "Family.name",
    ),
]


def row_of(model: str, world: World) -> Any:
    known = {"companies.user": world.cast.buyer.pk, "licensing.product": "ISS-Expert"}
    return known.get(model) or apps.get_model(model)._base_manager.order_by("-pk")[0].pk


def address(name: str, key: Any) -> str:
    return reverse(f"admin:{name}", args=[] if key is None else [key])


def test_nothing_is_missing_in_the_table() -> None:
    models = {model._meta.label_lower for model in admin.site._registry}
    assert models == MODELS.keys()
    pages = ("changelist", "add", "history", "delete", "change")
    of_models = {f"{model.replace('.', '_')}_{page}" for model in models for page in pages}
    at_desk = {name for route, name in routes() if route.startswith("admin/")} - {""}
    assert (
        at_desk
        == of_models | SITE.keys() | {verb.name for verb in VERBS} | {FILE} | CONFIRMATION_FILES
    )


@pytest.mark.siege
@pytest.mark.parametrize("model", MODELS)
def test_who_opens_what(staffed: Staffed, model: str) -> None:
    name, key = model.replace(".", "_"), row_of(model, staffed.world)
    sees, adds, alters, deletes = MODELS[model]
    for page in ("changelist", "history", "change"):
        path = address(f"{name}_{page}", None if page == "changelist" else key)
        assert staffed.seen(path) == sees, page
    assert staffed.seen(address(f"{name}_add", None)) == adds
    assert staffed.seen(address(f"{name}_delete", key)) == deletes
    for role in STAFF:
        for page, who in (("change", alters), ("delete", deletes), ("add", adds)):
            with undone():
                path = address(f"{name}_{page}", None if page == "add" else key)
                status = staffed.client(role).post(path, {}).status_code
                assert (status == 403) == (role not in who), (page, role)


def test_who_opens_what_belongs_to_no_model(staffed: Staffed) -> None:
    assert {name: staffed.seen(path) for name, (path, _) in SITE.items()} == {
        name: who for name, (_, who) in SITE.items()
    }


def test_who_downloads_a_document(staffed: Staffed) -> None:
    path = reverse(f"admin:{FILE}", args=[staffed.world.order.pk, staffed.world.document.reference])
    answers = {role: staffed.client(role).get(path) for role in STAFF}
    got = {role for role, answer in answers.items() if answer.getvalue() == pdf()}
    assert got == ALL == {role for role in STAFF if answers[role].status_code == 200}


def test_who_reads_a_confirmation(staffed: Staffed) -> None:
    page = reverse("admin:orders_order_confirmation", args=[staffed.world.issued.pk])
    revision = staffed.world.issued.revision
    assert revision
    mail = revision.confirmation.deliveries.get()
    files = [
        reverse("admin:orders_order_confirmation_delivery", args=[staffed.world.issued.pk, mail.pk])
    ]
    files += [f"{page}en.{kind}" for kind in ("pdf", "html", "eml")]
    assert {path: staffed.seen(path) for path in (page, *files)} == dict.fromkeys(
        (page, *files), ALL
    )


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_who_does_what(staffed: Staffed, verb: Verb) -> None:
    path, data = address(verb.name, verb.key(staffed.world)), verb.data(staffed.world)
    done = set()
    for role in STAFF:
        client, witness = staffed.client(role), staffed.witness
        with undone(), zeal_ignore():  # Django's own formsets ask row by row
            with witness.watching():
                response = client.post(path, data)
            found = witness.changes()
            if response.status_code == 403:
                assert not found, role
            elif verb.changes in found:
                done.add(role)
    assert done == verb.who


@pytest.mark.siege
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_field_that_is_sent_along_changes_nothing(staffed: Staffed, verb: Verb) -> None:
    """Columns of all models, those that the page itself asks for left out, for each role."""
    path, data = address(verb.name, verb.key(staffed.world)), verb.data(staffed.world)
    for role in STAFF:
        client, witness = staffed.client(role), staffed.witness
        own = set(attributes(client.get(path), "*", "name"))
        more = {
            name: value for name, value in every_field(staffed.world).items() if name not in own
        }
        assert {"is_superuser", "placed_by", "revision_count"} & more.keys()
        done = []
        for sent in (data, more | data):
            with undone(), zeal_ignore():  # Django's own formsets ask row by row
                with witness.watching():
                    client.post(path, sent)
                done.append(without_chance(witness.changes()))
        assert done[0] == done[1], role


def test_who_is_offered_which_bulk_action(staffed: Staffed) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for role in STAFF:
        request = RequestFactory().get("/admin/")
        request.user = staffed.users[role]
        for model, model_admin in admin.site._registry.items():
            for action in model_admin.get_actions(request):
                found.setdefault((model._meta.label_lower, action), set()).add(role)
    assert found == BULK


@pytest.mark.parametrize(("model", "action"), BULK)
def test_a_bulk_action_that_is_not_offered_does_nothing(
    staffed: Staffed, model: str, action: str
) -> None:
    path = address(f"{model.replace('.', '_')}_changelist", None)
    data = {
        "action": action,
        "_selected_action": row_of(model, staffed.world),
        "post": "yes",
        **WHY,
    }
    for role in EVERYBODY - BULK[model, action]:
        with undone():
            groups = Group.objects.count()
            with staffed.witness.watching():
                staffed.client(role).post(path, data)
            assert staffed.witness.saw_nothing_change(), role
            assert Group.objects.count() == groups, role
