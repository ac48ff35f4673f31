"""The demo site that browsers visit, and a watch over all that they say meanwhile."""

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    BrowserContext,
    Page,
    expect,
)
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.steps import READ_BY_MANY
from tests.browser.supervised import (
    LAST_LINE,
    Supervised,
    free_port,
    fresh_checkout,
    supervised,
)
from tests.browser.watch import Watch

PATIENCE = 30_000  # milliseconds, on a busy machine; for actions it is the default anyway


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    """The running demo; at the end it stops, and leaves no process and no error behind."""
    with supervised(fresh_checkout(tmp_path_factory.mktemp("demo")), free_port()) as site:
        site.read_until(LAST_LINE)
        before = site.revisions_of(READ_BY_MANY)
        yield site
        assert site.revisions_of(READ_BY_MANY) == before > 0, "which test orders for this site?"
        assert len(site.processes()) >= 3, "supervisor, web server, mail worker"
        site.send(signal.SIGTERM)
        assert site.wait() == 0, site.output
        assert site.processes() == {}
        assert " ERROR " not in site.output


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], demo: Supervised) -> dict[str, Any]:
    return {**browser_context_args, "base_url": demo.url, "reduced_motion": "reduce"}


@pytest.fixture
def watch(demo: Supervised) -> Iterator[Watch]:
    """Judges at the end, when all contexts are closed and nothing further can come."""
    watch = Watch(demo.url)
    yield watch
    assert not watch.seen, "\n".join(watch.seen)


@pytest.fixture
def new_context(watch: Watch, new_context: CreateContextCallback) -> Callable[..., BrowserContext]:
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
