"""Fills a database of each size: the story once, then copies of it for many dealers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from django.core.management import call_command
from django.db import connection

from bench import cloning, databases, story
from bench.plan import Plan
from companies.models import Company, Membership, Role, User
from orders.models import Order

STORY = "bench_story"
BUYER = "buyer@dealer.example"  # of the dealer with half of all orders
SECOND = 1_000  # orders of the second dealer, at most
OF_A_SMALL_DEALER = 5  # copies of the story


def fill(plan: Plan) -> None:
    """Makes the databases; each says how long it took, and that its ledger is whole."""
    databases.create(STORY)
    databases.use(STORY)
    call_command("migrate", verbosity=0, run_syncdb=True)
    story.tell()
    _fill_all(cloning.tables(), plan)


def _fill_all(tables: Sequence[cloning.Table], plan: Plan) -> None:
    for size in plan.sizes:
        began = time.monotonic()
        databases.use(databases.create(name_of(size), like=STORY))
        with connection.cursor() as cursor:
            cursor.execute(cloning.SERIAL)
        cloning.clone(tables, list(_copies(size, plan.kept)))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (FREEZE, ANALYZE)")
            cursor.execute("CHECKPOINT")
            cursor.execute("SELECT pg_database_size(current_database())")
            taken = cursor.fetchone()[0]
        call_command("check_ledger")
        seconds = time.monotonic() - began
        print(f"{Order.objects.count():,} orders: {taken / 1e6:,.0f} MB, {seconds:,.0f} s")


def name_of(size: int) -> str:
    return f"bench_{size}"


def _copies(size: int, kept: int) -> Iterator[cloning.Copy]:
    """The first dealer gets half of all, the second up to a thousand, small ones the rest."""
    told = Order.objects.count()
    copies = max(3, round(size / told) - 1)
    large = (copies - 1) // 2
    second = max(1, min(copies // 4, SECOND // told))
    small = copies - large - second
    buyers = _dealers(1 + -(-small // OF_A_SMALL_DEALER))
    orders_of = [0] * large + [1] * second
    orders_of += [2 + number // OF_A_SMALL_DEALER for number in range(small)]
    for k, whose in enumerate(orders_of, start=1):
        place = buyers[whose]
        yield cloning.Copy(
            k, place.company_id, place.user_id, place.user.email, (k + 1) * told <= kept
        )


def _dealers(more: int) -> list[Membership]:
    """The buyer of the story's dealer, and those of more dealers, each with a buyer of its own."""
    first = Membership.objects.select_related("user").get(user__email=BUYER)
    people = [f"buyer{number}@bench.example" for number in range(1, more + 1)]
    companies = Company.objects.bulk_create(
        Company(name=f"Dealer {number}", auto_issue=True) for number in range(1, more + 1)
    )
    users = User.objects.bulk_create(User(email=email) for email in people)
    places = Membership.objects.bulk_create(
        Membership(user=user, company=company, role=Role.BUYER)
        for user, company in zip(users, companies, strict=True)
    )
    return [first, *places]
