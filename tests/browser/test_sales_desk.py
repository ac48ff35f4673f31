"""Sales decides about the orders of companies that are reviewed, and the customer sees it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    OUTSIDER,
    SALES,
    expect_progress,
    expect_state,
    log_in,
    order_new_site,
    order_serials,
    press,
    read_serial,
)
from tests.browser.supervised import Supervised, text_of


@pytest.fixture
def customer(page: Page, demo: Supervised) -> Page:
    """The browser of a customer whose orders are reviewed."""
    log_in(page, demo, OUTSIDER)
    return page


@pytest.fixture
def sales(colleague: Page, demo: Supervised) -> Page:
    log_in(colleague, demo, SALES)
    return colleague


def open_waiting_order(sales: Page, site_name: str) -> None:
    """Sales is at home at the desk, which lists what waits for review."""
    sales.goto("/home/")
    expect(sales).to_have_url("/admin/")
    sales.get_by_role("row").filter(has_text=site_name).get_by_role("link").first.click()


def test_sales_issues_an_order(customer: Page, sales: Page, demo: Supervised) -> None:
    # Given an order that waits for review
    order_new_site(customer, "Pelican Pier", "20-5001", {"ISS-Expert": 8, "VS-ADV3": 8})
    expect_state(customer, "In review")
    expect(order_serials(customer)).to_have_count(0)
    assert demo.letters("20-5001") == []

    # When sales issues it
    open_waiting_order(sales, "Pelican Pier")
    press(sales, "Issue")
    expect(sales.get_by_text("is issued. The confirmation is on its way.")).to_be_visible()

    # Then the customer finds the serials on the order, and gets them by the only mail about it
    customer.reload()
    expect_state(customer, "Issued")
    letter = demo.wait_for_letter("20-5001")
    assert letter["To"] == OUTSIDER
    for family in ("ISS", "VAI"):
        assert read_serial(order_serials(customer), family) in text_of(letter)


def test_sales_rejects_an_order_with_a_reason(
    customer: Page, sales: Page, demo: Supervised
) -> None:
    # Given an order that waits for review
    order_new_site(customer, "Heron Rookery", "20-5002", {"ISS-Expert": 1})

    # When sales rejects it, first without saying why
    open_waiting_order(sales, "Heron Rookery")
    sales.get_by_role("link", name="Reject", exact=True).click()
    press(sales, "Reject order")
    reason = sales.get_by_label("Reason")
    expect(reason).to_have_accessible_description(re.compile("This field is required"))
    customer.reload()
    expect_state(customer, "In review")

    # And then with a reason
    reason.fill("The site was sold.")
    press(sales, "Reject order")
    expect(sales.get_by_text("is rejected.")).to_be_visible()

    # Then the customer is told why, on the order and by the only mail about it, and gets no serials
    customer.reload()
    expect_state(customer, "Rejected")
    expect_progress(customer, "The site was sold.")
    expect(order_serials(customer)).to_have_count(0)
    letter = demo.wait_for_letter("20-5002")
    assert letter["To"] == OUTSIDER
    assert "The site was sold." in text_of(letter)
    assert not re.search(r"\b(ISS|VAI)(-[0-9A-Z]{4})+", text_of(letter))
