"""A page offers exactly what its verb allows: each role, each state of an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from zeal import zeal_ignore

from companies.models import Company, Membership, Role, User
from orders import actions
from orders.actions.resending import resend_confirmation
from orders.bulk import actions as bulk
from orders.documents.actions import attach_document
from orders.models import Order
from orders.models.bulk import BulkUpload
from orders.rules.documents import DocumentRefused
from orders.rules.problems import OrderRefused
from portal.desk.roles import SALES, SALES_MANAGER
from tests.desk.callers import CUSTOMERS, role
from tests.desk.placed import lacking, place_existing, quotes
from tests.desk.staffed import STAFF, Staffed
from tests.files import document, pdf
from tests.ordering import JO, order_held
from tests.pages import attributes, has, links
from tests.world import World, undone


def issue(order: Order, by: User) -> None:
    """In whichever way it can be; once more it would change nothing."""
    if order.state == "issued":
        raise ValueError
    try:
        actions.issue(order, by=by)
    except OrderRefused:
        actions.issue(order, by=by, overrule="As agreed.")


VERBS: dict[str, Callable[[World, Order, User], Any]] = {
    "issue": lambda world, order, by: issue(order, by),
    "hold": lambda world, order, by: actions.hold(order, by=by, reason="Which?"),
    "release": lambda world, order, by: actions.release(order, by=by),
    "reject": lambda world, order, by: actions.reject(order, by=by, reason="Twice."),
    "cancel": lambda world, order, by: actions.cancel(order, by=by, reason="Twice."),
    "serial": lambda world, order, by: actions.supply_serial(order, quotes=quotes(world), by=by),
    "attach": lambda world, order, by: attach_document(
        order, document=document("2", pdf(b"2")), by=by
    ),
    "resend": lambda world, order, by: resend_confirmation(
        order, to=["x@site.example"], language="en", by=by
    ),
    "again": lambda world, order, by: place_existing(world, by),
}
AT_DESK = set(VERBS) - {"again"}
FOR_CUSTOMERS = {"cancel", "serial", "attach", "resend", "again"}


def held_new(world: World) -> Order:
    return actions.hold(world.cast.order_new("Lock 4"), by=world.cast.sales, reason="Which?")


def rejected(world: World) -> Order:
    return actions.reject(world.order, by=world.cast.sales, reason="Twice.")


STATES: dict[str, Callable[[World], Order]] = {
    "in review": lambda world: world.order,
    "lacking": lacking,
    "held": lambda world: world.held,
    "held without its serial": lambda world: order_held(world.cast),
    "held, new": held_new,
    "issued": lambda world: world.issued,
    "rejected": rejected,
}


def allows(world: World, order: Order, by: User) -> set[str]:
    """The verbs that go through, each from the same start."""
    done = set()
    for name, verb in VERBS.items():
        with undone(), zeal_ignore():
            try:
                verb(world, Order.objects.get(pk=order.pk), by)
            except (PermissionDenied, OrderRefused, DocumentRefused, ValueError):
                continue
            done.add(name)
    return done


def browser_of(user: User) -> Client:
    client = Client()
    if user.is_active:
        client.force_login(user)
    return client


def content(client: Client, path: str) -> str:
    """The source of a page that opens; nothing for one that does not."""
    response = client.get(path)
    return response.content.decode() if response.status_code == 200 else ""


def resends(client: Client, page: str, step: str) -> bool:
    """Whether the page leads to one that asks to whom."""
    return step in links(page) and has(content(client, step), '[name="to"]')


def offers_at_desk(order: Order, user: User) -> set[str]:
    """By the links of the order's page, each of which leads to a page with a button."""
    client, path = browser_of(user), f"/admin/orders/order/{order.pk}/"
    page, offered = content(client, f"{path}change/"), set()
    for name in ("issue", "hold", "release", "reject", "cancel", "serial", "attach"):
        step = f"{path}{'documents' if name == 'attach' else name}/"
        leads = step in {*links(page), *attributes(page, "button", "formaction")}
        if leads and has(content(client, step), 'button[type="submit"].default'):
            offered.add(name)
    if resends(client, page, f"{path}confirmation/"):
        offered.add("resend")
    return offered


def offers_to_customers(order: Order, user: User) -> set[str]:
    client, path = browser_of(user), order.get_absolute_url()
    page = content(client, path)
    marks = {
        "cancel": f'a[href="{path}cancel/"]',
        "serial": f'form[action="{path}serial/"]',
        "attach": f'form[action="{path}documents/"]',
        "again": f'a[href*="?again={order.reference}"]',
    }
    offered = {name for name, mark in marks.items() if has(page, mark)}
    if resends(client, page, f"{path}confirmation/"):
        offered.add("resend")
    return offered


