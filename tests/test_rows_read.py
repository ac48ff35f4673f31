"""Rows read by every page, at two sizes: no more at the larger one than at the smaller one.

`EXPLAIN ANALYZE` of each statement says how many rows PostgreSQL read for it. What a page reads
goes with what it shows, never with what there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias

import pytest
import time_machine
from django.db import connection
from zeal import zeal_ignore

from licensing.models import Installation
from notifications.models.notices import NoticeRun
from orders.models import Order
from outbox.models import Message
from tests.answers import LISTED
from tests.cast import current
from tests.crowd import grow, patterns_in
from tests.desk.staffed import Staffed
from tests.kept_rows import kept
from tests.rows_read import Read, rows_read
from tests.threads import only_postgresql
from tests.tries import forget_all
from tests.world import AN_HOUR_LATER, World, path_of, routes, undone

pytestmark = only_postgresql

FEW, MANY = 800, 4000  # clones of the world's sites; an eighth of these is in review, held, …
FOR_EACH_ROW, BESIDES = 20, 200  # rows that a statement may read
MORE, SLACK = 1.5, 200  # that a page may read at the larger size

Counted: TypeAlias = Mapping[tuple[str, str], tuple[Sequence[Read], Sequence[Read]]]


@dataclass(frozen=True)
class Page:
    """An address, opened by somebody who may, or a form that is sent there."""

    who: str
    path: str
    data: Mapping[str, Any] | None = None


def pages(world: World) -> Iterator[tuple[str, Page]]:
    for route, name in routes():
        if route.startswith("admin/"):
            yield name or route, Page("superuser", path_of(route))
        elif route.startswith("account/"):
            yield name, Page("owner", path_of(route))
    for (method, name), _answers in LISTED.items():
        if method == "GET":
            yield name, Page("owner", world.paths[name])
        else:
            post = world.posts[name]
            yield name, Page(post.who, post.path, post.data)


def walk(world: World, opened: Any) -> dict[tuple[str, str], list[Read]]:
    found = {}
    for name, page in opened:
        forget_all()
        client = world.client(page.who)
        with undone(), zeal_ignore(), rows_read() as reads:
            if page.data is None:
                response = client.get(page.path)
            else:
                response = client.post(page.path, page.data)
            response.getvalue()
        found[name, page.path] = [Read(f"{response.status_code}",0,0), *reads]
    return found


@kept
def read(manned: Staffed) -> Counted:
    world = manned.world
    crowd = patterns_in(world)
    opened = [*pages(world)]
    with time_machine.travel(AN_HOUR_LATER, tick=False):
        grow(crowd, 1, FEW)
        few = walk(world, opened)
        grow(crowd, FEW + 1, MANY)
        many = walk(world, opened)
    return {page: (few[page], many[page]) for page in few}


def test_all(read: Counted) -> None:
    out = open("/tmp/dev/r2.reads","w")
    def print(*a): out.write(" ".join(map(str,a))+"\n")
    for (name, path), (few, many) in read.items():
        bad = [r for r in many if r.rows > FOR_EACH_ROW * r.given + BESIDES]
        f, m = sum(r.rows for r in few), sum(r.rows for r in many)
        flag = ("X" if bad else "") + ("G" if m > MORE * f + SLACK else "")
        print(f"{flag:3} {few[0].sql} {name:40} {f:7} {m:7} {len(many)-1:3} {path[:70]}")
        for r in bad:
            print("        ", r.rows, r.given, r.sql[:150], "...", r.sql[-300:])
