"""The order form says that it waits, and that it is done."""

from playwright.sync_api import Page, Route, expect

from tests.browser.steps import (
    BUYER,
    describe_new_site,
    fill_in_lines,
    fill_in_po,
    line,
    log_in,
    place_order,
    press,
    start_order,
)
from tests.browser.supervised import Supervised


def test_adding_a_line_says_that_it_is_under_way(page: Page, demo: Supervised) -> None:
    # Given an order form on a slow line
    log_in(page, demo, BUYER)
    start_order(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/orders/new/", hold)
    form, button = page.locator("#order-form"), page.get_by_role("button", name="Add line")
    button.scroll_into_view_if_needed()
    place = button.bounding_box()

    # When a line is added, twice by mistake
    press(page, "Add line")
    expect(form).to_have_attribute("aria-busy", "true")
    press(page, "Add line")

    # Then it says so, nothing jumps, and it is one line in the end
    assert button.bounding_box() == place
    assert len(held) == 1
    held[0].continue_()
    expect(line(page, 2)).to_be_visible()
    expect(line(page, 3)).to_have_count(0)
    expect(form).not_to_have_attribute("aria-busy", "true")
    expect(button).to_be_focused()


def test_a_placed_order_says_what_comes_next(page: Page, demo: Supervised) -> None:
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, "Slipway 4")
    fill_in_po(page, "5010")
    fill_in_lines(page, {"ISS-Expert": 1})
    place_order(page)
    expect(page.get_by_role("status").filter(has_text="Order issued.")).to_be_visible()
