"""The objections of axe-core to a page.

Most of its time goes into contrast: in each cell of each list on each page it finds out anew
what lies below a text. The same colors at the same size are judged once in each tab.
"""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

# Only good answers are kept, by all that they depend on. axe is asked as ever about what may lie
# over something else than its parents: what sticks out of them, or is positioned without a ground.
# What that leaves out is a text that a margin draws over its sibling. The checks of axe have no
# public name; if they get another one, the first page fails.
JUDGE_A_CONTRAST_ONCE = """
(() => {
  const check = axe._audit.checks["color-contrast"];
  const judge = check.evaluate;
  check.evaluate = function (element, ...others) {
    const key = keyOf(element);
    if (key && sessionStorage.getItem(key)) return true;
    const answer = judge.call(this, element, ...others);
    if (key && answer === true) sessionStorage.setItem(key, "good");
    return answer;
  };

  function keyOf(element) {
    const {color, fontSize, fontWeight, textShadow} = getComputedStyle(element);
    const key = ["contrast", element.localName, color, fontSize, fontWeight, textShadow];
    let opaque = false;
    for (let each = element; each; each = each.parentElement) {
      const {backgroundColor, backgroundImage, opacity, position} = getComputedStyle(each);
      const ground = `${backgroundColor} ${backgroundImage} ${opacity}`;
      if (ground !== "rgba(0, 0, 0, 0) none 1") {
        if (!isWithin(element, each) && !isEverywhere(each)) return null;
        key.push(ground);
      }
      opaque ||= backgroundColor.startsWith("rgb(");
      if (!opaque && !["static", "relative"].includes(position)) return null;
    }
    return key.join();
  }

  function isWithin(element, parent) {
    const [inner, outer] = [element, parent].map((each) => each.getBoundingClientRect());
    return inner.left >= outer.left && inner.right <= outer.right
      && inner.top >= outer.top && inner.bottom <= outer.bottom;
  }

  function isEverywhere(element) {  // though its box may be as high as the window only
    return element.contains(document.body);
  }
})();
"""
RUN = "options => axe.run(options).then(({violations}) => ({violations}))"
OPTIONS = {"resultTypes": ["violations"], "preload": False}  # no rule of ours needs what it loads


def load_axe(page: Page) -> None:
    page.evaluate(AXE_SCRIPT + JUDGE_A_CONTRAST_ONCE)


def objections(page: Page, **options: Any) -> str:
    """A report of what axe finds in a page that it was loaded in; nothing if it is content."""
    results = AxeResults(page.evaluate(RUN, OPTIONS | options))
    return str(results.generate_report()) if results.violations_count else ""


def expect_no_violations(page: Page, name: str) -> None:
    load_axe(page)
    assert not (found := objections(page)), f"{name}: {found}"
