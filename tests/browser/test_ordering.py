"""Orders that are not straightforward: what the form finds, says beforehand, and asks."""

import re

from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.steps import (
    AN_ORDER,
    BUYER,
    READ_BY_MANY,
    current_serials,
    describe_new_site,
    expect_progress,
    expect_state,
    field,
    fill_in_line,
    fill_in_po,
    follow,
    keep_waiting,
    line,
    log_in,
    open_installation,
    order_new_site,
    order_serials,
    place_order,
    press,
    quote_serials,
    read_serial,
    read_serials,
    serial_history,
    start_order,
    with_and_without_script,
)
from tests.browser.supervised import Supervised
from tests.browser.watch import Watch


def forecast(page: Page) -> Locator:
    return page.get_by_role("complementary", name="What will happen")


def read_forecast(page: Page, *, script: bool) -> None:
    """The forecast comes by itself, or by a button where there is no script."""
    if script:
        page.keyboard.press("Tab")
    else:
        press(page, "See what will happen")


def expect_units(page: Page, part_number: str, now: int, after: int) -> None:
    row = forecast(page).get_by_role("row", name=re.compile(rf"^{part_number}\s"))
    expect(row.get_by_role("cell")).to_have_text([str(now), str(after)])


def order_for(page: Page, site_name: str) -> None:
    """The form for that site, its current serials filled in."""
    open_installation(page, site_name)
    follow(page, "Order licenses")
    expect(page).to_have_url(re.compile(r"/orders/new/"))


def change_line(line: Locator, action: str, source: str, product: str, quantity: int) -> None:
    """An upgrade or a renewal; what there is to choose comes with each choice."""
    line.get_by_label("Action").select_option(label=action)
    held = line.get_by_label("From").get_by_role("option").filter(has_text=source)
    expect(held).to_have_count(1)
    line.get_by_label("From").select_option(label=held.inner_text())
    fill_in_line(line, product, quantity)


def test_a_replaced_serial_leads_to_the_site(page: Page, demo: Supervised) -> None:
    # Given a site whose VAI serial was replaced
    log_in(page, demo, BUYER)
    open_installation(page, "Northgate Parking")
    iss, vai = (read_serial(current_serials(page), family) for family in ("ISS", "VAI"))
    replaced = read_serials(serial_history(page), "VAI")[0]
    assert replaced != vai

    # When an order quotes the old one
    start_order(page)
    quote_serials(page, ISS=iss, VAI=replaced)
    fill_in_po(page, "6001")

    # Then the form says which one replaced it, and that they can go on
    said = page.locator("#serials-said")
    expect(said).to_contain_text("This VAI serial was replaced on")
    expect(said).to_contain_text(f"The current one is {vai}")
    expect(said).to_contain_text("You can go on.")

    # And the order replaces the current one
    fill_in_line(line(page, 1), "VS-ADV5", 1)
    place_order(page)
    expect_state(page, "Issued")
    before, after = read_serials(order_serials(page), "VAI")
    assert before == vai
    assert after not in (vai, replaced)


def test_a_mistyped_serial_is_one_press_away(page: Page, demo: Supervised) -> None:
    # Given the serial of a site, with two characters swapped
    log_in(page, demo, BUYER)
    open_installation(page, READ_BY_MANY)
    iss = read_serial(current_serials(page), "ISS")

    # When it is typed
    start_order(page)
    quote_serials(page, ISS=swapped(iss))
    field(page, "PO number").focus()

    # Then the right one is offered, and taken over with one press
    press(page, f"Use {iss}")
    expect(field(page, "ISS serial number")).to_have_value(iss)
    expect(page.locator("#serials-said")).to_contain_text(READ_BY_MANY)


