"""All tests share this: lanes, databases, Hypothesis profiles, and a browser."""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from django.db import connections
from django.utils import translation
from playwright.sync_api import Playwright
from pytest_django import DjangoDbBlocker, Settings

from limits import counters
from tests import lanes
from tests.cast import Cast, assemble
from tests.cloned_databases import cloned_database, migrated_database
from tests.kept_rows import KeptRows, kept, needs
from tests.purchase_orders import install
from tests.signatures import can_hold_a_unit_test
from tests.sources import text_of
from tests.world import AN_HOUR_LATER, World

gc.disable()  # until all tests are collected: it would find nothing, in two fifths of the time

pytest_plugins = ["tests.desk.staff_fixtures"]  # bulk files and attacks begin with staff, too

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGUMENTS = [
    "--disable-gpu",
    # a test talks to the site only
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

# Times say nothing on a busy machine; a failure in CI has to come again on a second run.
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("unit", deadline=None, max_examples=25)  # of `make unit`
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files anew")
    parser.addoption("--siege-share", type=int, default=1, help="run one of so many sieges only")


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSER_NAMES)), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no browser, or fail it where one is required."""
    if item.get_closest_marker("browser") is None or find_browser():
        return
    reason = "No browser found. Install one, for example: apt-get install chromium"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    no_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses to work for root
    return {
        **browser_type_launch_args,
        "executable_path": find_browser(),
        "args": [*BROWSER_ARGUMENTS, *no_sandbox],
    }


@pytest.fixture(autouse=True)
def _limits_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of a test go with its transaction; only a process's tally of them would stay."""
    monkeypatch.setattr(counters._New, "made", 0)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make unit` imports no module in which each test asks for a database or a browser."""
    if config.option.markexpr != "unit" or not collection_path.match("test_*.py"):
        return None
    return None if can_hold_a_unit_test(text_of(collection_path)) else True


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """First of all comes what is there already when a test's own transaction begins."""
    for item in items:
        if isinstance(item, pytest.Function):
            lanes.assign(item)
            if item.fixturenames[0] != "prepared":  # the parameters of a test share the list
                item.fixturenames.insert(0, "prepared")
    config.stash[lanes.COLLECTED] = [*items]
    share = config.getoption("--siege-share")
    config.hook.pytest_deselected(items=[i for i in items if not lanes.is_in_share(i, share)])
    items[:] = sorted((i for i in items if lanes.is_in_share(i, share)), key=lanes.order)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if (share := config.getoption("--siege-share")) > 1:
        told = f"Sieges: 1 of {share}, always the same ones; all of them: make siege"
        terminalreporter.write_line(told)


def pytest_collection_finish() -> None:
    """All objects of the collection stay to the end, so garbage is not looked for in them again."""
    gc.enable()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
    django_db_createdb: bool,
) -> Iterator[None]:
    """Instead of pytest-django's, which has each worker migrate a database of its own."""
    worker = getattr(request.config, "workerinput", None)
    keep = django_db_keepdb and not django_db_createdb
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(
                cloned_database(worker["workerid"], worker["testrunuid"], keep=keep)
                if worker
                else migrated_database(keep=keep)
            )
        yield
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture(scope="session")
def kept_rows(django_db_blocker: DjangoDbBlocker) -> KeptRows:
    return KeptRows(django_db_blocker)


@pytest.fixture(scope="session")
def database(django_db_setup: None, kept_rows: KeptRows) -> Iterator[None]:
    """No transaction is open when the database is dropped."""
    yield
    kept_rows.prepare([])


@pytest.fixture
def prepared(request: pytest.FixtureRequest, kept_rows: KeptRows) -> None:
    translation.deactivate()  # that of the last page that was read would stay, in new rows, too
    needed = needs(request.node)
    if needed is not None:
        request.getfixturevalue("database")
        kept_rows.prepare(needed)


@pytest.fixture(scope="session")
def no_kept_rows(kept_rows: KeptRows) -> None:
    kept_rows.prepare([])


@pytest.fixture(scope="session")
def playwright(
    no_kept_rows: None, playwright: Playwright, kept_rows: KeptRows
) -> Iterator[Playwright]:
    """Playwright, with Django told that the event loop it leaves in this thread is harmless.

    Beside a loop Django has another connection to the database. None may be in a transaction when
    it changes, or the tests behind wait for it for ever; and the one beside the loop has to be
    closed before the loop ends, or the database can't be dropped at the end.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright
        kept_rows.prepare([])
        connections.close_all()


@kept
def cast() -> Cast:
    return assemble()


@kept
def installed(cast: Cast) -> Cast:
    """With the installations that the purchase orders of tests/data/ find."""
    return install(cast)


@kept
def built(cast: Cast) -> World:
    """The rows that `world` hands out."""
    return World(cast)


@pytest.fixture
def world(built: World, settings: Settings) -> Iterator[World]:
    """Its mail goes to the outbox, and its clock stands still an hour later."""
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
    # a dealer and an end customer, chosen in one form, are two fields and no rows of a list
    allowed = {"model": "companies.Company", "field": "get*"}
    settings.ZEAL_ALLOWLIST = [*getattr(settings, "ZEAL_ALLOWLIST", ()), allowed]
    with time_machine.travel(AN_HOUR_LATER, tick=False):
        yield built
