"""A watch over all that browsers say."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

REPORT_CSP_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.effectiveDirective} blocks ${event.blockedURI}`);
});
"""


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