@with_and_without_script
def test_the_forecast_follows_the_lines(
    new_context: CreateContextCallback, demo: Supervised, script: bool
) -> None:
    # Given an order for a site with both license types
    page = new_context(java_script_enabled=script).new_page()
    log_in(page, demo, BUYER)
    site_name = f"Forecast Pier {script}"
    order_new_site(page, site_name, f"6001-{script}", {"ISS-Expert": 24, "VS-ADV3": 16})
    order_for(page, site_name)
    fill_in_po(page, f"6002-{script}")
    family = forecast(page).get_by_role("heading")
    expect(family.filter(has_text="ISS")).to_contain_text("Not changed")

    # When ISS licenses are added
    fill_in_line(line(page, 1), "ISS-Expert", 3)
    read_forecast(page, script=script)

    # Then it says that the ISS serial stays, and what there is then
    expect(family.filter(has_text="ISS")).to_contain_text("Stays the same")
    expect(family.filter(has_text="VAI")).to_contain_text("Not changed")
    expect_units(page, "ISS-Expert", 24, 27)

    # When it is VAI licenses instead
    fill_in_line(line(page, 1), "VS-ADV3", 2)
    read_forecast(page, script=script)

    # Then that serial will be replaced
    expect(family.filter(has_text="VAI")).to_contain_text("Will be replaced")
    expect(family.filter(has_text="ISS")).to_contain_text("Not changed")
    expect_units(page, "VS-ADV3", 16, 18)
    expect(line(page, 1)).to_contain_text(re.compile(r"Runs from .*, valid through "))


def test_licenses_are_upgraded(page: Page, demo: Supervised) -> None:
    # Given a site of its own
    log_in(page, demo, BUYER)
    order_new_site(page, "Upgrade Wharf", "6003", {"ISS-Expert": 5})

    # When three of its five licenses are upgraded
    order_for(page, "Upgrade Wharf")
    fill_in_po(page, "6004")
    change_line(line(page, 1), "Upgrade", "5 × ISS-Expert", "ISS-ExpertPlus", 3)
    read_forecast(page, script=True)

    # Then the forecast has it, and the order does it
    expect_units(page, "ISS-Expert", 5, 2)
    expect_units(page, "ISS-ExpertPlus", 0, 3)
    place_order(page)
    expect_state(page, "Issued")
    assert len(read_serials(order_serials(page), "ISS")) == 1, "it stays"


def until_nothing_is_asked_for(page: Page) -> None:
    expect(page.locator("#order-form")).not_to_have_class(re.compile("htmx-request"))


def start_seven_licenses(page: Page, demo: Supervised, site_name: str) -> None:
    """All is said but how many, and the forecast of that is there."""
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, site_name)
    fill_in_po(page, "6020")
    fill_in_line(line(page, 1), "ISS-Expert", 1)
    field(page, "PO number").focus()
    until_nothing_is_asked_for(page)
    line(page, 1).get_by_label("Quantity").fill("7")


def press_until_the_forecast_comes(page: Page, target: Locator) -> None:
    """Holds it, which leaves the quantity, which asks for the forecast.

    The answer brings another one, to take the place of the pressed one.
    """
    target.hover()
    with page.expect_response("**/orders/new/"):
        page.mouse.down()
    until_nothing_is_asked_for(page)


def test_a_press_outlives_the_forecast_that_it_asks_for(page: Page, demo: Supervised) -> None:
    start_seven_licenses(page, demo, "Slow Press Pier")
    press_until_the_forecast_comes(page, page.get_by_role("button", name="Place order"))
    page.mouse.up()
    expect(page).to_have_url(AN_ORDER)


def test_a_press_that_is_let_go_elsewhere_asks_for_the_forecast_again(
    page: Page, demo: Supervised
) -> None:
    start_seven_licenses(page, demo, "Slow Press Pier 2")
    press_until_the_forecast_comes(page, page.get_by_role("button", name="Place order"))
    page.mouse.move(0, 0)
    page.mouse.up()
    expect_units(page, "ISS-Expert", 0, 7)


def test_a_list_of_options_stays_open_when_the_forecast_comes(page: Page, demo: Supervised) -> None:
    start_seven_licenses(page, demo, "Open List Pier")
    products = line(page, 1).get_by_label("Product")
    opened = products.element_handle()
    press_until_the_forecast_comes(page, products)
    page.mouse.up()
    assert opened.evaluate("list => list.isConnected"), "it would close"
    products.select_option("ISS-ExpertPlus")
    expect_units(page, "ISS-ExpertPlus", 0, 7)


