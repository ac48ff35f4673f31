"""Whether the edges of controls stand out from the ground around them, as they are drawn."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image
from playwright.sync_api import Page, ViewportSize

ENOUGH = 3.0  # WCAG 1.4.11, non-text contrast
RING = 4  # pixels from the edge inward in which the edge is drawn
EDGES = {"Top": (0, -1), "Right": (1, 0), "Bottom": (0, 1), "Left": (-1, 0)}
TALLEST = 6000  # pixels of a page that is looked at as a whole

# Controls that have a shape: what is only words has the contrast of words, which axe judges.
FIND = """
() => {
  const clear = "rgba(0, 0, 0, 0)";
  const shape = (each) => {
    const {borderTopWidth, borderTopColor, backgroundColor, appearance} = getComputedStyle(each);
    const drawn = each.matches("input[type=checkbox], input[type=radio]") && appearance !== "none";
    const edged = parseFloat(borderTopWidth) > 0 && borderTopColor !== clear;
    return drawn || edged || backgroundColor !== clear;
  };
  const edges = (each) => {  // those that it has; what has none is told by its ground
    const style = getComputedStyle(each);
    const drawn = ["Top", "Right", "Bottom", "Left"].filter((side) =>
      parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Color`] !== clear);
    return drawn.length ? drawn : ["Top", "Right", "Bottom", "Left"];
  };
  const seen = (each) => each.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const selector = "input:not([type=hidden]), select, textarea, button, summary, div.choice, "
    + "a.btn, a.button, a.desk-act, .select2-selection";
  return [...document.querySelectorAll(selector)]
    .filter((each) => seen(each) && shape(each) && !each.disabled && !each.closest("[inert]"))
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([, {width, height}]) => width > 8 && height > 8)
    .filter(([each, box]) => {
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return top && (each.contains(top) || top.contains(each));
    })
    .map(([each, box]) => ({
      name: `${each.localName}.${each.className || each.name || each.type || ""}`,
      edges: edges(each),
      x: box.x, y: box.y, width: box.width, height: box.height,
    }));
}
"""
RINGS = """
() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary"
  )]
  .filter((each) => !each.disabled && each.checkVisibility({visibilityProperty: true}))
  .flatMap((each) => {
    each.focus();
    if (document.activeElement !== each) return [];
    const ringed = [each, each.closest("label"), each.parentElement].some((one) => {
      if (!one) return false;
      const {outlineStyle, outlineWidth} = getComputedStyle(one);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    });
    return ringed ? [] : [`${each.localName}.${each.className || each.name}`];
  })
"""


@dataclass(frozen=True)
class Control:
    name: str
    x: float
    y: float
    width: float
    height: float
    edges: list[str]

    def contrast(self, picture: Image.Image) -> float:
        """The weakest of its edges against the ground just outside it."""
        return min(self._of_edge(picture, *EDGES[edge]) for edge in self.edges)

    def _of_edge(self, picture: Image.Image, right: int, down: int) -> float:
        """Looks along a line from outside to inside, at the middle of that edge."""
        x = self.x + self.width / 2 + right * self.width / 2
        y = self.y + self.height / 2 + down * self.height / 2
        steps = [(x - right * step, y - down * step) for step in range(-3, RING + 1)]
        colors = [_color(picture, *step) for step in steps]
        return max(ratio(colors[0], color) for color in colors[1:])


def weak_controls(page: Page) -> list[str]:
    """The controls of the page with edges that are too weak, with their contrast."""
    _show_all(page)
    found: list[dict[str, Any]] = page.evaluate(FIND)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    controls = [Control(**each) for each in found]
    measured = {(each.name, round(each.contrast(picture), 2)) for each in controls}
    return [f"{name} {contrast}:1" for name, contrast in sorted(measured) if contrast < ENOUGH]


def without_focus_ring(page: Page) -> list[str]:
    page.keyboard.press("Tab")  # from now on focus is shown
    found: list[str] = page.evaluate(RINGS)
    return sorted(set(found))


def _show_all(page: Page) -> None:
    """As if the window were as high as the page: nothing is scrolled away."""
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.evaluate("innerWidth")
    page.set_viewport_size(ViewportSize(width=width, height=min(height, TALLEST)))


def ratio(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """By the formula of WCAG."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: tuple[int, ...]) -> float:
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (channel / 255 for channel in color)
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _color(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    at = (min(max(int(x), 0), picture.width - 1), min(max(int(y), 0), picture.height - 1))
    color = picture.getpixel(at)
    assert isinstance(color, tuple)
    return tuple(map(int, color))
