"""docs/operations.md, followed: installed, used, backed up, lost and restored."""

import json
import re
import shutil
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.cast import PASSWORD
from tests.files import pdf, upload
from tests.operations import operations_page
from tests.operations.drill import HOST, Machine, Visitor, request
from tests.outbox.processes import MailServer
from tests.pages import links
from tests.temporary_postgres import temporary_postgres

BUYER = "buyer@dealer.example"
PEOPLE = f"""
.venv/bin/python manage.py createsuperuser --no-input --email admin@vendor.example
.venv/bin/python manage.py shell --verbosity 0 --command "
from companies.models import Company, Membership, User
company = Company.objects.create(name='Harbor Security', auto_issue=True)
user = User.objects.create_user('{BUYER}', '{PASSWORD}')
Membership.objects.create(company=company, user=user, role='buyer')
"
"""
ORDER = {
    "kind": "new",
    "site_name": "Harbor Point Terminal",
    "po_number": "PO-88121",
    "lines-0-product": "VS-ES1",
    "lines-0-quantity": "12",
}
WHOLE = "The ledger is whole: 1 installations, 1 serials, 1 issued orders, 1 mails."
ALL_THERE = "All documents are there: 1."


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer("ok", tmp_path / "accepted.jsonl")
    yield server
    server.end()


@pytest.fixture
def machine(tmp_path: Path, mail_server: MailServer) -> Iterator[Machine]:
    with temporary_postgres() as url:
        machine = Machine(tmp_path, url, mail_server)
        yield machine
        machine.kill()


@pytest.mark.siege
def test_the_page_works_word_for_word(machine: Machine, mail_server: MailServer) -> None:
    install(machine)
    machine.start()
    check_plain_http(machine.ports[0])
    visitor = Visitor(machine.ports)
    order_page = place_an_order(visitor)
    serial = serial_on(visitor.get(order_page))
    assert serial in confirmation(mail_server)
    check_document(visitor, order_page)
    check_document(visitor, order_page)
    machine.run("backup")
    exercise(machine)

    machine.stop()
    shutil.rmtree(machine.folder / "lib")
    machine.run("documents")
    machine.run("restore")
    checked = machine.run_as_portal("restore-check")
    assert WHOLE in checked
    assert ALL_THERE in checked
    machine.start()
    check_document(visitor, order_page)
    assert serial_on(visitor.get(order_page)) == serial  # still logged in
    machine.stop()
    assert mail_server.message_ids == [*dict.fromkeys(mail_server.message_ids)]
    assert [name for name in machine.blocks if name != "shell"] == [*dict.fromkeys(machine.done)]
    check_log(machine.log, secrets=[serial, BUYER, PASSWORD, "PO-88121", "Harbor"])


def install(machine: Machine) -> None:
    machine.run("database")
    machine.run("environment")
    machine.run("documents")
    machine.run_as_portal("prepare")
    machine.run("static")
    machine.manage(PEOPLE, DJANGO_SUPERUSER_PASSWORD=PASSWORD)


def place_an_order(visitor: Visitor) -> str:
    """The address of the order, issued at once; each request goes to the other web server.

    Its document is attached by one of them and downloaded from both.
    """
    assert visitor.post("/account/login/", {"login": BUYER, "password": PASSWORD}) == "/home/"
    assert all(cookie["secure"] for cookie in visitor.cookies.values())
    return visitor.post("/orders/new/", ORDER, document=upload())


def serial_on(page: str) -> str:
    [serial] = set(re.findall(r"VAI(?:-[0-9A-Z]{4}){4}", page))
    return str(serial)


def confirmation(mail_server: MailServer) -> str:
    assert mail_server.next_line() == "received"
    [accepted] = mail_server.accepted
    assert accepted["recipients"] == [BUYER]
    mail = message_from_bytes(accepted["raw"], policy=policy.default)
    return str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def check_document(visitor: Visitor, order_page: str) -> None:
    documents = f"{order_page}documents/"
    (address,) = [each for each in links(visitor.get(order_page)) if each.startswith(documents)]
    assert visitor.get(address) == pdf().decode(errors="replace")


def exercise(machine: Machine) -> None:
    """The restore beside the running site."""
    machine.run("exercise")
    checked = machine.run_as_portal("exercise-check")
    assert WHOLE in checked
    assert ALL_THERE in checked
    machine.run("exercise-end")


def check_log(log: str, secrets: list[str]) -> None:
    """Every line is data, the workers' too, and none has anything private."""
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events.count("mail sent") == 1
    assert events.count("mail worker started") == events.count("mail worker stopped") == 4
    assert "request" in events
    assert [secret for secret in secrets if secret in log] == []


def check_plain_http(port: int) -> None:
    """It is for probes only, and those have to know our name."""
    host = {"Host": HOST}
    https = host | {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    assert request(port, "GET", "/health/", host)[0] == 200
    assert request(port, "GET", "/health/", {"Host": "10.0.0.7"})[0] == 400
    status, headers, _ = request(port, "GET", "/account/login/", host)
    assert (status, headers["Location"]) == (301, f"https://{HOST}/account/login/")
    status, headers, _ = request(port, "GET", "/account/login/", https)
    assert status == 200
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_systemd_starts_what_the_procfile_starts() -> None:
    units = operations_page.unit_commands()
    kinds = ("web", "mail", "letters")
    web, mail, letters = (units[f"license-portal-{kind}@.service"] for kind in kinds)
    commands = [web.replace("%i", "8001"), web.replace("%i", "8002"), mail, mail, letters]
    started = [command.replace("/opt/license-portal/", "") for command in commands]
    assert started == list(operations_page.procfile().values())
