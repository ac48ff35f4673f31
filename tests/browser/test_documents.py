"""A purchase order comes along with an order, as a file, and is there for colleagues."""

from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests import files
from tests.browser.steps import (
    BUYER,
    VIEWER,
    describe_new_site,
    field,
    fill_in_line,
    fill_in_po,
    line,
    log_in,
    place_order,
    press,
    start_order,
)
from tests.browser.supervised import Supervised


def choose(page: Page, label: str, content: bytes) -> None:
    file: FilePayload = {"name": "PO 5020.pdf", "mimeType": "application/pdf", "buffer": content}
    field(page, label).set_input_files(file)


def test_a_purchase_order_is_sent_along(page: Page, new_context: Any, demo: Supervised) -> None:
    # Given an order with its document, to which a line is added afterward
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, "Slipway 9")
    fill_in_po(page, "5020")
    choose(page, "Purchase order document", files.pdf())
    press(page, "Add line")
    expect(line(page, 2)).to_be_visible()

    # Then the file that was chosen is still there, and comes with the order
    fill_in_line(line(page, 1), "ISS-Expert", 1)
    place_order(page)
    documents = page.get_by_role("region", name="Purchase order document")
    expect(documents.get_by_role("link")).to_have_text(["PO 5020.pdf"])

    # When another one is not what it says, it is told at the field; a good one is attached
    choose(page, "File of the purchase order", files.PAGE)
    press(page, "Attach document")
    expect(documents.get_by_text("This file is not a PDF, PNG or JPEG")).to_be_visible()
    choose(page, "File of the purchase order", files.pdf(b"Page 2"))
    press(page, "Attach document")
    expect(documents.get_by_role("link")).to_have_count(2)

    # Then a colleague gets it as a download, byte for byte, and is not asked for more
    order = page.url
    colleague = new_context().new_page()
    log_in(colleague, demo, VIEWER)
    colleague.goto(order)
    expect(colleague.locator("input[type=file]")).to_have_count(0)
    with colleague.expect_download() as download:
        colleague.get_by_role("link", name="PO 5020.pdf").first.click()
    assert download.value.suggested_filename == "PO 5020.pdf"
    assert Path(download.value.path()).read_bytes() == files.pdf()
