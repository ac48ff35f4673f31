"""axe-core finds nothing to object to on the main pages, nor in what they open and refuse."""

import pytest
from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.accessibility import expect_no_violations
from tests.browser.screens import LOOKS, Scheme, screen
from tests.browser.steps import (
    AN_ORDER,
    BUYER,
    OWNER,
    READ_BY_MANY,
    log_in_by_form,
    open_installation,
    press,
    quote_serials,
    start_order,
)
from tests.browser.supervised import Supervised


@pytest.mark.walk
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_no_violations(
    new_context: CreateContextCallback, demo: Supervised, scheme: Scheme, width: int
) -> None:
    page = new_context(color_scheme=scheme, viewport=screen(width)).new_page()

    page.goto("/")
    expect_no_violations(page, "public page")
    page.goto("/home/")
    expect_no_violations(page, "log-in")
    log_in_by_form(page, demo, BUYER)
    expect_no_violations(page, "home")
    page.goto("/installations/")
    expect_no_violations(page, "installations")
    open_installation(page, READ_BY_MANY)
    expect_no_violations(page, "installation")

    page.goto("/orders/")
    expect_no_violations(page, "orders")
    open_installation(page, READ_BY_MANY)
    page.get_by_role("region", name="Orders").get_by_role("link", name="PO 4711").click()
    expect(page).to_have_url(AN_ORDER)
    expect_no_violations(page, "order")

    start_order(page)
    expect_no_violations(page, "order form")
    quote_serials(page, ISS="unknown", VAI="unknown")
    press(page, "Place order")
    expect(page.get_by_role("alert")).to_contain_text("The order was not placed.")
    expect_no_violations(page, "order form with errors")


@pytest.mark.walk
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_no_violations_on_the_pages_about_people(
    new_context: CreateContextCallback, demo: Supervised, scheme: Scheme, width: int
) -> None:
    page = new_context(color_scheme=scheme, viewport=screen(width)).new_page()

    page.goto(demo.invitation_link())
    expect_no_violations(page, "invitation")
    press(page, "Create account and join")
    expect(page.get_by_text("Choose a password.")).to_be_visible()
    expect_no_violations(page, "invitation with errors")

    log_in_by_form(page, demo, OWNER)
    page.goto("/company/")
    expect_no_violations(page, "company")
    page.get_by_role("main").locator("details summary").last.click()
    page.get_by_role("banner").locator("details:visible summary").first.click()
    expect(page.get_by_role("button", name="Harbor Security West")).to_be_visible()
    expect_no_violations(page, "company with the open switcher")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Remove viewer@dealer.example")).to_be_hidden()
    press(page, "Send invitation")
    expect(page.get_by_role("alert")).to_contain_text("The invitation was not sent.")
    expect_no_violations(page, "company with errors")
    press_in_switcher(page, "Harbor Security West")
    expect(page.get_by_role("link", name="Mission Creek Boathouse")).to_be_visible()
    expect(page.get_by_role("link", name="Pier 9 Cold Storage")).to_be_hidden()


def press_in_switcher(page: Page, company: str) -> None:
    page.get_by_role("banner").locator("details:visible summary").first.click()
    press(page, company)
