"""The people and companies of the tests, and short ways to let them order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from companies.models import Company, Membership, Role, User
from licensing.catalog import load_catalog
from licensing.models import Installation, Product, Serial
from orders import actions
from orders.models import Order
from orders.placement import Consent, NewLine, Quote
from orders.rules.problems import Guard, OrderRefused
from portal.desk.roles import SALES_MANAGER, load_roles

NOW = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
PASSWORD = "correct horse battery staple"


@dataclass
class Cast:
    """A dealer with a buyer and a viewer, another dealer, an end customer, and sales."""

    harbor: Company
    summit: Company
    bayview: Company
    buyer: User
    viewer: User
    owner: User
    outsider: User
    end_customer: User
    sales: User
    po_numbers: list[int] = field(default_factory=lambda: [4700])

    def lines(self, **quantities: int) -> list[NewLine]:
        """`lines(ISS_Expert=4, VS_ES1=2)`."""
        return [
            NewLine(Product.objects.select_related("family", "kit_of").get(pk=name), quantity)
            for name, quantity in (
                (key.replace("_", "-"), value) for key, value in quantities.items()
            )
        ]

    def order_new(
        self,
        site_name: str = "Harbor Point Terminal",
        *,
        by: User | None = None,
        company: Company | None = None,
        at: dt.datetime = NOW,
        **quantities: int,
    ) -> Order:
        place = partial(
            actions.place_new,
            company=company or self.harbor,
            site_name=site_name,
            po_number=self._po_number(),
            lines=self.lines(**(quantities or {"ISS_Expert": 4})),
            by=by or self.buyer,
            at=at,
        )
        return place_confirmed(place)

    def order_existing(
        self,
        *serials: str,
        by: User | None = None,
        company: Company | None = None,
        at: dt.datetime = NOW,
        **quantities: int,
    ) -> Order:
        place = partial(
            actions.place_existing,
            company=company or self.harbor,
            quotes=[Quote(serial[:3], serial) for serial in serials],
            po_number=self._po_number(),
            lines=self.lines(**(quantities or {"ISS_Expert": 1})),
            by=by or self.buyer,
            at=at,
        )
        return place_confirmed(place)

    def issue(self, order: Order, at: dt.datetime = NOW) -> Order:
        return actions.issue(order, by=self.sales, at=at)

    def site(self, **quantities: Any) -> Installation:
        """An installation of Harbor's with these holdings."""
        order = self.issue(self.order_new(**quantities))
        assert order.installation is not None
        return order.installation

    def _po_number(self) -> str:
        self.po_numbers.append(self.po_numbers[-1] + 1)
        return str(self.po_numbers[-1])


def place_confirmed(place: Callable[..., Order]) -> Order:
    """As somebody who reads each question, and then means it."""
    try:
        return place()
    except OrderRefused as refusal:
        tokens = [problem.token for problem in refusal.problems if isinstance(problem, Guard)]
        if len(tokens) < len(refusal.problems):
            raise
    return place(consent=Consent(confirmed=tokens, accepts_warnings=True))


def current(installation: Installation, family: str) -> str:
    """The current serial of that family."""
    return Serial.objects.get(installation=installation, family=family, is_current=True).number


@cache
def hashed() -> str:
    """PASSWORD as it is stored, worked out once."""
    return make_password(PASSWORD)


def person(email: str, **fields: Any) -> User:
    """Somebody with that address and PASSWORD."""
    return User.objects.create(email=email, password=hashed(), **fields)


def clerk() -> User:
    """A member of the staff in no role."""
    return person("clerk@vendor.example", is_staff=True)


def member(email: str, company: Company, role: Role) -> User:
    user = person(email)
    Membership.objects.create(user=user, company=company, role=role)
    return user


def assemble() -> Cast:
    """Everybody, in an empty database. No company's orders are issued without review."""
    load_catalog()
    harbor = Company.objects.create(name="Harbor Security")
    summit = Company.objects.create(name="Summit Systems")
    bayview = Company.objects.create(name="Bayview Schools")
    return Cast(
        harbor=harbor,
        summit=summit,
        bayview=bayview,
        buyer=member("buyer@dealer.example", harbor, Role.BUYER),
        viewer=member("viewer@dealer.example", harbor, Role.VIEWER),
        owner=member("owner@dealer.example", harbor, Role.OWNER),
        outsider=member("outsider@other.example", summit, Role.OWNER),
        end_customer=member("facilities@bayview.example", bayview, Role.VIEWER),
        sales=_sales_manager(),
    )


def _sales_manager() -> User:
    """May do all that sales does, which was read already, as in a request to the desk."""
    load_roles()
    user = person("sales@vendor.example", is_staff=True)
    user.groups.add(Group.objects.get(name=SALES_MANAGER.name))
    user.get_all_permissions()
    return user
