"""The log says who did what when, and no secrets."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.test.client import RequestFactory
from pytest_django import Settings

from licensing.models import Serial
from orders.models import Order
from outbox.actions import content_of
from outbox.models import Message
from portal.web import logs
from portal.web.request_log import loggable_path
from tests.cast import PASSWORD, Cast, current
from tests.letters import write_letters

Line = dict[str, Any]
Lines = Callable[[], list[Line]]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that would be written in production."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.formatter(as_json=True))
    logging.getLogger().addHandler(handler)
    yield output
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def lines(log: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.fixture
def buyer(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.buyer)
    return client


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Callable[[], None]:
    """Delivers what is due."""
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
    settings.MAIL_URL = tmp_path.as_uri()

    def deliver() -> None:
        call_command("deliver_mail", once=True)

    return deliver


def order_form(client: Client, serial: str) -> dict[str, str]:
    form = client.get("/orders/new/").context["form"]
    return {
        "kind": "existing",
        "serial_VAI": serial,
        "po_number": "PO-88121-X",
        "company": form["company"].value(),
        "submission": form["submission"].value(),
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-product": "VS-ES1",
        "lines-0-quantity": "3",
    }


def test_a_request_is_one_line(buyer: Client, cast: Cast, lines: Lines) -> None:
    response = buyer.get("/installations/?q=secret", headers={"X-Request-ID": "proxy-4711"})
    [line] = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("duration_ms") > 0
    assert line.pop("pid")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "portal.web.request_log",
        "method": "GET",
        "path": "/installations/",
        "status": 200,
        "user_id": cast.buyer.pk,
        "request_id": "proxy-4711",
    }
    assert response["X-Request-ID"] == "proxy-4711"


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space", 'quo"te', "line\nbreak"])
def test_an_ill_formed_request_id_is_replaced(db: None, lines: Lines, given: str) -> None:
    response = Client().get("/", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])
    assert lines()[-1]["request_id"] == response["X-Request-ID"]


def test_lines_of_other_requests_do_not_inherit_anything(buyer: Client, lines: Lines) -> None:
    buyer.get("/orders/")
    Client().get("/orders/")
    first, second = lines()
    assert first["user_id"]
    assert second["user_id"] is None
    assert first["request_id"] != second["request_id"]


def test_nothing_private_is_logged(
    buyer: Client, cast: Cast, log: io.StringIO, lines: Lines, worker: Callable[[], None]
) -> None:
    """An order, a wrong password, a reset link and the worker, in one log."""
    cast.harbor.auto_issue = True
    cast.harbor.save()
    site = cast.site(VS_ES1=2)
    old = current(site, "VAI")
    assert buyer.post("/orders/new/", order_form(buyer, old)).status_code == 302
    buyer.get("/installations/", {"q": old})
    buyer.get(f"/installations/{old}/")
    anonymous = Client()
    wrong = {"login": cast.buyer.email, "password": "wrong-password"}
    anonymous.post("/account/login/", wrong)
    anonymous.post("/account/login/", wrong | {"password": PASSWORD})
    Client().post("/account/password/reset/", {"email": cast.buyer.email})
    reset = content_of(Message.objects.get(record=""))
    [link] = re.findall(rb"/account/password/reset/key/\S+", reset)
    token = link.decode().rstrip("/").rpartition("-")[2]
    for path in (link.decode(), link.decode().rstrip("/"), f"/mangled{link.decode()}"):
        Client().get(path)
    worker()

    written = log.getvalue()
    private = [user.email for user in (cast.buyer, cast.sales)]
    private += [*Serial.objects.values_list("number", flat=True), "wrong-password", PASSWORD]
    private += [token, "PO-88121-X", site.site_name, "licenses@", "csrfmiddlewaretoken"]
    assert [secret for secret in private if secret.casefold() in written.casefold()] == []
    events = {line["event"] for line in lines()}
    assert {"request", "mail sent"} <= events
    assert Order.objects.filter(state="issued", po_number="PO-88121-X").exists()
    assert str(cast.buyer.pk) in {str(line.get("user_id")) for line in lines()}
    assert '"path": "/account/password/reset/key/' in written


def test_a_mail_is_one_line_of_facts(cast: Cast, lines: Lines, worker: Callable[[], None]) -> None:
    cast.site(ISS_Expert=1)
    write_letters()
    worker()
    events = [line["event"] for line in lines()]
    assert events == [
        "mail worker started",
        "mail claimed",
        "mail sent",
        "mail worker idle",
        "mail worker stopped",
    ]
    [line] = [line for line in lines() if line["event"] == "mail sent"]
    [idle] = [line for line in lines() if line["event"] == "mail worker idle"]
    assert idle["mails"] == 1
    message = Message.objects.get()
    assert {name: line[name] for name in ("event", "message_id", "attempt", "logger")} == {
        "event": "mail sent",
        "message_id": message.message_id,
        "attempt": 1,
        "logger": "outbox.actions",
    }


def test_an_error_has_its_traceback_without_the_data_in_it(
    buyer: Client, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        local_variable = "only-in-a-variable"
        raise IntegrityError(
            f"duplicate key, ann@dealer.example has VAI-7K3M-9QWX-4TZ8-2HPC {len(local_variable)}\n"
            "DETAIL:  Failing row contains (9, Secret Site)."
        )

    monkeypatch.setattr("portal.customers.orders.order_views.page_of", broken)
    buyer.raise_request_exception = False
    response = buyer.get("/orders/?after=secret")
    error, request = lines()
    assert response.status_code == request["status"] == 500
    assert request["level"] == error["level"] == "error"
    assert error["event"] == "Internal Server Error: [path]"
    assert "IntegrityError: duplicate key, [address] has [serial] 18" in error["exception"]
    assert "DETAIL: [left out]" in error["exception"]
    assert error["request_id"] == request["request_id"] == response["X-Request-ID"]
    assert "secret" not in json.dumps([error, request]).lower()
    assert "only-in-a-variable" not in error["exception"]


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/orders/7k3m9qwx4t/", "/orders/7k3m9qwx4t/"),
        ("/account/password/reset/key/3-abc-def/", "/account/password/reset/key/3-[key]/"),
        ("/account/password/reset/key/3-abc-def", "/account/password/reset/key/3-[key]"),
        ("/admin/orders/order/12/change/", "/admin/orders/order/12/change/"),
        ("/nowhere/" + "x" * 24 + "/", "/nowhere/[long]/"),
        ("/" + "a/" * 200, ("/" + "a/" * 200)[:200]),
    ],
)
def test_a_path_is_logged_without_its_secrets(path: str, logged: str) -> None:
    assert loggable_path(RequestFactory().get(path)) == logged


def test_static_files_and_probes_are_no_news(db: None, lines: Lines) -> None:
    assert Client().get("/health/").status_code == 200
    assert lines() == []


def test_a_person_reads_plain_lines() -> None:
    record = logging.LogRecord("outbox.actions", logging.INFO, "", 0, "mail sent", (), None)
    record.attempt = 2
    line = logs.formatter(as_json=False).format(record)
    assert re.search(r"\[info +\] mail sent +\[outbox\.actions\] attempt=2", line)
    assert "\x1b" not in line


def test_an_address_is_hidden_and_a_message_id_is_not() -> None:
    said = f"<{'0f' * 16}@vendor.example> to Ann <ann@dealer.example>, smtp://u:pw@mail.example:25"
    event = logs.hide_private(None, "", {"event": said, "attempt": 2})
    assert event == {
        "event": f"<{'0f' * 16}@vendor.example> to Ann <[address]>, smtp://[address]:25",
        "attempt": 2,
    }
