"""The Enter key in a field, in the forms that do what can't be undone."""

from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.steps import (
    AN_ORDER,
    BUYER,
    OWNER,
    READ_BY_MANY,
    describe_new_site,
    expect_state,
    field,
    fill_in_line,
    fill_in_po,
    line,
    log_in,
    order_new_site,
    order_serials,
    press,
    read_serial,
    start_order,
    with_and_without_script,
)
from tests.browser.supervised import Supervised

TYPED = "main form[method=post] :is(input, select):not([type=hidden], [type=file]):visible"


def press_enter_everywhere(page: Page) -> None:
    """In each field; the page has to be the same one afterward, not one that was loaded anew."""
    page.evaluate("window.stays = true")
    fields = page.locator(TYPED)
    assert fields.count()
    for each in fields.all():
        each.press("Enter")
        page.keyboard.press("Escape")  # an open list
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.stays")


@with_and_without_script
def test_in_the_order_form_it_places_nothing(
    new_context: CreateContextCallback, demo: Supervised, script: bool
) -> None:
    # Given an order that is filled in
    page = new_context(java_script_enabled=script).new_page()
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, f"Wharf {script}")
    fill_in_po(page, f"5006-{script}")
    fill_in_line(line(page, 1), "ISS-Expert", 1)

    # When they press Enter in a field, each in turn
    for name in ("Quantity", "PO number", "Site name", "More email addresses"):
        field(page, name).press("Enter")

        # Then they see what would happen, in the same form
        expect(page.locator("#forecast")).to_contain_text("First serial will be issued")
        expect(field(page, "PO number")).to_have_value(f"5006-{script}")
        expect(page).to_have_url(f"{demo.url}/orders/new/")

    # And nothing was placed until they press the button
    press_place(page)
    expect_state(page, "Issued")
    page.goto("/orders/")
    expect(page.get_by_text(f"PO 5006-{script}")).to_have_count(1)


def press_place(page: Page) -> None:
    page.locator("#forecast").get_by_role("button", name="Place order").click()
    expect(page).to_have_url(AN_ORDER)


@with_and_without_script
def test_where_a_site_is_looked_for_it_finds_it(
    new_context: CreateContextCallback, demo: Supervised, script: bool
) -> None:
    page = new_context(java_script_enabled=script).new_page()
    log_in(page, demo, BUYER)
    start_order(page)
    page.get_by_role("radio", name="Existing installation").check()
    page.get_by_text("I can’t find the serial number").click()
    field(page, "Find the site").fill("Harbor Point")
    field(page, "Find the site").press("Enter")
    expect(sites_found(page)).to_contain_text(READ_BY_MANY)


def sites_found(page: Page) -> Locator:
    return page.get_by_role("list", name="Sites found")


def test_beside_the_serial_of_a_held_order_it_gives_nothing(
    page: Page, colleague: Page, demo: Supervised
) -> None:
    # Given a held order, and the serial number that it lacks
    log_in(page, demo, BUYER)
    order_new_site(page, "Silent Quay", "5006-E", {"ISS-Expert": 2})
    iss = read_serial(order_serials(page), "ISS")
    start_order(page)
    page.get_by_role("radio", name="Existing installation").check()
    fill_in_po(page, "5007")
    fill_in_line(line(page, 1), "ISS-Expert", 1)
    page.get_by_text("I can’t find the serial number").click()
    page.get_by_role("checkbox", name="Send the order without it").check()
    press_place(page)

    # When Enter is pressed on its page, it stays held
    field(page, "ISS serial number").fill(iss)
    press_enter_everywhere(page)
    expect_state(page, "Held")

    # When Enter is pressed behind the link in the mail, the site is named, and it stays held
    colleague.goto(demo.answer_link("5007"))
    colleague.get_by_label("ISS serial number").fill(iss)
    colleague.get_by_label("Your name").fill("Jo Ruiz")
    colleague.get_by_label("Your email").fill("jo@ruiz.example")
    colleague.get_by_label("Your email").press("Enter")
    expect(colleague.get_by_role("heading", name="Is this the site?")).to_be_visible()
    expect(colleague.get_by_text("Silent Quay")).to_be_visible()
    page.reload()
    expect_state(page, "Held")

    # When it is meant, the order goes on, and says who answered
    press(colleague, "Yes, go on with this site")
    expect(colleague.get_by_role("heading", name="Thank you")).to_be_visible()
    page.reload()
    expect_state(page, "Issued")
    expect(page.get_by_text("by Jo Ruiz, jo@ruiz.example, by the link")).to_be_visible()


def test_it_mails_nobody(page: Page, demo: Supervised) -> None:
    log_in(page, demo, BUYER)
    page.goto("/installations/?q=4711")
    page.get_by_role("link", name="PO 4711").first.click()
    page.get_by_role("link", name="Read the email, or send it again").click()
    press_enter_everywhere(page)
    page.context.clear_cookies()

    log_in(page, demo, OWNER)
    page.goto("/company/")
    field(page, "Email").fill("too.early@dealer.example")
    page.evaluate("window.stays = true")
    field(page, "Email").press("Enter")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.stays")