def test_a_list_of_options_that_is_left_asks_for_the_forecast_again(
    page: Page, demo: Supervised
) -> None:
    start_seven_licenses(page, demo, "Left List Pier")
    press_until_the_forecast_comes(page, line(page, 1).get_by_label("Product"))
    page.mouse.up()
    page.keyboard.press("Escape")
    field(page, "PO number").focus()
    expect_units(page, "ISS-Expert", 0, 7)


def test_what_was_typed_while_the_answer_came_is_asked_about(page: Page, demo: Supervised) -> None:
    # Given a forecast that takes its time
    log_in(page, demo, BUYER)
    open_installation(page, READ_BY_MANY)
    iss = read_serial(current_serials(page), "ISS")
    start_order(page)
    page.get_by_role("radio", name="Existing installation").check()
    until_nothing_is_asked_for(page)
    asked = keep_waiting(page, "**/orders/new/")

    # When the user types on before it comes, and stays in the field
    field(page, "ISS serial number").fill(iss)
    with page.expect_request("**/orders/new/"):
        field(page, "PO number").focus()
    field(page, "PO number").fill("6040")
    asked[0].continue_()
    page.unroute("**/orders/new/")

    # Then the form says what it found
    expect(page.locator("#serials-said")).to_contain_text(READ_BY_MANY)


def test_what_was_typed_before_the_script_came_is_asked_about(page: Page, demo: Supervised) -> None:
    # Given a page whose script is late
    log_in(page, demo, BUYER)
    open_installation(page, READ_BY_MANY)
    iss = read_serial(current_serials(page), "ISS")
    asked = keep_waiting(page, "**/order-form*.js")
    page.goto("/orders/new/", wait_until="commit")

    # When the serial is typed meanwhile
    quote_serials(page, ISS=iss)
    asked[0].continue_()

    # Then the form says what it found
    expect(page.locator("#serials-said")).to_contain_text(READ_BY_MANY)


@with_and_without_script
def test_a_missing_prerequisite_is_added_with_one_press(
    new_context: CreateContextCallback, demo: Supervised, script: bool
) -> None:
    # Given an order for backups, of which the base license is missing
    page = new_context(java_script_enabled=script).new_page()
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, f"Backup Pier {script}")
    fill_in_po(page, f"6005-{script}")
    fill_in_line(line(page, 1), "ISS-Backup", 3)
    read_forecast(page, script=script)
    expect(line(page, 1)).to_contain_text("ISS-Backup needs ISS-Expert.")

    # When the form's offer is taken
    press(page, "Add 3 × ISS-Expert")

    # Then there is a line for it, nothing is missing, and the order is placed
    expect(line(page, 2).get_by_label("Product")).to_have_value("ISS-Expert")
    expect(line(page, 2).get_by_label("Quantity")).to_have_value("3")
    expect(line(page, 1)).not_to_contain_text("ISS-Backup needs ISS-Expert.")
    place_order(page)
    expect_state(page, "Issued")


def test_the_same_po_number_is_asked_about(page: Page, demo: Supervised) -> None:
    # Given a PO number that was used for the site
    log_in(page, demo, BUYER)
    order_new_site(page, "Repeat Dock", "6030", {"ISS-IDLA": 1})
    order_for(page, "Repeat Dock")
    fill_in_po(page, "6030")
    fill_in_line(line(page, 1), "ISS-IDLA", 2)

    # When it is placed
    press(page, "Place order")

    # Then it is not, and the earlier order is linked
    expect(page.get_by_role("alert")).to_contain_text("The order was not placed.")
    expect(forecast(page)).to_contain_text("PO 6030 was ordered for this site already.")
    expect(forecast(page).get_by_role("link", name="PO 6030")).to_be_visible()

    # When it is confirmed
    page.get_by_role("checkbox", name="Place it as a further order").check()
    press(page, "Place order")

    # Then it is placed
    expect(page).to_have_url(AN_ORDER)
    expect_state(page, "Issued")


