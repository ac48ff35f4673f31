"""The home page: tasks, and the latest changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.models import Company, User
from companies.time_zones import local_date
from companies.walks import Sight, merged
from licensing.models import Installation, InstallationQuerySet, Lot, not_renewed
from licensing.renewals import is_time_to_renew
from licensing.terms import ENDS_SOON, Standing, days_left, standing
from notifications.rules.schedule import EXPIRY_UNTIL
from orders.models import Draft, Order, OrderQuerySet
from orders.permissions import can_place
from orders.rules.moves import State
from orders.wording import what_lets_go_on
from portal.customers.installations.sites import site_table, with_current_serials
from portal.customers.wording import day_of, ended_on, ends_in

RECENT = 5  # sites and orders
COUNTED = 1000  # an exact figure is of no use beyond this, and counting millions takes long
MAX_TODOS = 20  # of each kind
REJECTED_LATELY = dt.timedelta(days=14)
ENDED_LATELY = dt.timedelta(days=EXPIRY_UNTIL)  # home reminds of an end as long as mail does
ONE_DAY = dt.timedelta(days=1)  # between the calendars of two places
NEWEST = ("-changed_at", "-pk")

Sites = Sight[InstallationQuerySet]


@dataclass(frozen=True, slots=True)
class Todo:
    """A task, with the link to the page that solves it."""

    icon: str
    look: str  # a class of parts.css
    title: str
    detail: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Account:
    """The figures of the company's home page."""

    name: str
    installations: int  # not counted beyond COUNTED
    open_orders: int
    left: str | None  # reference of the last order form that the user left unsent


class Count(Subquery):
    """The number of rows of a queryset, as a part of another statement."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()


def home_page(user: User, company: Company, at: dt.datetime) -> dict[str, Any]:
    """The template's context for the current company; six statements."""
    orders = Order.objects.visible_to(user).of_company(company)
    sites = Installation.objects.visible_to(user).in_sight(company.pk)
    newest_orders = orders.select_related("installation").order_by("-placed_at", "-pk")
    account = _account(user, company, sites, orders)
    may_order = can_place(user, company)
    ending = _ending_lots(sites, at, may_order=may_order)
    return {
        "account": account,
        "counted": COUNTED,
        "todos": [*_left(account), *_stuck_orders(orders, at, may_order=may_order), *ending],
        "sites": site_table(_newest(sites)),
        "orders": list(newest_orders[:RECENT]),
    }


def _newest(sites: Sites) -> list[Installation]:
    keys = merged(sites.walks, NEWEST, RECENT)
    rows = Installation.objects.filter(pk__in=keys).order_by(*NEWEST)
    return list(with_current_serials(rows)[:RECENT])


def _account(user: User, company: Company, sites: Sites, orders: QuerySet[Order]) -> Account:
    open_orders = orders.filter(state__in=[State.IN_REVIEW, State.HELD])
    left = Draft.objects.of_author(user).filter(by_itself=True).values("reference")[:1]
    counts = [_bounded(open_orders), *map(_bounded, sites.apart)]
    reference, waiting, *seen = Company.objects.values_list(Subquery(left), *counts).get(
        pk=company.pk
    )
    return Account(company.name, sum(seen), waiting, reference)


def _bounded(rows: QuerySet[Any]) -> Count:
    return Count(rows.order_by().values("pk")[: COUNTED + 1])


# Needs you -----------------------------------------------------------------------------


def _left(account: Account) -> list[Todo]:
    if not account.left:
        return []
    return [
        Todo(
            icon="draft",
            look="",
            title=_("You left an order unfinished"),
            detail=_("It was not sent. Only you see it."),
            url=reverse("draft", args=[account.left]),
            action=_("Go on with it"),
        )
    ]


