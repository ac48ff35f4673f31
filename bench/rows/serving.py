"""Pages beside a bare view, both served by granian in a process of its own."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client

from bench import databases, seeding
from bench.plan import Plan
from bench.table import Found
from companies.models import Membership, User
from orders.models import Order

HOST = "127.0.0.1"
START_SECONDS = 120
WRK = shutil.which("wrk")
PORTAL = ("portal.wsgi:application", "bench.settings", "/health/")
BARE = ("bench.bare_wsgi:application", "bench.bare_settings", "/bare/0/")


def beside_the_bare_view(plan: Plan) -> Found:
    """Requests per second of the bare view, ÷ those of the list and of an order's page."""
    name = seeding.name_of(plan.sizes[0])
    databases.use(name)
    company = Membership.objects.get(user__email=seeding.BUYER).company
    order = Order.objects.filter(company=company, state="issued").latest("pk")
    known, plain = _session(), _session("django.contrib.auth.backends.ModelBackend")
    with served(*PORTAL, name) as portal, served(*BARE, name) as bare:
        pages = {
            "bare": (bare, f"/bare/{company.pk}/", plain),
            "list": (portal, "/orders/", known),
            "detail": (portal, order.get_absolute_url(), known),
        }
        rates: dict[str, list[float]] = {kind: [] for kind in pages}
        for page in pages.values():
            _rate(*page, plan.seconds)  # what a process does at first
        for _ in range(plan.rounds):
            for kind, page in pages.items():
                rates[kind].append(_rate(*page, plan.seconds))
    rate = {kind: statistics.median(each) for kind, each in rates.items()}
    return Found(
        f"{rate['bare'] / rate['list']:.1f}, {rate['bare'] / rate['detail']:.1f}",
        f"requests a second by {'wrk' if WRK else 'http.client, kept alive'}, one at a time, to "
        f"granian with one thread; medians of {plan.rounds} rounds; {plan.sizes[0]:,} orders",
        [f"{kind}: {each:.0f}/s" for kind, each in rate.items()],
    )


def _session(backend: str | None = None) -> str:
    """The cookie of a browser that is logged in."""
    client = Client()
    client.force_login(User.objects.get(email=seeding.BUYER), backend=backend)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@contextmanager
def served(application: str, settings_module: str, path: str, database: str) -> Iterator[int]:
    """A web server with these settings, which answers there once it is ready; its port."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    url = os.environ["DATABASE_URL"].replace("/postgres?", f"/{database}?")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings_module, "DATABASE_URL": url}
    options = ["--interface", "wsgi", "--blocking-threads", "1", "--log-level", "error"]
    address = ["--host", HOST, "--port", str(port)]
    command = [sys.executable, "-m", "granian", application, *options, *address]
    with subprocess.Popen(command, env=environment) as server:
        try:
            _wait_until_ready(port, path)
            yield port
        finally:
            server.terminate()


def _wait_until_ready(port: int, path: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            _get(http.client.HTTPConnection(HOST, port, timeout=5), path, "")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The web server of the bench did not start.")


def _rate(port: int, path: str, session: str, seconds: float) -> float:
    if WRK and seconds >= 1:
        return _by_wrk(port, path, session, seconds)
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    began, asked = time.monotonic(), 0
    while (taken := time.monotonic() - began) < seconds:
        if _get(connection, path, session) != 200:
            raise RuntimeError(f"{path} does not answer 200.")
        asked += 1
    return asked / taken


def _get(connection: http.client.HTTPConnection, path: str, session: str) -> int:
    connection.request(
        "GET", path, headers={"Cookie": session, "Host": f"localhost:{connection.port}"}
    )
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _by_wrk(port: int, path: str, session: str, seconds: float) -> float:
    command = [WRK or "", "-t1", "-c1", f"-d{seconds:.0f}s", "-H", f"Cookie: {session}"]
    run = subprocess.run(
        [*command, f"http://{HOST}:{port}{path}"], capture_output=True, text=True, check=True
    )
    found = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    if found is None or "Non-2xx" in run.stdout:
        raise RuntimeError(f"{path}: wrk says {run.stdout}")
    return float(found[1])