def test_a_held_order_goes_on_by_the_link_in_the_mail(
    page: Page, colleague: Page, demo: Supervised, watch: Watch
) -> None:
    # Given a buyer who can't find the serial number
    log_in(page, demo, BUYER)
    open_installation(page, "Quay Street Garage")
    vai = read_serial(current_serials(page), "VAI")
    start_order(page)
    page.get_by_role("radio", name="Existing installation").check()
    fill_in_po(page, "6006")
    fill_in_line(line(page, 1), "VS-ES1", 1)
    page.get_by_text("I can’t find the serial number").click()
    page.get_by_role("checkbox", name="Send the order without it").check()
    place_order(page)
    expect_state(page, "Held")
    expect_progress(page, "The serial number is missing.")

    # When they open the link in the mail in a browser without a log-in
    link = demo.answer_link("6006")
    colleague.goto(link)
    colleague.get_by_label("VAI serial number").fill("VAI-0000-0000-0000-0000")
    say_who(colleague)
    press(colleague, "Find the site")

    # Then a wrong serial number does not help, and the right one does
    expect(colleague.get_by_text("No installation of yours has this")).to_be_visible()
    colleague.get_by_label("VAI serial number").fill(vai)
    press(colleague, "Find the site")
    expect(colleague.get_by_role("heading", name="Is this the site?")).to_be_visible()
    press(colleague, "Yes, go on with this site")
    expect(colleague.get_by_label("VAI serial number")).to_have_count(0)
    page.reload()
    expect_state(page, "Issued")
    assert read_serials(order_serials(page), "VAI")[0] == vai

    # And the link is used up
    colleague.goto(link)
    expect(colleague.get_by_label("VAI serial number")).to_have_count(0)
    watch.forgive(colleague.url)


@with_and_without_script
def test_a_site_is_found_by_an_old_po_number(
    new_context: CreateContextCallback, demo: Supervised, script: bool
) -> None:
    page = new_context(java_script_enabled=script).new_page()
    log_in(page, demo, BUYER)
    open_installation(page, "Northgate Parking")
    iss = read_serial(current_serials(page), "ISS")
    start_order(page)
    page.get_by_role("radio", name="Existing installation").check()
    page.get_by_text("I can’t find the serial number").click()
    field(page, "Find the site").fill("3920")
    press(page, "Find")
    page.get_by_role("button", name=re.compile("Use its serial numbers.*Northgate")).click()
    expect(field(page, "ISS serial number")).to_have_value(iss)
    expect(page.locator("#serials-said")).to_contain_text("Northgate Parking")


def test_a_draft_is_kept_and_goes_on(page: Page, demo: Supervised) -> None:
    # Given an order that is half filled in
    log_in(page, demo, BUYER)
    start_order(page)
    describe_new_site(page, "Draft Dock")
    field(page, "Quantity").fill("x")

    # When it is saved and opened again
    press(page, "Save draft")
    expect(page.get_by_role("status").filter(has_text="Draft saved.")).to_be_visible()
    page.goto("/orders/")
    draft = page.get_by_role("link", name="Draft Dock")
    draft.click()

    # Then all of it is there, and it can be placed
    expect(field(page, "Site name")).to_have_value("Draft Dock")
    expect(field(page, "Quantity")).to_have_value("x")
    expect(page.get_by_role("alert")).to_have_count(0)
    fill_in_po(page, "6007")
    fill_in_line(line(page, 1), "ISS-Expert", 1)
    place_order(page)

    # And the draft is gone
    page.goto("/orders/")
    expect(page.get_by_role("link", name="PO 6007", exact=True)).to_be_visible()
    expect(draft).to_have_count(0)


