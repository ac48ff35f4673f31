"""Measures what pages read, how they grow with the orders, and what their visitors load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import databases, placing, seeding, visitors
from bench.measuring import OURS, Reading, cpu, heard, median_seconds, reading
from bench.plan import Plan
from bench.table import Found
from bench.visitors import Town
from licensing.models import Installation
from orders import actions
from orders.models import Order
from orders.placement import NewLine, Quote
from tests.cast import current, place_confirmed

KINDS = ("home", "sites", "orders", "search", "form", "forecast", "desk")
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
IN_STYLES = re.compile(r"url\(\"?(?!data:)([^)\"#]+)\"?\)")


def rows_read(plan: Plan) -> Found:
    """The statement of each page that reads most; half of all orders are the dealer's."""
    town = visitors.town(plan.sizes[-1])
    read = {name: _read(town, name) for name in town.pages}
    over = {name: each for name, each in read.items() if each.rows > _allowed(each)}
    name, worst = max(read.items(), key=lambda found: found[1].rows / _allowed(found[1]))
    return Found(
        f"{worst.rows:,} where {_allowed(worst):,} are allowed ({name}); "
        f"{len(over)} of {len(read)} pages over it",
        f"rows that the scans of a statement found or threw away, by EXPLAIN (ANALYZE), of "
        f"{plan.sizes[-1]:,} orders; shown: the rows that a statement of the page answers with",
        [f"{name}: {each.rows:,} of {_allowed(each):,} allowed" for name, each in read.items()],
    )


def _allowed(found: Reading) -> int:
    return 20 * found.shown + 200


def _read(town: Town, page: str) -> Reading:
    town.open(page)  # what a process asks once
    with heard() as listener:
        town.open(page)
    return reading(listener.statements)


@dataclass(frozen=True, slots=True)
class Grown:
    buffers: float
    time: float

    def __str__(self) -> str:
        return f"{self.buffers:.1f}/{self.time:.1f}"


def growth(plan: Plan) -> Found:
    """Each page in the largest database ÷ the same in the smallest."""
    small, *larger = (visitors.town(size) for size in plan.sizes)
    before = {name: _read(small, name) for name in small.pages}
    more, grown = [], {}
    for large in larger:
        grown = {name: _grown(small, large, name, before[name], plan) for name in large.pages}
        worst = " ".join(f"{kind} {_worst(grown, kind)}" for kind in KINDS)
        more.append(f"{large.name.removeprefix('bench_')} orders: {worst}")
    return Found(
        ", ".join(f"{kind} {_worst(grown, kind)}" for kind in KINDS),
        f"{plan.sizes[-1]:,} orders ÷ {plan.sizes[0]:,}: buffers/time, of each kind the page that "
        f"grew most; buffers of all statements by EXPLAIN (ANALYZE, BUFFERS); time: median of "
        f"{plan.openings} openings in this process, in turns",
        [*more, *(f"{name}: {each}" for name, each in grown.items())],
    )


def _grown(small: Town, large: Town, page: str, before: Reading, plan: Plan) -> Grown:
    after = _read(large, page)
    taken = median_seconds(
        {"small": lambda: small.open(page), "large": lambda: large.open(page)}, plan.openings
    )
    return Grown(after.buffers / max(1, before.buffers), taken["large"] / taken["small"])


def _worst(grown: Mapping[str, Grown], kind: str) -> Grown:
    of_kind = [each for name, each in grown.items() if name.startswith(kind)]
    return max(of_kind, key=lambda each: each.buffers)


def statements(plan: Plan) -> Found:
    """Counts those of the search and of the forecast that take most, limits included."""
    town = visitors.town(plan.sizes[0])
    counted = {page: _count(town, page) for page in town.pages}
    most = [max(_of_kind(counted, kind), key=len) for kind in ("search", "forecast")]
    return Found(
        f"{len(most[0])}, {len(most[1])}",
        "all that goes to the database, BEGIN, COMMIT and savepoints as well; in brackets without "
        "BEGIN and COMMIT",
        [f"{page}: {len(each)} ({len(_bare(each))})" for page, each in counted.items()],
    )


