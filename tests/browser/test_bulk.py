"""Many orders come in one file: previewed, corrected, previewed again, and placed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.accessibility import expect_no_violations
from tests.browser.screens import LOOKS, Scheme, screen
from tests.browser.steps import OWNER, field, follow, keep_waiting, log_in, log_in_by_form, press
from tests.browser.supervised import Supervised
from tests.bulk.uploads import Row, as_csv, existing, row

SITES = 400  # more than are previewed in the time of one step
WEST = "Harbor Security West"  # the other tests do not look at its orders


def choose(page: Page, *rows: Row) -> None:
    pick(page, *rows)
    press(page, "Preview orders")


def pick(page: Page, *rows: Row) -> None:
    field(page, "Order for").select_option(label=WEST)
    file: FilePayload = {"name": "October.csv", "mimeType": "text/csv", "buffer": as_csv(rows)}
    field(page, "File with the orders").set_input_files(file)


def new_sites(po_number: str, count: int) -> list[Row]:
    return [row(f"{po_number}-{n}", site_name=f"Gate {n} of {po_number}") for n in range(count)]


def test_a_file_is_previewed_corrected_and_placed(page: Page, demo: Supervised) -> None:
    # Given a long file in which one order has a slip
    log_in(page, demo, OWNER)
    page.goto("/orders/")
    follow(page, "Upload many orders")
    slip = row("8102", site_name="Gate house", quantity="two")
    choose(page, *new_sites("8100", SITES), slip)

    # Then its preview goes on by itself, and says what becomes of each order
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("heading", name="Some of these orders are refused")).to_be_visible()
    follow(page, "Refused: 1")
    refused = page.get_by_role("region", name="Orders in the file").get_by_role("listitem")
    expect(refused.first).to_contain_text("PO 8102")
    expect(refused.first).to_contain_text(f"Row {SITES + 2}: quantity is “two”.")

    # When nothing of it is placed, and a shorter one without a slip comes instead
    press(page, "Place nothing")
    expect(page.get_by_text("Nothing was ordered. The file is forgotten.")).to_be_visible()
    choose(page, *new_sites("8100", 2), existing("8101", "ISS-7K3M-9QWX-4TZ8-2HPC"))
    expect(page.get_by_role("heading", name="All of these orders can be placed")).to_be_visible()
    expect(page.get_by_text("The serial number was not found.")).to_be_visible()

    # Then all are placed, and the result has their numbers
    press(page, "Place 3 orders")
    expect(page.get_by_role("heading", name="Orders placed")).to_be_visible()
    with page.expect_download() as download:
        follow(page, "Download the result")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["status"] for line in lines] == ["in_review", "in_review", "held"]
    assert all(f'/orders/{line["order_number"]}/"' in page.content() for line in lines)
    follow(page, "PO 8100-0")
    expect(page.get_by_role("heading", name="PO 8100-0")).to_be_visible()


def test_it_goes_on_without_javascript(
    new_context: CreateContextCallback, demo: Supervised
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    log_in_by_form(page, demo, OWNER)
    page.goto("/orders/bulk/")
    choose(page, *new_sites("8200", SITES))
    assert page.get_by_role("progressbar").count() == 1
    while page.get_by_role("progressbar").count():
        press(page, "Continue")
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="All of these orders can be placed")).to_be_visible()
    press(page, "Place nothing")
    choose(page, *new_sites("8200", 1))
    press(page, "Place 1 order")
    expect(page.get_by_role("heading", name="Orders placed")).to_be_visible()


def test_it_is_done_by_keyboard_alone(page: Page, demo: Supervised) -> None:
    log_in(page, demo, OWNER)
    page.goto("/orders/bulk/")
    pick(page, *new_sites("8300", 1))  # in the browser's own dialog
    field(page, "File with the orders").focus()
    press_with_keys(page, "Preview orders")
    expect(page.get_by_role("heading", name="All of these orders can be placed")).to_be_visible()
    press_with_keys(page, "Place 1 order")
    expect(page.get_by_role("heading", name="Orders placed")).to_be_visible()


def press_with_keys(page: Page, button: str) -> None:
    there = page.get_by_role("button", name=button, exact=True)
    for _ in range(40):
        if there.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(there).to_be_focused()
    page.keyboard.press("Enter")


@pytest.mark.walk
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_no_violations_on_the_pages_of_a_file(
    new_context: CreateContextCallback, demo: Supervised, scheme: Scheme, width: int
) -> None:
    page = new_context(color_scheme=scheme, viewport=screen(width)).new_page()
    log_in(page, demo, OWNER)
    page.goto("/orders/bulk/")
    expect_no_violations(page, "upload")
    choose(page, row("=1"))
    expect(page.get_by_text("Row 2, column A: there is a formula.")).to_be_visible()
    expect_no_violations(page, "upload with an error")
    choose(page, *new_sites("8400", 2), row("8401", site_name="x", quantity=0))
    expect(page.get_by_role("heading", name="Some of these orders are refused")).to_be_visible()
    expect_no_violations(page, "preview")
    page.goto("/orders/bulk/")
    asked = keep_waiting(page, "**/go-on/")
    with page.expect_request("**/go-on/"):
        choose(page, *new_sites("8500", SITES))
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect_no_violations(page, "progress")
    asked[0].continue_()
    page.unroute("**/go-on/")
    expect(page.get_by_role("heading", name="All of these orders can be placed")).to_be_visible()
