"""The demo site that browsers visit, and a watch over all that they say meanwhile."""

import re
import signal
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    expect,
)
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.supervised import (
    LAST_LINE,
    Supervised,
    free_port,
    fresh_checkout,
    supervised,
)

PATIENCE = 30_000  # milliseconds, on a busy machine; for actions it is the default anyway
REPORT_CSP_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.effectiveDirective} blocks ${event.blockedURI}`);
});
"""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    """The running demo; at the end it stops, and leaves no process and no error behind."""
    with supervised(fresh_checkout(tmp_path_factory.mktemp("demo")), free_port()) as site:
        site.read_until(LAST_LINE)
        yield site
        assert len(site.processes()) >= 3, "supervisor, web server, mail worker"
        site.send(signal.SIGTERM)
        assert site.wait() == 0, site.output
        assert site.processes() == {}
        assert " ERROR " not in site.output


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], demo: Supervised) -> dict[str, Any]:
    return {**browser_context_args, "base_url": demo.url, "reduced_motion": "reduce"}


class Watch:
    """Collects what no page may do: complain, or talk to anybody but the site."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seen: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_CSP_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)

    def forgive(self, address: str) -> None:
        """That the site refused this page, as it should: Chromium reports it as an error."""
        refusal = re.compile(rf"console error: Failed to load resource: .* {re.escape(address)}")
        self.seen = [text for text in self.seen if not refusal.fullmatch(text)]

    def forgive_all(self, path: str) -> None:
        """Requests to that path that a test let fail: Chromium and htmx report each of them."""
        self.seen = [text for text in self.seen if not text.endswith(path) and "htmx-2" not in text]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = message.location["url"]
            self.seen.append(f"console {message.type}: {message.text} {where}")

    def _on_error(self, error: WebError) -> None:
        self.seen.append(f"page error: {error.error}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if f"{address.scheme}://{address.netloc}" != self.origin:
            self.seen.append(f"request to {request.url}")


@pytest.fixture
def watch(demo: Supervised) -> Iterator[Watch]:
    """Judges at the end, when all contexts are closed and nothing can come any more."""
    watch = Watch(demo.url)
    yield watch
    assert not watch.seen, "\n".join(watch.seen)


@pytest.fixture
def new_context(watch: Watch, new_context: CreateContextCallback) -> CreateContextCallback:
    """Overrides the fixture that all contexts and pages come from."""

    def create(**options: Any) -> BrowserContext:
        context = new_context(**options)
        watch.over(context)
        return context

    return create


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def colleague(new_context: CreateContextCallback) -> Page:
    """A second person's browser."""
    return new_context().new_page()
