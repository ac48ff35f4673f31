"""Every page that everybody can open: a time of day stands with its zone, and in the right one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from zeal import zeal_ignore

from companies.models import User
from tests.pages import words, words_of
from tests.world import World, path_of, routes

TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b(?: [AP]M)?( (?:[A-Z]{3,5}|[+-]\d{2,4}))?")


def texts_of(client: Client, paths: list[str]) -> dict[str, str]:
    found = {}
    for path in paths:
        answer: Any = client.get(path)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            found[path] = words(answer)
        answer.getvalue()  # to the end: a download is open still
    return found


@pytest.mark.parametrize(("role", "language"), [("buyer", "es"), ("superuser", "en")])
def test_no_page_has_a_time_without_its_zone(world: World, role: str, language: str) -> None:
    client = world.client(role)
    User.objects.filter(email=str(world.user(role))).update(language=language)
    paths = [world.paths.get(name) or path_of(route) for route, name in routes()]
    with zeal_ignore():  # many requests are one page to it
        texts = texts_of(client, [path for path in paths if "logout" not in path])
    times = [found for text in texts.values() for found in TIME.finditer(text)]
    assert len(times) > 3
    bare = {
        f"{path}: {found.group()}"
        for path, text in texts.items()
        for found in TIME.finditer(text)
        if not found[1]
    }
    assert not bare


def test_the_desk_reads_times_in_the_zone_of_sales(world: World, settings: Any) -> None:
    settings.SALES_TIME_ZONE = "Asia/Tokyo"
    page = world.client("sales").get("/admin/orders/order/")
    assert "Nov 25, 2026, 12:00 AM JST" in words(page)


def test_members_read_times_in_the_zone_of_their_company(world: World, settings: Any) -> None:
    settings.SALES_TIME_ZONE = "Asia/Tokyo"
    page = world.client("buyer").get(world.paths["order"])
    assert {"Nov 24, 2026, 9:00 AM CST"} <= {*words_of(page, "time")}
