"""Second factors in a browser: a device with passkeys, and an authenticator app."""

from playwright.sync_api import Page

from tests.accounts.authenticator_app import code_of
from tests.browser.steps import press
from tests.browser.supervised import Supervised

DEVICE = {  # a laptop with a fingerprint reader that says yes
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_device(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def confirm_password(page: Page, demo: Supervised) -> None:
    page.get_by_label("Password").fill(demo.password)
    press(page, "Continue")


def turn_on_app(page: Page, secret: str) -> None:
    """Types the code, and the next one where the first was over before it arrived."""
    for _attempt in range(3):
        page.get_by_label("Code").fill(code_of(secret))
        press(page, "Turn on app")
        page.wait_for_load_state()
        if page.locator(".codes li").count():
            return