class Keyboard:
    """Somebody who has nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _ in range(80):
            if target.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {target}")

    def write(self, target: Locator, text: str) -> None:
        self.tab_to(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.tab_to(target)
        self.page.keyboard.press(key)

    def choose(self, target: Locator, value: str) -> None:
        self.tab_to(target)
        while target.input_value() != value:
            self.page.keyboard.press("ArrowDown")


def test_an_order_by_keyboard_alone(page: Page, demo: Supervised) -> None:
    # Given a site's replaced VAI serial, and its ISS serial with two characters swapped
    log_in(page, demo, BUYER)
    open_installation(page, "Northgate Parking")
    replaced = read_serials(serial_history(page), "VAI")[0]
    iss = read_serial(current_serials(page), "ISS")
    start_order(page)
    keys = Keyboard(page)

    # When both are quoted
    keys.press(page.get_by_role("radio", name="New installation"), "ArrowRight")
    keys.write(field(page, "VAI serial number"), replaced)
    keys.write(field(page, "ISS serial number"), swapped(iss))
    page.keyboard.press("Tab")

    # Then the suggestion is taken, and the replaced one is explained
    keys.press(page.get_by_role("button", name=f"Use {iss}"))
    expect(field(page, "ISS serial number")).to_have_value(iss)
    expect(page.locator("#serials-said")).to_contain_text("This VAI serial was replaced on")

    # When a license with a missing prerequisite is ordered
    keys.write(field(page, "PO number"), "6008")
    keys.write(line(page, 1).get_by_label("Quantity"), "2")
    keys.choose(line(page, 1).get_by_label("Product"), "ISS-FedFailover")
    page.keyboard.press("Tab")

    # Then the forecast follows, the offer is taken, and the order is placed
    expect_units(page, "ISS-FedFailover", 0, 2)
    keys.press(page.get_by_role("button", name="Add 2 × ISS-Federation"))
    expect(line(page, 2).get_by_label("Product")).to_have_value("ISS-Federation")
    keys.press(forecast(page).get_by_role("button", name="Place order"))
    expect(page).to_have_url(AN_ORDER)
    expect_state(page, "Issued")


def test_a_held_order_by_keyboard_alone(page: Page, colleague: Page, demo: Supervised) -> None:
    # Given an order for which the serial number can't be found
    log_in(page, demo, BUYER)
    open_installation(page, "Quay Street Garage")
    vai = read_serial(current_serials(page), "VAI")
    start_order(page)
    keys = Keyboard(page)
    keys.press(page.get_by_role("radio", name="New installation"), "ArrowRight")
    keys.press(page.locator("summary", has_text="I can’t find the serial number"))
    keys.press(page.get_by_role("checkbox", name="Send the order without it"), "Space")
    keys.write(field(page, "PO number"), "6009")
    keys.write(line(page, 1).get_by_label("Quantity"), "1")
    keys.choose(line(page, 1).get_by_label("Product"), "VS-ES3")
    keys.press(forecast(page).get_by_role("button", name="Place order"))
    expect(page).to_have_url(AN_ORDER)
    expect_state(page, "Held")

    # When the link in the mail is answered
    colleague.goto(demo.answer_link("6009"))
    keys = Keyboard(colleague)
    keys.write(colleague.get_by_label("VAI serial number"), vai)
    keys.write(colleague.get_by_label("Your name"), "Jo Ruiz")
    keys.write(colleague.get_by_label("Your email"), "jo@ruiz.example")
    colleague.keyboard.press("Enter")  # in a field: it only finds the site
    keys.press(colleague.get_by_role("button", name="Yes, go on with this site"))
    expect(colleague.get_by_label("VAI serial number")).to_have_count(0)

    # Then it is issued
    page.reload()
    expect_state(page, "Issued")


def say_who(page: Page) -> None:
    page.get_by_label("Your name").fill("Jo Ruiz")
    page.get_by_label("Your email").fill("jo@ruiz.example")


def swapped(number: str) -> str:
    """With two neighbors in each other's place."""
    at = next(
        n for n in range(4, 22) if number[n] != number[n + 1] and "-" not in number[n : n + 2]
    )
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