def _stuck_orders(orders: OrderQuerySet, at: dt.datetime, *, may_order: bool) -> list[Todo]:
    """Held orders, then those rejected lately that nothing replaced, each with its reason."""
    lately = Q(state=State.REJECTED, changed_at__gte=at - REJECTED_LATELY)
    rejected = orders.filter(lately, ~Exists(_later_at_the_site()), ~Exists(_later_of_that_name()))
    keys = merged([orders.filter(state=State.HELD), rejected], NEWEST, 2 * MAX_TODOS)
    stuck = (
        Order.objects.filter(pk__in=keys)
        .with_reason()
        .select_related("installation", "company")
        .order_by("state", *NEWEST)[: 2 * MAX_TODOS]
    )
    return [_stuck(order, may_order=may_order) for order in stuck]


def _later_at_the_site() -> QuerySet[Order]:
    """Orders of the company for the same installation after the rejection."""
    return _later().filter(installation=OuterRef("installation"))


def _later_of_that_name() -> QuerySet[Order]:
    """Orders of the company for a new site of the same name after the rejection."""
    return _later().filter(kind=Order.Kind.NEW, site_name_key=OuterRef("site_name_key"))


def _later() -> QuerySet[Order]:
    return Order.objects.filter(
        company=OuterRef("company"), placed_at__gt=OuterRef("changed_at")
    ).exclude(state=State.CANCELED)


def _stuck(order: Order, *, may_order: bool) -> Todo:
    held = order.state == State.HELD
    title = _("%(order)s is held") if held else _("%(order)s was rejected")
    what_now = (
        what_lets_go_on(order.held_for, takes_serial=order.takes_serial)
        if held and may_order
        else ""
    )
    told = [order.called, day_of(order.changed_at), order.why, what_now]
    return Todo(
        icon="held" if held else "error",
        look="held" if held else "danger",
        title=title % {"order": order},
        detail=" · ".join(filter(None, told)),
        url=order.get_absolute_url(),
        action=_("Give serial number") if may_order and order.takes_serial else _("Open order"),
    )


def _ending_lots(sites: Sites, at: dt.datetime, *, may_order: bool) -> list[Todo]:
    """Units left to renew of subscriptions that end soon or ended lately, first end first."""
    todos = []
    for row in _lots_around(sites, at):
        today = local_date(at, row["installation__company__time_zone"])
        lately = row["last_day"] >= today - ENDED_LATELY
        if lately and is_time_to_renew(row["last_day"], today):
            todos.append(_ending(row, today, may_order=may_order))
    return todos[:MAX_TODOS]


def _lots_around(sites: Sites, at: dt.datetime) -> Sequence[dict[str, Any]]:
    """Lots that end about now, without renewed units.

    Lots of the same product, site and last day are one row.
    """
    today = at.date()
    near = (today - ENDED_LATELY - ONE_DAY, today + ENDS_SOON + ONE_DAY)
    ending = Lot.objects.filter(last_day__range=near).with_units_left()
    walks = [ending.filter(installation__in=walk.order_by()) for walk in sites.walks]
    first = Lot.objects.filter(pk__in=merged(walks, ("last_day", "pk"), 2 * MAX_TODOS))
    site = ("installation__reference", "installation__site_name")
    together = first.values(*site, "installation__company__time_zone", "product", "last_day")
    rows = not_renewed(together).order_by(
        "last_day", "installation__site_name_sort", "product__position", "product_id"
    )
    return list(rows[: 2 * MAX_TODOS])


def _ending(row: dict[str, Any], today: dt.date, *, may_order: bool) -> Todo:
    ended = standing(today, row["last_day"]) is Standing.ENDED
    when = ended_on(row["last_day"]) if ended else ends_in(days_left(today, row["last_day"]))
    detail = "" if ended else _("Valid through %(day)s") % {"day": day_of(row["last_day"])}
    page = reverse("installation", args=[row["installation__reference"]])
    renew = f"{reverse('order_new')}?renew={row['installation__reference']}"
    return Todo(
        icon="warning" if ended else "clock",
        look="danger" if ended else "held",
        title=f"{when}: {row['left']} × {row['product']}",
        detail=" · ".join(filter(None, [row["installation__site_name"], detail])),
        url=renew if may_order else page,
        action=_("Renew") if may_order else _("Open site"),
    )
