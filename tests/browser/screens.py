"""The screens that pages are seen on."""

from typing import Literal

from playwright.sync_api import Page, ViewportSize

Scheme = Literal["light", "dark"]
# The other two are those of test_walk.py.
LOOKS: list[tuple[Scheme, int]] = [("dark", 1280), ("light", 390)]
HEIGHT = 900
NARROW = 360


def screen(width: int) -> ViewportSize:
    return {"width": width, "height": HEIGHT}


def too_wide(page: Page) -> list[str]:
    page.set_viewport_size(screen(NARROW))
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px wide on a screen of {NARROW}"] if width > NARROW else []
