"""Every mail, as a browser shows it: wide and narrow, light and dark, in every language.

Pictures that have to be equal would break with each new font, so what is judged is what makes
a mail broken whatever the font: something sticks out, is cut off or can't be read, or the
picture without its text has other colors, or other shares of them, than it had when somebody
looked at it. `make mail-colors` notes them anew; docs/decisions/0018-mail-colors.md says why so.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from notifications.samples import SAMPLES, Sample
from portal.desk.previews import html_of
from portal.order.downloads import MAIL_POLICY
from tests.browser.accessibility import load_axe, objections
from tests.browser.screens import Scheme

COLORS = Path(__file__).parents[1] / "data" / "mail_colors.json"
LOOKS: list[tuple[Scheme, int]] = [
    ("light", 1280),
    ("dark", 1280),
    ("light", 390),
    ("dark", 390),
]
COLORED = 390  # pixels wide: a mail without much empty room around it
SERIAL = re.compile(r"\b(?:ISS|VAI)(?:-[0-9A-Z]{4}){4}\b")
SEEN = 0.2  # percent of a picture; less is the edge of something
NEEDED = 1.0  # percent: of a color that must not vanish, nor appear
TOLERANCE = 6.0  # percent of a picture that may have another color; other fonts need 3
HIDE_TEXT = """
* {
  -webkit-text-fill-color: transparent !important;
  text-decoration-color: transparent !important;
}
"""
ORIGIN = "http://mail.test"
Shares = dict[str, float]  # percent, by color
FAULTS = """
() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) faults.push("is wider than the window");
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const parent = texts.currentNode.parentElement;
    if (!text || !parent.checkVisibility()) continue;  // as what mail programs show in their list
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const box = range.getBoundingClientRect();
    const style = getComputedStyle(parent);
    if (box.width < 1 || box.height < 1 || style.visibility !== "visible" || style.opacity < 0.9)
      faults.push(`can't be seen: ${text}`);
    if (box.left < -1 || box.right > width + 1) faults.push(`sticks out: ${text}`);
    if (parseFloat(style.fontSize) < 12) faults.push(`is too small: ${text}`);
    for (let el = parent; el; el = el.parentElement) {
      const cut = getComputedStyle(el).overflow !== "visible" && el !== document.documentElement;
      if (cut && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 1))
        faults.push(`is cut off: ${text}`);
    }
  }
  return faults;
}
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """In a context of its own: no site runs, each mail is answered under the previews' policy."""
    context = browser.new_context()
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    page = context.new_page()
    yield page
    context.close()
    assert complaints == []  # what the policy blocks: a picture, a script, a font


def show(page: Page, sample: Sample, language: str) -> None:
    # Without “sandbox”, for axe is a script.
    headers = {"Content-Security-Policy": MAIL_POLICY.removesuffix("; sandbox")}
    html = html_of(sample.mail(language))

    def answer(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)

    address = f"{ORIGIN}/{sample.kind}/{language}"
    page.route(address, answer)
    page.goto(address)


def faults_of(page: Page, name: str, mail: EmailMessage) -> list[str]:
    """Each serial number of the text has to be seen, too."""
    shown = page.locator("body").inner_text()
    missing = [number for number in SERIAL.findall(str(mail.body)) if number not in shown]
    return [f"{name} {fault}" for fault in [*page.evaluate(FAULTS), *missing]]


def unreadable(page: Page, name: str) -> list[str]:
    load_axe(page)
    found = objections(page, runOnly=["color-contrast", "link-name", "document-title"])
    return [f"{name}: {found}"] if found else []


def shares(page: Page) -> Shares:
    """The share of each color in percent: grounds, boxes, borders, buttons; texts are left out."""
    hidden = page.add_style_tag(content=HIDE_TEXT)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
    hidden.evaluate("style => style.remove()")
    pixels, colors = picture.width * picture.height, picture.convert("RGB").getcolors(1 << 24)
    assert colors
    found = {
        bytes(color).hex(): round(100 * count / pixels, 1)
        for count, color in colors
        if isinstance(color, tuple)
    }
    return {color: found[color] for color in sorted(found) if found[color] >= SEEN}


def compared(now: Shares, before: Shares | None) -> list[str]:
    if before is None:
        return ["is new. Look at it, then run: make mail-colors"]
    found = []
    for one, other, what in ((before, now, "has lost"), (now, before, "has the new color")):
        found += [f"{what} #{c}" for c in one if one[c] >= NEEDED and c not in other]
    moved = sum(abs(now.get(c, 0) - before.get(c, 0)) for c in now | before) / 2
    if moved > TOLERANCE:
        found.append(f"has other colors in {moved:.0f} % of it")
    return found


@pytest.mark.walk
def test_every_mail_can_be_read_and_looks_as_it_should(page: Page) -> None:
    faults: list[str] = []
    before: dict[str, Shares] = json.loads(COLORS.read_text())
    now: dict[str, Shares] = {}
    for sample in SAMPLES.values():
        for language, _ in settings.LANGUAGES:
            mail = sample.mail(language)
            if html_of(mail) is None:
                continue
            show(page, sample, language)
            for scheme, width in LOOKS:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 100})  # as high as the mail
                name = f"{sample.kind}-{language}-{width}-{scheme}"
                faults += faults_of(page, name, mail)
                if width == COLORED and language == "en":
                    now[name] = shares(page)
                    odd = compared(now[name], before.get(name))
                    faults += unreadable(page, name) + [f"{name} {what}" for what in odd]
    if os.environ.get("RENEW_MAIL_COLORS"):
        COLORS.write_text(json.dumps(now, indent=1) + "\n")
        return
    assert faults == []
    assert now.keys() == before.keys(), "A mail is gone. Run: make mail-colors"