@pytest.mark.siege
@pytest.mark.parametrize(
    "closed",
    [False, True],
    ids=["active", "closed company"],
)
@pytest.mark.parametrize("state", STATES)
def test_pages_offer_what_verbs_allow(staffed: Staffed, state: str, closed: bool) -> None:
    world = staffed.world
    order = STATES[state](world)
    if closed:
        Company.objects.filter(pk=world.cast.harbor.pk).update(active=False)
    found = {}
    for name in (*CUSTOMERS, *STAFF):
        user = role(staffed, name)
        order = Order.objects.get(pk=order.pk)
        customer = name in CUSTOMERS
        offered = (offers_to_customers if customer else offers_at_desk)(order, user)
        allowed = allows(world, order, user) & (FOR_CUSTOMERS if customer else AT_DESK)
        if not customer and not user.has_perm("orders.view_order"):
            offered = allowed = set()  # no page of orders opens for who sees none
        assert offered == allowed, name
        found[name] = offered
    assert found["viewer"] == found["stranger"] == found["closed_buyer"] == set()
    if closed:
        assert found["buyer"] == set()
        assert found[SALES.name] <= {"reject", "cancel", "attach", "resend"}


def test_to_go_on_without_what_is_missing_is_offered_to_who_may(staffed: Staffed) -> None:
    order = lacking(staffed.world)
    path = f"/admin/orders/order/{order.pk}/issue/"
    offered = {
        name for name in STAFF
        if has(content(browser_of(staffed.users[name]), path), '[name="overrule"]')
    }  # fmt: skip
    assert offered == {SALES_MANAGER.name, "Administrator", "superuser"}
    sales = browser_of(staffed.users[SALES.name])
    assert "Ask one of them" in content(sales, path)
    sent = sales.post(path, {"overrule": "As agreed.", "reason": ""})
    order.refresh_from_db()
    assert (sent.status_code, order.state, order.overruled) == (403, "in_review", "")


# The link in the mail ---------------------------------------------------------------------


def leave(world: World) -> None:
    Membership.objects.filter(user=world.cast.buyer).delete()


def become_viewer(world: World) -> None:
    Membership.objects.filter(user=world.cast.buyer).update(role=Role.VIEWER)


def close_account(world: World) -> None:
    User.objects.filter(pk=world.cast.buyer.pk).update(is_active=False)


def close_company(world: World) -> None:
    Company.objects.filter(pk=world.cast.harbor.pk).update(active=False)


@pytest.mark.parametrize(
    ("after", "opens"),
    [
        (lambda world: None, True),
        (become_viewer, True),  # the person it was mailed to, in any role
        (leave, False),
        (close_account, False),
        (close_company, False),
    ],
    ids=["nothing", "viewer now", "left", "account closed", "company closed"],
)
@pytest.mark.parametrize("auto_issue", [False, True])
def test_the_link_is_open_as_long_as_its_verb_answers(
    world: World, after: Callable[[World], None], opens: bool, auto_issue: bool
) -> None:
    Company.objects.filter(pk=world.cast.harbor.pk).update(auto_issue=auto_issue)
    after(world)
    path, sent = world.paths["order_answer"], world.posts["order_answer"].data
    with undone():
        order = Order.objects.get(pk=world.held.pk)
        try:
            actions.supply_serial(order, quotes=quotes(world), by=order.orderer, answerer=JO)
            allowed = True
        except (PermissionDenied, OrderRefused):
            allowed = False
    shown = Client().get(path)
    assert (shown.status_code == 200, allowed) == (opens, opens)
    answer = Client().post(path, sent)
    world.held.refresh_from_db()
    assert (answer.status_code == 200, world.held.state == "held") == (opens, not opens)
    if not opens:
        assert "This link is not open" in answer.content.decode()


def test_the_desk_says_of_no_link_that_it_works_when_it_does_not(staffed: Staffed) -> None:
    world, sales = staffed.world, browser_of(staffed.users[SALES.name])
    path = f"/admin/orders/order/{world.held.pk}/change/"
    assert "works through" in content(sales, path)
    leave(world)
    assert "works through" not in content(sales, path)


# Files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "after",
    [become_viewer, leave, close_company],
)
@pytest.mark.parametrize("phase", ["previewing", "previewed", "placing"])
def test_a_file_goes_on_as_long_as_its_author_orders(
    world: World, after: Callable[[World], None], phase: str
) -> None:
    BulkUpload.objects.filter(pk=world.bulk.pk).update(phase=phase)
    path = f"/orders/bulk/{world.bulk.reference}/"
    forms = ", ".join(f'form[action="{path}{step}/"]' for step in ("go-on", "place"))
    assert has(content(world.client("buyer"), path), forms)
    after(world)
    assert not has(content(world.client("buyer"), path), forms)
    kept = BulkUpload.objects.get(pk=world.bulk.pk)
    verbs = [bulk.place] if phase == "previewed" else [bulk.go_on]
    for verb in verbs:
        with pytest.raises(PermissionDenied):
            verb(kept, by=world.cast.buyer)
    assert not Order.objects.filter(po_number="PO-8001").exists()
