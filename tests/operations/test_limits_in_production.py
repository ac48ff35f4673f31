"""The limits as production runs them: its settings, two web servers, one table."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

import pytest
from django.db import connection
from pytest_django import Settings

from companies.models import User
from licensing.models import Installation
from limits.declared import GUESSES, LOG_IN
from limits.models import Counter as Row
from orders.models import Order
from portal import settings as portal_settings
from tests.cast import PASSWORD, Cast, assemble
from tests.customers.order_form import values
from tests.operations.drill import free_ports, request
from tests.outbox.processes import database_url

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "licenses.vendor.example"
SALES = "sales@vendor.example"
START_SECONDS = 60

pytestmark = [
    pytest.mark.siege,
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
]
TRIES = LOG_IN.windows[0].tries
THREADS, EACH = 8, 4


class Servers:
    """Two web servers on the database of the test."""

    def __init__(self, folder: Path) -> None:
        self.ports = free_ports(2)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._environment = kept | {
            "PORTAL_MODE": "production",
            "PORTAL_URL": f"https://{HOST}",
            "PORTAL_VAR": str(folder),
            "SECRET_KEY": "k" * 25 + "0123456789" * 3,
            "LINK_KEY": "l" * 25 + "0123456789" * 3,
            "DATABASE_URL": database_url(),
            "MAIL_URL": "smtp://127.0.0.1:9",
            "TRUSTED_PROXIES": "1",
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        subprocess.run(collect, cwd=ROOT, env=self._environment, check=True)
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self._processes = [self._start(port, log) for port in self.ports]

    def _start(self, port: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
        command = ["-m", "granian", "portal.wsgi:application", "--interface", "wsgi"]
        options = ["--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "4"]
        return subprocess.Popen(
            [sys.executable, *command, *options],
            cwd=ROOT,
            env=self._environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        waiting = list(self.ports)
        while waiting:
            assert time.monotonic() < deadline, self.log.read_text()
            try:
                status, _, body = request(waiting[0], "GET", "/health/", {"Host": HOST})
                assert status == 200, body
                waiting.pop(0)
            except OSError:
                time.sleep(0.1)

    def end(self) -> None:
        for process in self._processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def servers(db: None, settings: Settings, tmp_path: Path) -> Iterator[Servers]:
    settings.PASSWORD_HASHERS = portal_settings.PASSWORD_HASHERS
    User.objects.create_user(SALES, PASSWORD)
    servers = Servers(tmp_path)
    try:
        servers.wait()
        yield servers
    finally:
        servers.end()
        connection.close()


class Visitor:
    """A browser behind the proxy, which sends its requests to the servers in turn."""

    def __init__(self, servers: Servers, address: str) -> None:
        self.servers, self.address, self.requests = servers, address, 0
        self.cookies: SimpleCookie = SimpleCookie()

    def log_in(self, password: str, email: str = SALES, **headers: str) -> tuple[int, str]:
        """The status, and in words what became of it."""
        token = self.send("GET", "/account/login/").cookie("__Host-csrftoken", "csrftoken")
        body = {"login": email, "password": password, "csrfmiddlewaretoken": token}
        answer = self.send("POST", "/account/login/", urlencode(body).encode(), **headers)
        found = re.search("Email or password is wrong|Too many tries in a row", answer.body)
        return answer.status, found[0] if found else answer.headers.get("Location", "")

    def order(self, cast: Cast, **fields: str) -> Answer:
        token = self.cookies["__Host-csrftoken"].value
        body = {**values(company=str(cast.harbor.pk), **fields), "csrfmiddlewaretoken": token}
        return self.send("POST", "/orders/new/", urlencode(body).encode())

    def send(self, method: str, path: str, body: bytes = b"", **more: str) -> Answer:
        self.requests += 1
        headers = {
            "Host": HOST,
            "Origin": f"https://{HOST}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.address,
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={each.value}" for name, each in self.cookies.items()),
        } | more
        port = self.servers.ports[self.requests % 2]
        status, answered, text = request(port, method, path, headers, body)
        for cookie in answered.get_all("Set-Cookie") or []:
            self.cookies.load(cookie)
        return Answer(status, answered, text, self.cookies)


class Answer:
    def __init__(
        self, status: int, headers: http.client.HTTPMessage, body: str, cookies: SimpleCookie
    ) -> None:
        self.status, self.headers, self.body, self._cookies = status, headers, body, cookies

    def cookie(self, *names: str) -> str:
        return next(self._cookies[name].value for name in names if name in self._cookies)


def test_two_web_servers_count_as_one(servers: Servers) -> None:
    """From one address six wrong passwords; from another the right one."""
    thief = Visitor(servers, "192.0.2.7")
    said = [thief.log_in("wrong")[1] for _ in range(TRIES + 1)]
    assert said == ["Email or password is wrong"] * TRIES + ["Too many tries in a row"]
    spoofed = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7", "X-Real-IP": "198.51.100.2"}
    assert thief.log_in(PASSWORD, **spoofed)[1] == "Too many tries in a row"
    owner = Visitor(servers, "198.51.100.7")
    status, where = owner.log_in(PASSWORD)
    assert (status, where.split("?")[0]) == (302, "/home/")
    assert "__Host-known_browser" in owner.cookies
    known = owner.cookies["__Host-known_browser"]
    assert (known["secure"], known["httponly"], known["path"]) == (True, True, "/")
    assert Row.objects.filter(kind="log_in").count() == 2
    check_at_once(servers)


SITES = 30_000


def test_rules_hold_among_thirty_thousand_sites(servers: Servers) -> None:
    """A buyer of a large dealer, whose every other request goes to the other server."""
    User.objects.all().delete()
    cast = assemble()
    cast.buyer.set_password(PASSWORD)
    cast.buyer.save()
    named = [f"Harbor Warehouse {number}" for number in range(SITES - 1)]
    Installation.objects.bulk_create(
        [Installation(company=cast.harbor, site_name=name) for name in [*named, "O'Hare Annex"]],
        batch_size=1000,
    )
    buyer = Visitor(servers, "198.51.100.8")
    assert buyer.log_in(PASSWORD, cast.buyer.email)[0] == 302
    found = buyer.send("GET", f"/installations/?{urlencode({'q': 'o’hare  annex'})}")
    assert "O&#x27;Hare Annex" in found.body
    for typed in ("O’Hare Annex", "O`HARE\N{NO-BREAK SPACE}Annex"):
        asked = buyer.order(cast, kind="new", site_name=typed)
        assert "Is this an existing installation?" in asked.body, typed
    for number in range(GUESSES.windows[0].tries):
        answer = buyer.order(cast, kind="existing", site_name="", serial_ISS=f"NONE-{number}")
        assert answer.status == 200, number
    assert buyer.order(cast, kind="existing", site_name="", serial_ISS="NONE").status == 429
    assert Installation.objects.count() == SITES
    assert not Order.objects.exists()


def check_at_once(servers: Servers) -> None:
    """However many at the same moment, at both: no more are looked at than the limit has."""
    said: list[str] = []
    barrier = threading.Barrier(THREADS)

    def work() -> None:
        visitor = Visitor(servers, "203.0.113.7")
        barrier.wait()
        said.extend(visitor.log_in("wrong")[1] for _ in range(EACH))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(said) == {
        "Email or password is wrong": TRIES,
        "Too many tries in a row": THREADS * EACH - TRIES,
    }
