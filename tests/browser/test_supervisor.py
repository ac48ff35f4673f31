"""How the demo starts, starts again, and ends. That SIGTERM ends it well, `demo` asserts."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.steps import BUYER, expect_state, log_in_by_form, order_new_site
from tests.browser.supervised import (
    LAST_LINE,
    Supervised,
    free_port,
    fresh_checkout,
    supervised,
)
from tools import serve

pytestmark = pytest.mark.browser


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return fresh_checkout(tmp_path)


def page_at(browser: Browser, site: Supervised) -> Page:
    return browser.new_context(base_url=site.url).new_page()


def test_a_second_run_continues_where_the_first_ended(checkout: Path, browser: Browser) -> None:
    port = free_port()

    # Given a run in which somebody ordered, ended by Ctrl-C
    with supervised(checkout, port) as first:
        first.read_until(LAST_LINE)
        page = page_at(browser, first)
        log_in_by_form(page, first, BUYER)
        order_new_site(page, "Tug Station", "5101", {"ISS-Expert": 1})
        first.send(signal.SIGINT)
        assert first.wait() == 0, first.output
        assert first.processes() == {}

    # When it runs again
    with supervised(checkout, port) as second:
        second.read_until(LAST_LINE)

        # Then the order is there, its mail too, and the user is logged in still
        page.reload()
        expect_state(page, "Issued")
        assert second.wait_for_letter("5101")
        assert (second.url, second.password) == (first.url, first.password)
        page.context.close()

        # And when a part of it dies, all of it ends and says which part it was
        os.kill(second.wait_for_process("deliver_mail"), signal.SIGKILL)
        assert second.wait() == 1
        assert "The mail worker ended with exit status -9." in second.output
        assert second.processes() == {}


def test_a_busy_port_is_said_before_anything_is_done(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        port = somebody_else.getsockname()[1]
        with supervised(checkout, port) as site:
            status = site.wait()
    assert status == 1
    assert site.output == (
        f"Port {port} cannot be used: Address already in use. "
        "Stop the program that uses it, or choose another: make run PORT=8001\n"
    )
    assert not (checkout / "var").exists()


def test_it_ends_while_it_prepares(checkout: Path) -> None:
    with supervised(checkout, free_port()) as site:
        site.read_until("Preparing the demo …")
        site.send(signal.SIGINT)
        assert site.wait() == 0, site.output
        assert "Traceback" not in site.output
        assert site.processes() == {}


def test_it_ends_while_the_web_server_starts(checkout: Path) -> None:
    with supervised(checkout, free_port()) as site:
        site.wait_for_process("granian")
        site.send(signal.SIGTERM)
        assert site.wait() == 0, site.output
        assert site.processes() == {}


@pytest.fixture
def _signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals_as_before")
def test_a_signal_in_the_moment_of_a_start_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start_and_be_interrupted(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        child = popen(*args, **options)
        started.append(child)
        os.kill(os.getpid(), signal.SIGTERM)
        return child

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", start_and_be_interrupted)
    supervisor = serve.Supervisor()
    try:
        serve.serve(supervisor, free_port())
    finally:
        supervisor.stop()
        (child,) = started
        status = child.poll()
        child.kill()
        child.wait()
    assert status is not None
