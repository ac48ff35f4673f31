"""Text typed into the order form is not lost when the session ends or somebody leaves it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps import (
    AN_ORDER,
    BUYER,
    OUTSIDER,
    describe_new_site,
    field,
    fill_in_lines,
    fill_in_po,
    follow,
    log_in,
    log_in_by_form,
    place_order,
    press,
    start_order,
)
from tests.browser.supervised import Supervised
from tests.browser.watch import Watch

TRIES = 20


def go_home_until_offered(page: Page) -> None:
    """The data that a left page sends may arrive a moment after the next page was asked for."""
    for _ in range(TRIES):
        page.goto("/home/")
        if page.get_by_text("You left an order unfinished", exact=True).count():
            return


A_DRAFT = re.compile(r"/orders/drafts/[^/]+/$")


def test_a_session_that_ends_under_the_form_loses_nothing(
    page: Page, watch: Watch, demo: Supervised
) -> None:
    # Given a form that is filled in, and a session that ended meanwhile
    log_in_by_form(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, "Night Ferry Dock")
    fill_in_po(page, "5801")
    with page.expect_response("**/orders/new/"):
        fill_in_lines(page, {"ISS-Expert": 3})
        field(page, "Quantity").blur()
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")

    # When it is sent, the log-in comes first, and then what was typed is there
    press(page, "Place order")
    expect(page).to_have_url(re.compile(r"/account/login/\?next=/orders/drafts/"))
    page.get_by_label("Email").fill(BUYER)
    page.get_by_label("Password").fill(demo.password)
    press(page, "Log in")
    expect(page).to_have_url(A_DRAFT)
    expect(field(page, "PO number")).to_have_value("5801")
    expect(field(page, "Site name")).to_have_value("Night Ferry Dock")
    expect(field(page, "Quantity")).to_have_value("3")

    # And pressed again it is one order, and no draft is left
    place_order(page)
    expect(page).to_have_url(AN_ORDER)
    page.goto("/installations/?q=5801")
    expect(page.get_by_role("link", name="PO 5801")).to_have_count(1)
    page.goto("/orders/")
    expect(page.get_by_text("PO 5801")).to_have_count(1)


def test_who_goes_elsewhere_is_offered_to_go_on(page: Page, watch: Watch, demo: Supervised) -> None:
    # Given a form that is half filled in, by somebody who has no other draft
    log_in(page, demo, OUTSIDER)
    start_order(page)
    describe_new_site(page, "Half Moon Bay")
    fill_in_po(page, "5802")

    # When somebody goes elsewhere
    page.goto("/installations/")

    # Then home and the next form offer to go on with it
    go_home_until_offered(page)
    expect(page.get_by_text("You left an order unfinished", exact=True)).to_be_visible()
    start_order(page)
    follow(page, "Go on with it")
    expect(page).to_have_url(A_DRAFT)
    expect(field(page, "PO number")).to_have_value("5802")
    expect(field(page, "Site name")).to_have_value("Half Moon Bay")

    # And a draft that was deleted does not come back when its page is left
    field(page, "PO number").fill("5803")
    press(page, "Delete draft")
    expect(page).to_have_url(re.compile(r"/orders/$"))
    page.goto("/home/")
    expect(page.get_by_text("You left an order unfinished", exact=True)).to_have_count(0)
