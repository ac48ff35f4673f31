"""Somebody walks through every page: axe is content, nothing is too wide, the browser is quiet."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page

from tests.browser.accessibility import load_axe, objections
from tests.browser.screens import Scheme, screen, too_wide
from tests.browser.steps import log_in
from tests.browser.supervised import Supervised
from tests.browser.walk import NO_PAGES, NOBODY, WALKS, Stop, named_routes
from tests.browser.watch import Watch

# Both themes and both widths. The main pages are seen in the other two by test_accessibility.py.
LOOKS: tuple[tuple[Scheme, int], ...] = (("light", 1280), ("dark", 390))
OK, REFUSED = 200, {403, 404}


def test_no_page_is_left_out() -> None:
    walked = {stop.route for stops in WALKS.values() for stop in stops} - {""}
    assert walked & NO_PAGES.keys() == set()
    assert walked | NO_PAGES.keys() == named_routes()


@pytest.mark.walk
@pytest.mark.parametrize("email", WALKS, ids=lambda email: email.partition("@")[0] or "nobody")
def test_every_page(page: Page, watch: Watch, demo: Supervised, email: str) -> None:
    if email != NOBODY:
        log_in(page, demo, email)
    problems = [
        f"{stop.route} {page.url}: {problem}"
        for stop in WALKS[email]
        for problem in visit(page, watch, demo, stop)
    ]
    assert not problems, "\n".join(problems)


def visit(page: Page, watch: Watch, demo: Supervised, stop: Stop) -> list[str]:
    """The faults of the page."""
    look(page, *LOOKS[0])
    status = stop.reach(page, demo)
    if status in REFUSED and stop.may_be_refused:
        watch.forgive(page.url)
    elif status != OK:
        return [f"status {status}"]
    elif (route := resolve(urlsplit(page.url).path).view_name) != stop.route:
        return [f"leads to {route}"]
    return [*violations(page), *too_wide(page)]


def violations(page: Page) -> list[str]:
    """In all looks. It was reached in the first one: laying it out again takes its time."""
    found = []
    load_axe(page)
    for number, (scheme, width) in enumerate(LOOKS):
        if number:
            look(page, scheme, width)
        if objected := objections(page):
            found.append(f"{scheme}, {width}: {objected}")
    return found


def look(page: Page, scheme: Scheme, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(screen(width))
