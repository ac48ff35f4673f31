"""One's own account in a real browser: passkeys and apps, under our policy."""

import re

from playwright.sync_api import Page, expect

from tests.browser.accessibility import expect_no_violations
from tests.browser.second_factors import confirm_password, give_device, turn_on_app
from tests.browser.steps import VIEWER, log_in_by_form, press
from tests.browser.supervised import Supervised


def test_a_passkey_logs_in_without_a_password(page: Page, demo: Supervised) -> None:
    # Given somebody who adds a passkey
    log_in_by_form(page, demo, VIEWER)
    give_device(page)
    page.goto("/account/two-step/webauthn/add/")
    confirm_password(page, demo)
    press(page, "Add passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    # When they come back
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.goto("/orders/")
    press(page, "Use a passkey")

    # Then they are where they wanted to be
    expect(page).to_have_url("/orders/")

    # And without it, the account is as it was
    page.goto("/account/two-step/webauthn/")
    page.get_by_role("link", name=re.compile("^Remove")).click()
    confirm_password(page, demo)
    press(page, "Remove passkey")
    expect(page.get_by_text("You have no passkeys yet.")).to_be_visible()


def test_who_has_no_passkey_is_told(page: Page, demo: Supervised) -> None:
    give_device(page)
    page.goto("/account/login/")
    expect(page.get_by_role("alert")).to_have_count(0)
    press(page, "Use a passkey")
    expect(page.get_by_role("alert")).to_contain_text("Your passkey was not used.")


def test_an_app_is_set_up_asked_for_and_turned_off(page: Page, demo: Supervised) -> None:
    # Given somebody who sets up an authenticator app
    log_in_by_form(page, demo, VIEWER)
    page.goto("/account/two-step/")
    page.get_by_role("link", name="Set up app").click()
    confirm_password(page, demo)
    secret = page.locator(".secret").inner_text()
    turn_on_app(page, secret)
    spare = page.locator(".codes li").first.inner_text()
    expect_no_violations(page, "recovery codes")

    # When they log in again, by a recovery code
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.get_by_label("Email").fill(VIEWER)
    page.get_by_label("Password").fill(demo.password)
    press(page, "Log in")
    expect_no_violations(page, "second step")
    page.get_by_label("Code").fill(spare)
    press(page, "Log in")

    # Then they are in, and may turn it off again
    page.goto("/account/two-step/totp/deactivate/")
    confirm_password(page, demo)
    press(page, "Turn off app")
    expect(page.get_by_role("link", name="Set up app")).to_be_visible()
