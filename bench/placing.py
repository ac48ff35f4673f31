"""Orders placed by the portal, for the rows that measure them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import connection

from bench import databases, seeding
from bench.plan import Plan
from companies.models import Company, Membership, User
from licensing.models import Product
from orders import actions
from orders.placement import NewLine

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Dealer:
    """A company whose orders are issued as they are placed, and its buyer."""

    company: Company
    buyer: User
    lines: Sequence[NewLine]

    def place(self, orders: int = 1, notify: Sequence[str] = ()) -> None:
        for _ in range(orders):
            number = next(_NUMBERS)
            actions.place_new(
                company=self.company,
                site_name=f"Measured Works {number}",
                po_number=f"M-{number}",
                lines=self.lines,
                by=self.buyer,
                notify=notify,
            )


def dealer(email: str = seeding.BUYER) -> Dealer:
    place = Membership.objects.select_related("company", "user").get(user__email=email)
    place.company.auto_issue = True
    place.company.save(update_fields=["auto_issue"])
    products = Product.objects.select_related("family", "kit_of").in_bulk(["ISS-Expert", "VS-ES1"])
    lines = [NewLine(products["ISS-Expert"], 4), NewLine(products["VS-ES1"], 2)]
    return Dealer(place.company, place.user, lines)


@contextmanager
def scratch(plan: Plan) -> Iterator[str]:
    """A copy of the smallest database, to be written to."""
    before = databases.used()
    name = databases.create("bench_scratch", like=seeding.name_of(plan.sizes[0]))
    databases.use(name)
    try:
        yield name
    finally:
        databases.use(before if before != name else seeding.STORY)
        databases.drop(name)


# The lock of the company ----------------------------------------------------------------------


@dataclass(slots=True)
class Locked:
    """For how long companies were locked: from the answer to the lock until the commit."""

    seconds: list[float] = field(default_factory=list)
    since: float | None = None

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        answer = execute(sql, params, many, context)
        if self.since is None and '"companies_company"' in sql and " FOR " in sql[-40:]:
            self.since = time.perf_counter()
        return answer

    def ended(self) -> None:
        if self.since is not None:
            self.seconds.append(time.perf_counter() - self.since)
            self.since = None


@contextmanager
def company_locks() -> Iterator[Locked]:
    locked = Locked()
    with connection.execute_wrapper(locked), _at_the_end(locked.ended):
        yield locked


@contextmanager
def _at_the_end(ended: Callable[[], None]) -> Iterator[None]:
    """Calls it when a transaction has ended, in either way."""
    kept = {name: getattr(connection, name) for name in ("commit", "rollback")}

    def also(end: Callable[[], None]) -> Callable[[], None]:
        def both() -> None:
            end()
            ended()

        return both

    for name, end in kept.items():
        setattr(connection, name, also(end))
    try:
        yield
    finally:
        for name in kept:
            delattr(connection, name)
