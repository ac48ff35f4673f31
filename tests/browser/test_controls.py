"""Every control is seen: its edge has 3:1 against what is around it, in every theme."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.controls import weak_controls, without_focus_ring
from tests.browser.screens import Scheme, screen
from tests.browser.steps import (
    BUYER,
    OWNER,
    READ_BY_MANY,
    SALES,
    describe_new_site,
    fill_in_lines,
    fill_in_po,
    log_in,
    open_installation,
    start_order,
)
from tests.browser.supervised import Supervised

THEMES: tuple[Scheme, ...] = ("light", "dark")
ORDERS = "/admin/orders/order/"
DESK = ("/admin/", ORDERS, f"{ORDERS}enter/", "/admin/companies/company/", "/admin/outbox/message/")


def judge(page: Page) -> list[str]:
    path = urlsplit(page.url).path
    return [f"{path}: {each}" for each in [*weak_controls(page), *without_focus_ring(page)]]


def opened(page: Page, *paths: str) -> list[str]:
    found = []
    for path in paths:
        page.goto(path)
        found += judge(page)
    return found


@pytest.mark.walk
@pytest.mark.parametrize("scheme", THEMES)
def test_of_customers(new_context: CreateContextCallback, demo: Supervised, scheme: Scheme) -> None:
    page = new_context(color_scheme=scheme, viewport=screen(1280)).new_page()
    found = opened(page, "/", "/account/login/", demo.invitation_link())
    log_in(page, demo, BUYER)
    found += opened(page, "/home/", "/installations/", "/orders/", "/orders/bulk/", "/guide/")
    open_installation(page, READ_BY_MANY)
    found += judge(page)
    found += opened(page, f"{urlsplit(page.url).path}contacts/", "/account/two-step/")
    found += consent(page)
    page.context.clear_cookies()
    log_in(page, demo, OWNER)
    found += opened(page, "/company/")
    assert not found, "\n".join(found)


def consent(page: Page) -> list[str]:
    """The order form with a box to confirm, lines, and a mistake."""
    start_order(page)
    describe_new_site(page, READ_BY_MANY)
    fill_in_po(page, "5901")
    with page.expect_response("**/orders/new/"):
        fill_in_lines(page, {"ISS-Expert": 3})
        page.get_by_label("Quantity").blur()
    page.locator("input[name=confirmed]").wait_for()
    return judge(page)


@pytest.mark.walk
@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("chosen", ["auto", "light", "dark"])
def test_of_the_desk(
    new_context: CreateContextCallback, demo: Supervised, scheme: Scheme, chosen: str
) -> None:
    page = new_context(color_scheme=scheme, viewport=screen(1280)).new_page()
    page.add_init_script(f"localStorage.setItem('theme', '{chosen}')")
    log_in(page, demo, SALES)
    found = opened(page, *DESK)
    page.goto(f"{ORDERS}?status=held")
    page.locator("#result_list tbody th a").first.click()
    found += judge(page)
    assert not found, "\n".join(found)
