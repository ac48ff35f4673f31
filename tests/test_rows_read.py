"""The rows that each page reads, at two sizes: no more at the larger one than at the smaller one.

PostgreSQL tells the rows that it reads for a statement (`tests/rows_read.py`). They go with what a
page shows, never with what there is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.urls import resolve, reverse
from zeal import zeal_ignore

from licensing.models import Installation
from orders.models import Order
from outbox.models import Message
from tests.answers import LISTED
from tests.cast import current
from tests.crowd import grow, patterns_in
from tests.desk.staffed import Staffed
from tests.letters import write_letters
from tests.rows_read import Read, rows_read
from tests.tries import forget_all
from tests.world import AN_HOUR_LATER, World, path_of, routes, undone

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite does not tell how many rows it reads"
    ),
]

FEW, MANY = 800, 4000  # clones of each site; an eighth of them is held, undelivered, and so on
LONGEST = 100  # rows that a page shows at most
FOR_EACH_ROW, BESIDES = 20, 200  # rows that a statement may read
MORE, SLACK = 1.5, 200  # rows that a page may read beyond those of the smaller size
ENDS = re.compile(r"LIMIT (501|1001)\b")  # a list's keys, or a count, that go no further
WAYS = 2  # to such a row: by an index, then in its table

# Routes that still read more, or their searches alone, each with the reason. What reads no more
# than it may has to go from here.
SEARCHES = " searched"
BY_COMPANY = (
    "half of all rows belong to a company that is found: each is looked up with its company"
)
NOT_YET = {
    "index": "counts all mails that wait or failed",
    "health": "counts all mails that wait or failed",
    "home": "counts, and looks through all lots that end and all held orders",
    "order_bulk": "the same file is looked for among all of its user's files",
    "orders_order_changelist": "of a small table PostgreSQL rather sorts all orders in a state",
    f"autocomplete{SEARCHES}": BY_COMPANY,
    f"companies_membershipevent_changelist{SEARCHES}": BY_COMPANY,
    f"licensing_installation_changelist{SEARCHES}": BY_COMPANY,
    f"orders_order_changelist{SEARCHES}": "a name of many orders, few of which have the status",
}
# Routes that no role can open here, and pages about no rows; each with its answer.
CLOSED = {
    "mfa_deactivate_totp": 404,  # the owner has no second factor
    "mfa_view_recovery_codes": 404,
    "mfa_download_recovery_codes": 404,
    "mail_preview": 404,  # sample data
    "mail_preview_html": 404,
    "mail_preview_attachment": 404,
    "logout": 405,
    "admin/(?P<url>.*)$": 404,
}

ROUTES = sorted({name or route for route, name in routes()})
Verdict: TypeAlias = tuple[int, list[str]]  # the answer, and what was read too much


@dataclass(frozen=True)
class Page:
    """An address that is opened by who may, or a form that is sent there."""

    route: str
    who: str
    path: str  # {middle} stands for the row in the middle of the list
    data: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{'GET' if self.data is None else 'POST'} {self.path} as {self.who}"


def too_much(few: Sequence[Read], many: Sequence[Read]) -> Iterator[str]:
    """The statements that read more than they may at the larger size, and whether the page does."""
    ends = 0
    for read in many:
        end = ENDS.search(read.sql)
        counted = WAYS * int(end[1]) if end else 0
        ends += counted
        allowed = FOR_EACH_ROW * min(read.given, LONGEST) + BESIDES
        if read.rows > (max(allowed, BESIDES + counted) if read.given <= 1 else allowed):
            yield f"{read.rows} rows read and {read.given} given by {read.sql}"
    before, after = (sum(read.rows for read in reads) for reads in (few, many))
    if after > MORE * before + SLACK + ends:
        yield f"{after} rows read instead of {before}"


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
    for name in ("order_bulk_upload", "order_bulk_result"):
        yield Page(name, "buyer", world.paths[name])
    yield from searches(world)
    yield from at_the_desk(world)
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


def at_the_desk(world: World) -> Iterator[Page]:
    """The forms of the desk, and its pages about an order of that kind."""
    for post in world.more_posts.values():
        if post.path.startswith("/admin/"):
            yield Page(resolve(post.path).url_name or "", post.who, post.path, post.data)
    order, company = f"/admin/orders/order/{world.issued.pk}/", world.cast.harbor.pk
    mail = Message.objects.filter(record__startswith=world.site.reference).latest("pk")
    more = [
        f"/admin/orders/order/{world.order.pk}/documents/{world.document.reference}/",
        f"{order}confirmation/",
        f"{order}confirmation/en.pdf",
        f"{order}confirmation/{mail.pk}/eml/",
        f"/admin/orders/order/enter/{company}/",
        f"/admin/orders/order/enter/{company}/bulk/",
    ]
    for path in more:
        yield Page(resolve(path).url_name or "", "superuser", path)
    chooser = "/admin/autocomplete/?app_label=notifications&model_name=contact&field_name"
    for field in ("installation", "company"):
        for term in ("harbor", "no such"):
            yield Page("autocomplete", "superuser", f"{chooser}={field}&term={term}")


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
        names = model.objects.visible_to(getattr(world.cast, page.who)).values_list(
            "reference", flat=True
        )
    else:
        app, name = page.route.split("_")[:2]
        names = apps.get_model(app, name)._base_manager.values_list("pk", flat=True)
    rows = [*names.order_by("pk")]
    return page.path.format(middle=rows[len(rows) // 2] if rows else "")


def walk(world: World, opened: Sequence[Page]) -> dict[str, tuple[int, list[Read]]]:
    """By page, the answer and what was read for it."""
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


def verdicts(world: World) -> dict[str, dict[str, Verdict]]:
    """By route and page."""
    found: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
    write_letters()  # a mail that was sent has one
    crowd = patterns_in(world)
    with time_machine.travel(AN_HOUR_LATER, tick=False):
        opened = [*pages(world)]
        grow(crowd, 1, FEW)
        few = walk(world, opened)
        grow(crowd, FEW + 1, MANY)
        many = walk(world, opened)
    for page in opened:
        status, reads = many[str(page)]
        found[page.route][str(page)] = status, [*too_much(few[str(page)][1], reads)]
    return dict(found)


def test_each_page_reads_what_it_shows_and_no_more_where_there_is_more(manned: Staffed) -> None:
    """All pages in one test, as they need one crowd, which takes its time to make."""
    seen = verdicts(manned.world)
    faults = [fault for route in ROUTES for fault in faults_of(route, seen.get(route, {}))]
    assert not faults, "\n".join(faults)


def faults_of(route: str, pages: Mapping[str, Verdict]) -> Iterator[str]:
    answers = {status for status, _faults in pages.values()}
    shut = {CLOSED.get(route, 403 if route.endswith(("_add", "_delete")) else 200)}
    if answers != shut and min(answers, default=500) >= 400:
        yield f"{route}: say in `pages` how it is opened."
    faults = {page: faults for page, (_, faults) in pages.items() if faults}
    searched = {page for page in faults if "q=" in page or "term=" in page}
    for known, pages_of_it in ((route, {*faults}), (f"{route}{SEARCHES}", searched)):
        if known in NOT_YET:
            if not pages_of_it:
                yield f"{known} reads no more than it may. Take it out of NOT_YET."
            faults = {page: faults[page] for page in faults.keys() - pages_of_it}
    for page, found in faults.items():
        yield f"{route}, {page}: {found}"


def test_what_reads_too_much_is_a_route() -> None:
    assert {known.removesuffix(SEARCHES) for known in NOT_YET} | CLOSED.keys() <= {*ROUTES}
