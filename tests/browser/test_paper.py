"""Print can be read: paper has no grounds, so light text on a dark one would be lost there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.steps import BUYER, log_in
from tests.browser.supervised import Supervised

# All visible words, and badges with their icons, with their contrast to white paper.
FAINT = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = ([r, g, b]) => [r, g, b].reduce((sum, each, at) => {
    const part = each / 255;
    const linear = part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    return sum + linear * [0.2126, 0.7152, 0.0722][at];
  }, 0);
  const contrast = (color) => {
    canvas.fillStyle = "#fff"; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return 1.05 / (light(canvas.getImageData(0, 0, 1, 1).data) + 0.05);
  };
  const shown = (element) => element.checkVisibility({visibilityProperty: true})
    && !element.closest(".visually-hidden, .sr-only");
  const found = [];
  const look = (element, least, what) => {
    if (!shown(element)) return;
    const seen = contrast(getComputedStyle(element).color);
    if (seen < least) found.push(`${what}: ${seen.toFixed(1)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let words = 0;
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim() || ["SCRIPT", "STYLE"].includes(text.parentElement.tagName)) continue;
    words += 1;
    look(text.parentElement, 4.5, text.data.trim());
  }
  for (const icon of document.querySelectorAll("svg.icon")) look(icon, 3, icon.outerHTML);
  return [words, found];
}
"""
BADGES = ".family, .tag, .track > li > .icon"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_is_printed_can_be_read_on_white_paper(
    page: Page, demo: Supervised, scheme: Any
) -> None:
    log_in(page, demo, BUYER)
    page.emulate_media(media="print", color_scheme=scheme)
    badges = 0
    for path in pages_to_print(page):
        page.goto(path)
        words, faint = page.evaluate(FAINT)
        assert words > 30, path
        assert faint == [], path
        badges += page.locator(BADGES).count()
    assert badges > 10


def pages_to_print(page: Page) -> list[str]:
    """The sheet of a site with both license types, and each kind of order."""
    paths = []
    for list_, link in (
        ("/installations/", "main .ledger th a"),
        ("/orders/", "main .ledger th a"),
    ):
        page.goto(list_)
        paths += [each.get_attribute("href") or "" for each in page.locator(link).all()[:8]]
    return [*filter(None, paths), "/home/", "/orders/", "/installations/"]
