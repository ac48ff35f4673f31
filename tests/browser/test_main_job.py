"""A dealer's buyer orders licenses, and finds the serial numbers: the site's main job."""

import re

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.steps import (
    AN_ORDER,
    BUYER,
    OUTSIDER,
    READ_BY_MANY,
    VIEWER,
    current_serials,
    describe_new_site,
    expect_state,
    field,
    fill_in_lines,
    fill_in_po,
    line,
    log_in,
    open_installation,
    order_new_site,
    order_serials,
    pasted,
    place_order,
    press,
    quote_serials,
    read_serial,
    read_serials,
    serial_history,
    start_order,
    with_and_without_script,
)
from tests.browser.supervised import Supervised, subject_of, text_of


def test_a_buyer_orders_and_updates_a_site(page: Page, demo: Supervised) -> None:
    # Given a buyer whose company needs no review
    log_in(page, demo, BUYER)

    # When they order for a new site
    order_new_site(page, "Breakwater Marina", "5001", {"ISS-Expert": 4, "VS-ES1": 2})

    # Then both serials are there at once, and arrive by mail
    expect_state(page, "Issued")
    iss = read_serial(order_serials(page), "ISS")
    first_vai = read_serial(order_serials(page), "VAI")
    letter = demo.wait_for_letter("5001")
    assert subject_of(letter).startswith("License confirmation")
    assert letter["To"] == BUYER
    assert iss in text_of(letter)
    assert first_vai in text_of(letter)

    # When they order more for the site, quoting both
    start_order(page)
    quote_serials(page, ISS=iss, VAI=first_vai)
    fill_in_po(page, "5002")
    fill_in_lines(page, {"ISS-Backup": 2, "VS-ADV1": 1})
    place_order(page)

    # Then the ISS serial stays, and a new VAI serial replaces the old one
    expect_outcome(page, "ISS", "Stays the same")
    expect_outcome(page, "VAI", "Replaced")
    assert read_serial(order_serials(page), "ISS") == iss
    old_vai, vai = read_serials(order_serials(page), "VAI")
    assert old_vai == first_vai
    assert vai != first_vai
    letter = demo.wait_for_letter("5002")
    assert subject_of(letter).startswith("Revised license confirmation")
    assert re.search(rf"^ISS: Stays the same\n\s+{iss}$", text_of(letter), re.MULTILINE)
    assert re.search(rf"^VAI: New, replaces the old one\n\s+{vai}$", text_of(letter), re.MULTILINE)
    assert f"It replaces {first_vai}." in text_of(letter)

    # And the site's page shows what to quote now, and what was before
    open_installation(page, "Breakwater Marina")
    assert read_serial(current_serials(page), "ISS") == iss
    assert read_serial(current_serials(page), "VAI") == vai
    assert read_serials(serial_history(page), "ISS") == [iss]
    assert read_serials(serial_history(page), "VAI") == [first_vai, vai]


def expect_outcome(page: Page, family: str, outcome: str) -> None:
    heading = re.compile(rf"^{family}\s*{outcome}$")
    expect(order_serials(page).get_by_role("heading", name=heading)).to_be_visible()


def test_a_serial_is_copied(page: Page, demo: Supervised) -> None:
    # Given a buyer on a site's page
    page.context.grant_permissions(["clipboard-write"])
    log_in(page, demo, BUYER)
    open_installation(page, "Quay Street Garage")

    # When they press the button beside the serial
    current_serials(page).get_by_role("button", name="Copy VAI serial").click()

    # Then it is in the clipboard, and they are told so
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    copied = pasted(page)
    assert copied == read_serial(current_serials(page), "VAI")


def test_serials_in_each_other_s_field_are_understood(page: Page, demo: Supervised) -> None:
    # Given a site with both serials
    log_in(page, demo, BUYER)
    order_new_site(page, "Crossed Berth", "5002-C", {"ISS-Expert": 2, "VS-ES1": 1})
    iss, vai = (read_serial(order_serials(page), family) for family in ("ISS", "VAI"))

    # When an order quotes each in the other's field
    start_order(page)
    quote_serials(page, ISS=vai, VAI=iss)
    fill_in_po(page, "5003")
    fill_in_lines(page, {"VS-ES1": 1})
    place_order(page)

    # Then it is for that site
    expect_state(page, "Issued")
    expect(page.get_by_role("main").get_by_role("link", name="Crossed Berth")).to_be_visible()
    assert read_serial(order_serials(page), "ISS") == iss
    assert read_serials(order_serials(page), "VAI")[0] == vai


@with_and_without_script
def test_lines_come_and_go(
    new_context: CreateContextCallback, demo: Supervised, script: bool
) -> None:
    # Given an order that is half filled in
    page = new_context(java_script_enabled=script).new_page()
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, f"Jetty {script}")
    fill_in_po(page, f"5005-{script}")
    fill_in_lines(page, {"ISS-Expert": 4, "VS-ES1": 2})

    # When another line is added, and the first one removed
    press(page, "Add line")
    expect(line(page, 3)).to_be_visible()
    press(page, "Remove line 1")
    expect(line(page, 3)).to_have_count(0)

    # Then what was typed is still there, and the page tells no errors
    expect(field(page, "Site name")).to_have_value(f"Jetty {script}")
    expect(field(page, "PO number")).to_have_value(f"5005-{script}")
    expect(line(page, 1).get_by_label("Product")).to_have_value("VS-ES1")
    expect(line(page, 1).get_by_label("Quantity")).to_have_value("2")
    expect(line(page, 2).get_by_label("Quantity")).to_have_value("")
    expect(page.get_by_role("alert")).to_have_count(0)

    # And the order can be placed; the blank line does not matter
    place_order(page)
    assert read_serials(order_serials(page), "ISS") == []
    assert len(read_serials(order_serials(page), "VAI")) == 1


def test_a_viewer_sees_and_does_not_order(page: Page, demo: Supervised) -> None:
    log_in(page, demo, VIEWER)
    page.goto("/installations/")
    expect(page.get_by_role("link", name=READ_BY_MANY)).to_be_visible()
    expect(page.get_by_role("link", name="Order licenses")).to_have_count(0)

    open_installation(page, READ_BY_MANY)
    assert read_serial(current_serials(page), "ISS")
    expect(page.get_by_role("link", name="Order licenses")).to_have_count(0)

    assert page.request.get("/orders/new/").status == 403


def test_another_company_sees_nothing(page: Page, colleague: Page, demo: Supervised) -> None:
    # Given the addresses of a site and of an order
    log_in(page, demo, BUYER)
    open_installation(page, READ_BY_MANY)
    installation = page.url
    page.get_by_role("region", name="Orders").get_by_role("link", name="PO 4388").click()
    expect(page).to_have_url(AN_ORDER)
    order = page.url

    # When somebody of another company opens them
    log_in(colleague, demo, OUTSIDER)

    # Then there is nothing, although there is for the buyer
    colleague.goto("/installations/")
    expect(colleague.get_by_role("link", name="Cape Lookout Station")).to_be_visible()
    expect(colleague.get_by_role("link", name=READ_BY_MANY)).to_have_count(0)
    for address in (installation, order):
        assert page.request.get(address).status == 200
        assert colleague.request.get(address).status == 404
