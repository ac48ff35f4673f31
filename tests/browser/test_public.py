"""Somebody without a log-in finds out what to write on a purchase order."""

import re

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.steps import pasted, press
from tests.browser.supervised import Supervised

TEXT = "EXISTING INSTALLATION\nVAI serial number: VAI-9PWK\n\nLicenses:\n6 x VS-ES1\n2 x VS-ADV1"


def describe_the_order(page: Page) -> None:
    page.get_by_label("ISS licenses").uncheck()
    page.get_by_label("VAI serial number").fill("VAI-9PWK")
    page.get_by_label("Parts and quantities").fill("6 x VS-ES1\n2 x VS-ADV1")


def test_the_text_is_written_while_they_type_and_nothing_is_sent(
    page: Page, demo: Supervised
) -> None:
    # Given somebody at the helper
    page.context.grant_permissions(["clipboard-write"])
    page.goto("/")
    page.get_by_role("main").get_by_role(
        "link", name="What do I write on my purchase order?"
    ).click()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    # When they answer, press Enter, and copy the text
    describe_the_order(page)
    page.get_by_label("VAI serial number").press("Enter")
    expect(page.get_by_label("ISS serial number")).to_be_hidden()
    press(page, "Copy text")

    # Then it is in the clipboard, with lines as on paper
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert pasted(page) == TEXT

    # And the other answer has another text
    page.get_by_role("radio", name="New installation").check()
    page.get_by_label("Site name").fill("Pier 9")
    press(page, "Copied")
    assert pasted(page) == (
        "NEW INSTALLATION\nSite name: Pier 9\n\nLicenses:\n6 x VS-ES1\n2 x VS-ADV1"
    )
    assert requests == []


def test_without_a_script_the_server_writes_it(
    new_context: CreateContextCallback, demo: Supervised
) -> None:
    # Given a browser without script
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="Copy text")).to_be_hidden()
    expect(page.get_by_text("Nothing you type leaves this page.")).to_be_hidden()

    # When they answer
    describe_the_order(page)
    press(page, "Write the text")

    # Then the text is on the page, and the answers are still there
    expect(page).to_have_url(re.compile(r"/\?kind=existing&.*#helper$"))
    lines = page.locator("#slip").inner_text().split("\n")
    assert [line for line in lines if line] == [line for line in TEXT.split("\n") if line]
    expect(page.get_by_label("VAI serial number")).to_have_value("VAI-9PWK")


def test_it_fits_a_narrow_phone(new_context: CreateContextCallback, demo: Supervised) -> None:
    page = new_context(viewport={"width": 360, "height": 800}).new_page()
    page.goto("/")
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0
    expect(page.get_by_text("Pack of 4 ISS-Expert licenses.")).to_be_visible()
