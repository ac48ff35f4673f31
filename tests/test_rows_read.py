"""The rows that each page reads, at two sizes: no more at the larger one than at the smaller one.

PostgreSQL tells the rows that it reads for a statement (`tests/rows_read.py`). They go with what a
page shows, never with what there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.urls import reverse
from zeal import zeal_ignore

from licensing.models import Installation
from orders.models import Order
from tests.answers import LISTED
from tests.cast import current
from tests.crowd import grow, patterns_in
from tests.desk.staffed import Staffed
from tests.kept_rows import kept
from tests.rows_read import Read, rows_read
from tests.tries import forget_all
from tests.world import AN_HOUR_LATER, World, path_of, routes, undone

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite does not tell how many rows it reads"
)

FEW, MANY = 800, 4000  # clones of each site; an eighth of them is held, undelivered, and so on
LONGEST = 100  # rows that a page shows at most
FOR_EACH_ROW, BESIDES = 20, 200  # rows that a statement may read
MORE, SLACK = 1.5, 200  # rows that a page may read beyond those of the smaller size
COUNTED = re.compile(r"LIMIT (501|1001)\b")  # keys of a long list, or a count, which ends there

# Pages that still read more, by their route or their address, each with the reason. What reads no
# more than it may any longer has to go from here.
NOT_YET: dict[str, str] = {}


@dataclass(frozen=True)
class Page:
    """An address that is opened by who may, or a form that is sent there."""

    route: str
    who: str
    path: str  # {middle} stands for the row in the middle of the list
    data: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{'POST ' if self.data is not None else ''}{self.path} as {self.who}"


@dataclass
class Counted:
    status: int
    few: Sequence[Read] = field(default_factory=list)
    many: Sequence[Read] = field(default_factory=list)

    @property
    def too_much(self) -> Iterator[str]:
        """The statements that read more than they show, and the page if it reads more rows."""
        for read in (*self.few, *self.many):
            if read.rows > FOR_EACH_ROW * min(read.given, LONGEST) + BESIDES:
                yield f"{read.rows} rows read and {read.given} given by {read.sql}"
        few, many = (sum(read.rows for read in reads) for reads in (self.few, self.many))
        ends = sum(3 * int(end[1]) for read in self.many if (end := COUNTED.search(read.sql)))
        if many > MORE * few + SLACK + ends:
            yield f"{many} rows read instead of {few}"


# The pages ------------------------------------------------------------------------------------


def pages(world: World) -> Iterator[Page]:
    for route, name in routes():
        if not route.startswith(("admin/", "account/")):
            continue
        who = "superuser" if route.startswith("admin/") else "owner"
        yield Page(name or route, who, path_of(route))
    for method, name in LISTED:
        if method == "GET":
            yield Page(name, "owner", world.paths[name])
        else:
            post = world.posts[name]
            yield Page(name, post.who, post.path, post.data)
    yield from searches(world)
    yield from lists(world)


def searches(world: World) -> Iterator[Page]:
    """The long lists of customers, their searches, and the form with a site."""
    serial = current(world.site, "ISS")
    for who in ("owner", "end_customer"):
        for name in ("home", "installations", "orders"):
            yield Page(name, who, reverse(name))
        for name in ("installations", "orders"):
            yield Page(name, who, f"{reverse(name)}?after={{middle}}")
        for query in (serial, world.order.po_number, world.order.reference, "harbor", "no such"):
            yield Page("installations", who, f"{reverse('installations')}?q={query}")
    form = world.posts["order_new"]
    yield Page("order_new", "buyer", f"{form.path}?installation={world.site.reference}")


def lists(world: World) -> Iterator[Page]:
    """Each list of the desk: on from the middle, by each of its filters, and searched."""
    client = world.client("superuser")
    for model, desk in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
        path = reverse(f"admin:{name}")
        with zeal_ignore():
            shown = client.get(path).context["cl"]
        if model._meta.pk.get_internal_type().endswith("AutoField"):
            yield Page(name, "superuser", f"{path}?after={{middle}}")
        for spec in shown.filter_specs:
            for choice in spec.choices(shown):
                yield Page(name, "superuser", f"{path}{choice['query_string']}")
        for query in ("harbor", "pier 9", "4701", "no such") if desk.search_fields else ():
            yield Page(name, "superuser", f"{path}?q={query}")
            if model is Order:
                yield Page(name, "superuser", f"{path}?status=all&q={query}")


def middle_of(page: Page, world: World) -> str:
    """The address, with the row in the middle of what its reader sees."""
    if "{middle}" not in page.path:
        return page.path
    if page.route in ("installations", "orders"):
        model = Installation if page.route == "installations" else Order
        names = model.objects.visible_to(world.user(page.who)).values_list("reference", flat=True)
    else:
        app, name = page.route.split("_")[:2]
        names = apps.get_model(app, name)._base_manager.values_list("pk", flat=True)
    rows = [*names.order_by("pk")]
    return page.path.format(middle=rows[len(rows) // 2] if rows else "")


def walk(world: World, opened: Sequence[Page]) -> dict[str, tuple[int, list[Read]]]:
    found = {}
    for page in opened:
        forget_all()
        path = middle_of(page, world)
        client = world.client(page.who)
        with undone(), zeal_ignore(), rows_read() as reads:
            answer = client.get(path) if page.data is None else client.post(path, page.data)
            answer.getvalue()
        found[str(page)] = answer.status_code, reads
    return found


@kept
def counted(manned: Staffed) -> dict[str, dict[str, Counted]]:
    """By route and page."""
    world = manned.world
    crowd, found = patterns_in(world), {}
    with time_machine.travel(AN_HOUR_LATER, tick=False):
        opened = [*pages(world)]
        grow(crowd, 1, FEW)
        few = walk(world, opened)
        grow(crowd, FEW + 1, MANY)
        many = walk(world, opened)
    for page in opened:
        status, reads = few[str(page)]
        found.setdefault(page.route, {})[str(page)] = Counted(status, reads, many[str(page)][1])
    return found


def test_all(counted: Any) -> None:
    out = open("/tmp/dev/r2.reads", "w")
    for route, ps in counted.items():
        for page, c in ps.items():
            few, many = (sum(r.rows for r in rs) for rs in (c.few, c.many))
            bad = [*c.too_much]
            out.write(
                f"{'X' if bad else ' '} {c.status} {few:7} {many:7} {len(c.many):3} {route:40} {page}\n"
            )
            for b in bad:
                out.write("        " + (b if len(b) < 900 else b[:130] + " … " + b[-700:]) + "\n")
