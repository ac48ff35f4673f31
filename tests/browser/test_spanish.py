"""The main pages in Spanish: chosen below the page, not too wide, nothing left over."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.screens import too_wide
from tests.browser.steps import BUYER, SALES, log_in
from tests.browser.supervised import Supervised
from tests.browser.walk import AN_INSTALLATION, AN_ORDER, DESK_ORDER, ORDERS, address_of_link

# Words of our English that are neither Spanish nor in the data of the demo
ENGLISH = re.compile(
    r"\b(the|your|of|with|this|orders?|serials?|site|held|issued|review|from|through|valid|"
    r"quantity|company|save|search|status|changed|submitted|none|log|draft|what|when|yet)\b",
    re.IGNORECASE,
)
# Sites that other tests may have ordered for meanwhile: their names are data, too.
OTHERS = re.compile(r"Draft Dock|Gate \d+ of \d+")
DATA = "code, pre, [translate=no], .queue .text-cell"  # columns of files, what people wrote
PAGES = {
    # who → addresses, and for some the link to follow from there
    BUYER: (
        ("/home/", ""),
        ("/installations/", ""),
        ("/installations/?q=Harbor+Point", AN_INSTALLATION),
        ("/orders/", ""),
        ("/orders/?q=", AN_ORDER),
        ("/orders/new/", ""),
        ("/orders/bulk/", ""),
        ("/company/", ""),
        ("/account/email/", ""),
        ("/account/two-step/", ""),
        ("/account/sessions/", ""),
    ),
    SALES: (
        ("/admin/", ""),
        (ORDERS, ""),
        (ORDERS, DESK_ORDER),
        (ORDERS + "enter/", ""),
        ("/admin/companies/membership/", ""),
    ),
}


@pytest.mark.walk
@pytest.mark.parametrize("email", PAGES, ids=lambda email: email.partition("@")[0])
def test_the_main_pages_in_spanish(page: Page, demo: Supervised, email: str) -> None:
    log_in(page, demo, email)
    choose(page, "Español")
    try:
        problems = [
            f"{path} {link}: {problem}"
            for path, link in PAGES[email]
            for problem in visit(page, path, link)
        ]
    finally:
        choose(page, "English")  # the demo is everybody's
    assert not problems, "\n".join(problems)


def choose(page: Page, language: str) -> None:
    page.goto("/account/language/")
    page.get_by_role("button", name=language, exact=True).click()
    page.get_by_role("button", name={"Español": "English"}.get(language, "Español")).wait_for()


def visit(page: Page, path: str, link: str) -> Iterator[str]:
    page.goto(path)
    if link:
        page.goto(address_of_link(page, link))
    if page.locator("html").get_attribute("lang") != "es":
        yield "is not in Spanish"
    yield from left_over(page)
    yield from too_wide(page)


def left_over(page: Page) -> list[str]:
    """Lines that somebody sees and that are in English still."""
    page.evaluate("data => document.querySelectorAll(data).forEach(each => each.remove())", DATA)
    lines = page.locator("body").inner_text().splitlines()
    return [line for line in lines if ENGLISH.search(OTHERS.sub("", line))]
