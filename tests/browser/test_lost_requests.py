"""A part of a page can't be loaded: the page says so, and nothing is lost."""

from playwright.sync_api import Page, Route, expect

from tests.browser.steps import BUYER, field, log_in, press, start_order
from tests.browser.supervised import Supervised
from tests.browser.watch import Watch


def test_a_button_that_gets_no_answer_says_so(page: Page, watch: Watch, demo: Supervised) -> None:
    log_in(page, demo, BUYER)
    start_order(page)
    field(page, "PO number").fill("4999")
    problem, lines = page.get_by_role("alert"), page.get_by_label("Quantity")
    expect(problem).to_be_hidden()

    # When the network is gone
    page.route("**/orders/new/", lambda route: route.abort())
    press(page, "Add line")
    expect(problem).to_contain_text("The portal did not answer. Nothing is lost")
    expect(problem).to_be_in_viewport()

    # And when the portal refuses
    page.unroute_all()
    page.route("**/orders/new/", refuse)
    press(page, "Add line")
    expect(problem).to_contain_text("That did not work, and nothing was changed.")
    expect(problem).not_to_contain_text("did not answer", use_inner_text=True)
    expect(lines).to_have_count(1)

    # And when it was too often, it says for how long to wait
    page.unroute_all()
    page.route("**/orders/new/", ask_to_wait)
    press(page, "Add line")
    expect(problem).to_contain_text("Wait 3 minutes, then press the button again.")
    expect(problem).not_to_contain_text("did not answer", use_inner_text=True)
    expect(lines).to_have_count(1)

    # A form that says so at its field is shown, though its status is the same
    page.unroute_all()
    page.route("**/orders/new/", as_too_many)
    press(page, "Add line")
    expect(lines).to_have_count(2)
    expect(problem).to_be_hidden()

    # Then the next press, which is answered, does it, with what was typed
    page.unroute_all()
    press(page, "Add line")
    expect(lines).to_have_count(3)
    expect(problem).to_be_hidden()
    expect(field(page, "PO number")).to_have_value("4999")
    watch.forgive_all("/orders/new/")


def refuse(route: Route) -> None:
    """Somebody in between, a proxy."""
    route.fulfill(status=429, body="<h1>Too many tries</h1>")


def ask_to_wait(route: Route) -> None:
    said = "Wait 3 minutes, then press the button again."
    route.fulfill(status=429, body=f"<p data-too-many>\n  {said}\n</p>")


def as_too_many(route: Route) -> None:
    route.fulfill(status=429, response=route.fetch())
