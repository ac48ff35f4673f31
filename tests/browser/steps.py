"""The steps of people in the portal, in their words."""

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.supervised import Supervised

BUYER = "buyer@dealer.example"
VIEWER = "viewer@dealer.example"
OWNER = "owner@dealer.example"
OUTSIDER = "outsider@other.example"
SALES = "sales@vendor.example"

READ_BY_MANY = "Harbor Point Terminal"
"""A site of the demo that many tests read. Tests that order make a site of their own."""

AN_ORDER = re.compile(r"/orders/(?!new/|bulk/)[^/]+/$")
AN_INSTALLATION = re.compile(r"/installations/[^/]+/$")

with_and_without_script = pytest.mark.parametrize(
    "script", [pytest.param(True, id="script"), pytest.param(False, id="no-script")]
)


def log_in(page: Page, demo: Supervised, email: str) -> None:
    """By the form for the first time, and then with the cookies of then: a hash takes its time."""
    if cookies := demo.cookies.get(email):
        page.context.add_cookies(cookies)
    else:
        log_in_by_form(page, demo, email)
        demo.cookies[email] = page.context.cookies()


def log_in_by_form(page: Page, demo: Supervised, email: str) -> None:
    """For a session of one's own, which a test may end or change."""
    page.goto("/home/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.password)
    press(page, "Log in")
    expect(page).to_have_url(re.compile(r"/(home|admin)/$"))


def follow(page: Page, link: str) -> None:
    page.get_by_role("main").get_by_role("link", name=link, exact=True).click()


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("main").get_by_label(label)


def pasted(page: Page) -> str:
    """The text that is pasted; our pages may not read the clipboard themselves."""
    paper = page.context.new_page()
    paper.set_content("<textarea></textarea>")
    paper.locator("textarea").press("Control+V")
    text = paper.locator("textarea").input_value()
    paper.close()
    page.bring_to_front()
    return text


def keep_waiting(page: Page, address: str) -> list[Route]:
    """The requests for that address. Each waits until the test lets it go on."""
    asked: list[Route] = []

    def wait(route: Route) -> None:
        asked.append(route)

    page.route(address, wait)
    return asked


# Ordering


def start_order(page: Page) -> None:
    page.goto("/installations/")
    follow(page, "Order licenses")


def describe_new_site(page: Page, site_name: str) -> None:
    page.get_by_role("radio", name="New installation").check()
    field(page, "Site name").fill(site_name)


def quote_serials(page: Page, **serials: str) -> None:
    """`quote_serials(page, ISS="…", VAI="…")`: by the field that each is typed into."""
    page.get_by_role("radio", name="Existing installation").check()
    for family, number in serials.items():
        field(page, f"{family} serial number").fill(number)


def fill_in_po(page: Page, po_number: str) -> None:
    field(page, "PO number").fill(po_number)


def fill_in_lines(page: Page, lines: Mapping[str, int]) -> None:
    """The quantity by part number; the first line is there, the others are added."""
    for number, (part_number, quantity) in enumerate(lines.items(), start=1):
        if number > 1:
            press(page, "Add line")
        fill_in_line(line(page, number), part_number, quantity)


def fill_in_line(line: Locator, part_number: str, quantity: int) -> None:
    begins_with_it = re.compile(rf"^\s*{part_number}(?![\w-])")
    option = line.get_by_role("option").filter(has_text=begins_with_it)
    line.get_by_label("Product").select_option(label=option.inner_text())
    line.get_by_label("Quantity").fill(str(quantity))


def line(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=f"Line {number}", exact=True)


def place_order(page: Page) -> None:
    press(page, "Place order")
    expect(page).to_have_url(AN_ORDER)


def order_new_site(page: Page, site_name: str, po_number: str, lines: Mapping[str, int]) -> None:
    start_order(page)
    describe_new_site(page, site_name)
    fill_in_po(page, po_number)
    fill_in_lines(page, lines)
    place_order(page)


# Reading


def order_serials(page: Page) -> Locator:
    return page.get_by_role("region", name="Serial numbers after this order")


def current_serials(page: Page) -> Locator:
    return page.get_by_role("region", name="Current serial numbers")


def serial_history(page: Page) -> Locator:
    return page.get_by_role("region", name="Serial history")


def read_serials(region: Locator, family: str) -> list[str]:
    """All serial numbers of that family in that part of the page, from top to bottom."""
    return re.findall(rf"\b{family}(?:-[0-9A-Z]+)+", region.inner_text())


def read_serial(region: Locator, family: str) -> str:
    """The only one."""
    (number,) = read_serials(region, family)
    return number


def open_installation(page: Page, site_name: str) -> None:
    page.goto("/installations/")
    follow(page, site_name)
    expect(page).to_have_url(AN_INSTALLATION)


def expect_state(page: Page, state: str) -> None:
    """Expects the state under the title of the order."""
    expect(page.get_by_role("main").locator("h1 + .head-sub")).to_contain_text(state)


def expect_progress(page: Page, text: str) -> None:
    """Expects the text of a step on the picture of where the order stands."""
    steps = page.get_by_role("region", name="Where the order stands").get_by_role("listitem")
    expect(steps.filter(has_text=text)).to_be_visible()
