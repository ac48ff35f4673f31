"""Plays the demo's story, day by day, by the same actions as everything else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from companies.actions import invite
from companies.models import Company, Membership, Role, User
from licensing.actions import import_installation
from licensing.models import Family, Installation, Product, Serial
from orders import actions
from orders.models import Order
from orders.placement import NewLine, Quote
from orders.rules.moves import State
from portal.demo.paper import paper
from portal.demo.story import BAYVIEW, HARBOR, STORY, SUMMIT, WEST, DemoSite, Ordered
from portal.desk.roles import ADMINISTRATOR, SALES_MANAGER

NOON = dt.time(17, 0, tzinfo=dt.UTC)  # noon in the companies' time zone
SALES = "sales@vendor.example"
STAFF = ((SALES, SALES_MANAGER), ("admin@vendor.example", ADMINISTRATOR))
OWNER = "owner@dealer.example"
MEMBERS = (
    ("buyer@dealer.example", HARBOR, Role.BUYER),
    ("viewer@dealer.example", HARBOR, Role.VIEWER),
    ("outsider@other.example", SUMMIT, Role.OWNER),
    ("facilities@bayview.example", BAYVIEW, Role.VIEWER),
    (OWNER, HARBOR, Role.OWNER),
    (OWNER, WEST, Role.OWNER),
)
INVITED = "newcomer@dealer.example"
BUYERS = {HARBOR: "buyer@dealer.example", SUMMIT: "outsider@other.example", WEST: OWNER}


@dataclass(frozen=True)
class Event:
    """One order of the story, with the site that it is for."""

    site: DemoSite
    ordered: Ordered
    is_first: bool

    @property
    def at(self) -> dt.datetime:
        return dt.datetime.combine(dt.date.fromisoformat(self.ordered.on), NOON)


def build(password: str) -> int:
    """Makes people, companies and their orders; returns how many orders were missing.

    Each step is its own transaction, so an interrupted run goes on where it stopped.
    """
    if not Company.objects.filter(name=HARBOR).exists():
        _create_people(password)
    for site in STORY:
        if site.issued_elsewhere and not Installation.objects.filter(site_name=site.name).exists():
            _import(site)
    events = [
        Event(site, ordered, is_first=number == 0 and not site.issued_elsewhere)
        for site in STORY
        for number, ordered in enumerate(site.orders)
    ]
    missing = 0
    for event in sorted(events, key=lambda event: event.at):
        order = Order.objects.filter(
            company__name=event.site.company, po_number=event.ordered.po_number
        ).first()
        missing += order is None
        _review(order or _place(event), event)
    return missing


@transaction.atomic
def _create_people(password: str) -> None:
    for name in (HARBOR, SUMMIT, BAYVIEW, WEST):
        Company.objects.create(name=name, auto_issue=name == HARBOR)
    for email, role in STAFF:
        user = User.objects.create_user(email, is_staff=True)
        user.groups.add(Group.objects.get(name=role.name))
    for email in dict.fromkeys(email for email, _company, _place in MEMBERS):
        User.objects.create_user(email)
    User.objects.update(password=make_password(password))  # all get one, so that it is hashed once
    for email, company, place in MEMBERS:
        Membership.objects.create(
            user=User.objects.get(email=email),
            company=Company.objects.get(name=company),
            role=place,
        )
    harbor, owner = Company.objects.get(name=HARBOR), User.objects.get(email=OWNER)
    invite(company=harbor, email=INVITED, role=Role.BUYER, by=owner)


def _import(site: DemoSite) -> None:
    first = dt.date.fromisoformat(site.orders[0].on)
    import_installation(
        company=Company.objects.get(name=site.company),
        end_customer=Company.objects.get(name=site.end_customer),
        site_name=site.name,
        serials={
            Family.objects.get(code=code): number
            for code, number in (site.issued_elsewhere or {}).items()
        },
        by=User.objects.get(email=SALES),
        at=dt.datetime.combine(first - dt.timedelta(days=400), NOON),
    )


def _place(event: Event) -> Order:
    company = Company.objects.get(name=event.site.company)
    by = User.objects.get(email=BUYERS[event.site.company])
    lines = [
        NewLine(Product.objects.orderable().get(pk=part_number), quantity)
        for part_number, quantity in event.ordered.lines.items()
    ]
    po_number = event.ordered.po_number
    document = paper(event.site, event.ordered) if event.ordered.with_document else None
    return actions.place_order(
        kind=Order.Kind.NEW if event.is_first else Order.Kind.EXISTING,
        site_name=event.site.name,
        quotes=_current_serials(event.site),
        company=company,
        po_number=po_number,
        lines=lines,
        document=document,
        by=by,
        at=event.at,
    )


def _current_serials(site: DemoSite) -> list[Quote]:
    """None yet of a new one."""
    current = Serial.objects.current().filter(installation__site_name=site.name)
    return [Quote(serial.family_id, serial.number) for serial in current]


def _review(order: Order, event: Event) -> None:
    """Decides an order that waits for sales, a few hours later."""
    if order.state != State.IN_REVIEW:
        return
    sales, at = User.objects.get(email=SALES), event.at + dt.timedelta(hours=3)
    if event.ordered.decision == "issue":
        actions.issue(order, by=sales, at=at)
    elif event.ordered.decision == "reject":
        actions.reject(order, by=sales, reason=event.ordered.reason, at=at)
    elif event.ordered.decision == "hold":
        actions.hold(order, by=sales, reason=event.ordered.reason, at=at)