def _of_kind(counted: Mapping[str, list[str]], kind: str) -> list[list[str]]:
    return [each for page, each in counted.items() if page.startswith(kind)]


def _bare(statements: Sequence[str]) -> list[str]:
    return [sql for sql in statements if not sql.startswith(OURS)]


def _count(town: Town, page: str) -> list[str]:
    town.open(page)
    with CaptureQueriesContext(connection) as captured:
        town.pages[page].opened_by(town.clients)
    return [query["sql"] for query in captured]


# Bytes ----------------------------------------------------------------------------------------


def loaded(plan: Plan) -> Found:
    """The bytes of a list page, and of the public page with all that it links to."""
    databases.use(seeding.name_of(plan.sizes[-1]))
    client = visitors.logged_in(seeding.BUYER)
    page = len(client.get("/orders/", headers=BROWSER).content)
    visitor = Client()
    files = {path: _bytes(visitor, path) for path in _linked(visitor, "/")}
    first = len(visitor.get("/", headers=BROWSER).content) + sum(files.values())
    largest = sorted(files.items(), key=lambda file: -file[1])[:5]
    return Found(
        f"{page / 1000:.1f} kB; {first / 1000:.0f} kB",
        f"the orders of the dealer; the public page with its {len(files)} styles, scripts, "
        "pictures and fonts; bytes of the bodies as a browser that takes br and gzip gets them",
        [f"{path}: {size / 1000:.1f} kB" for path, size in largest],
    )


def _linked(client: Client, path: str) -> list[str]:
    html = client.get(path).content.decode()
    found = dict.fromkeys(LINKED.findall(html))
    for style in [each for each in found if each.endswith(".css")]:
        folder = style.rpartition("/")[0]
        text = b"".join(_body(client.get(style))).decode()
        found |= dict.fromkeys(f"{folder}/{url}" for url in IN_STYLES.findall(text))
    return list(found)


def _bytes(client: Client, path: str) -> int:
    return sum(map(len, _body(client.get(path, headers=BROWSER))))


def _body(answer: Any) -> Iterator[bytes]:
    return iter(answer.streaming_content) if answer.streaming else iter([answer.content])


# A long history -------------------------------------------------------------------------------


def long_history(plan: Plan) -> Found:
    """The page of a site with many revisions ÷ that of one with three."""
    with placing.scratch(plan):
        dealer = placing.dealer()
        sites = {revisions: _site(dealer, revisions) for revisions in (3, plan.revisions)}
        client = visitors.logged_in(seeding.BUYER)
        spent, html = dict.fromkeys(sites, 0.0), dict.fromkeys(sites, 0)
        for turn in range(plan.openings + 1):
            for revisions, site in sites.items():
                began = cpu()
                html[revisions] = len(client.get(site.get_absolute_url()).content)
                spent[revisions] += cpu() - began if turn else 0.0
    few, many = sites
    return Found(
        f"CPU {spent[many] / spent[few]:.1f}, HTML {html[many] / 1000:.0f} kB",
        f"{many} revisions ÷ {few}; seconds of processors, of this process and of its database "
        f"process, {plan.openings} openings in turns; HTML before it is compressed",
    )


def _site(dealer: placing.Dealer, revisions: int) -> Installation:
    """An installation that was ordered for so often, each time with a new VAI serial."""
    dealer.place()
    site = Installation.objects.latest("pk")
    for number in range(1, revisions):
        place_confirmed(lambda number=number, **consent: _again(dealer, site, number, **consent))
    return site


def _again(dealer: placing.Dealer, site: Installation, number: int, **consent: Any) -> Order:
    quotes = [Quote(family, current(site, family)) for family in ("ISS", "VAI")]
    lines: Sequence[NewLine] = [NewLine(dealer.lines[1].product, number)]
    return actions.place_existing(
        company=dealer.company, quotes=quotes, po_number=f"L-{site.pk}-{number}",
        lines=lines, by=dealer.buyer, **consent,
    )  # fmt: skip
