"""The screens that pages are seen on."""

from playwright.sync_api import Page

LOOKS = [("dark", 1280), ("light", 390)]  # the other two are those of test_walk.py
HEIGHT = 900
NARROW = 360


def too_wide(page: Page) -> list[str]:
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px wide on a screen of {NARROW}"] if width > NARROW else []
