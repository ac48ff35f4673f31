"""The page of a site shows the newest part of a long history; links lead to the rest of it."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client

from licensing.models import Installation
from tests.cast import NOW, Cast
from tests.customers.long_history import site_with_updates
from tests.customers.reading import LogIn, page, statements
from tests.pages import every, has, linked, only, words, words_of
from tests.sizes import MAX_SITE

LONG = 300


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(site: Installation) -> str:
    return f"/installations/{site.reference}/"


def follow(client: Client, path: str, link: str) -> list[str]:
    """The pages that one reads who clicks that link for as long as there is one."""
    found = [page(client, path)]
    while ways := [way for way, text in linked(found[-1]) if text == link]:
        found.append(page(client, path + ways[0].partition("#")[0]))
    return found


def test_three_hundred_updates_cost_what_three_do(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    short, long = site_with_updates(cast, 3), site_with_updates(cast, LONG)
    content = page(client, path_of(long))
    assert len(content.encode()) <= MAX_SITE
    assert statements(client, path_of(long)) == statements(client, path_of(short))
    assert len(every(content, "tr, .lot, .seg")) < 90
    assert f"Last 5 of {LONG} updates" in words(content)
    assert f"Replaced {LONG - 1} times" in words(content)
    assert f"{LONG} licenses run today" in words(content)


def test_each_update_is_in_the_list_once_page_by_page(cast: Cast, log_in: LogIn) -> None:
    site = site_with_updates(cast, 30)
    client = log_in(cast.buyer)
    pages = follow(client, path_of(site), "Older updates")
    numbers = [number for each in pages for number in words_of(each, "#updates th[scope=row]")]
    assert numbers == [f"R{number}" for number in range(30, 0, -1)]
    shown = [text for each in pages for text in words_of(each, "#updates .serial")]
    assert set(shown) >= set(site.serials.values_list("number", flat=True))
    assert [has(each, "#updates[open]") for each in pages] == [False, True, True]
    pictures = [only(each, ".lanes").html for each in pages]
    assert pictures == pictures[:1] * 3  # it stays that of the newest ones


def test_each_term_is_shown_once_page_by_page(cast: Cast, log_in: LogIn) -> None:
    site = site_with_updates(cast, 30)
    pages = follow(log_in(cast.buyer), path_of(site), "More subscriptions")
    shown = [text for each in pages for text in words_of(each, ".lot [role=img]")]
    assert len(shown) == 30
    labels = [
        each.attributes["aria-label"] for one in pages for each in every(one, ".lot [role=img]")
    ]
    assert len(set(labels)) == 30
    assert "13 to 24 of 30" in words(pages[1])


@pytest.mark.parametrize(
    "query", ["before=0", "before=1", "before=999", "before=-3", "before=²", "before=9999999999"]
)
def test_what_is_no_update_begins_at_the_newest(cast: Cast, log_in: LogIn, query: str) -> None:
    site = site_with_updates(cast, 8)
    content = page(log_in(cast.buyer), f"{path_of(site)}?{query}&terms=99{query[7:]}")
    assert words_of(content, "#updates th[scope=row]")[0] == "R8"
    assert len(every(content, ".lot")) == 8
