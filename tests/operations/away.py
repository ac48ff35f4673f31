"""Run by test_database_away.py: a PostgreSQL of its own that stops in the middle of an order."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tests.temporary_postgres import temporary_postgres

PAGES = ("/orders/", "/orders/new/", "/home/", "/no-such-page/", "/health/")


def main() -> None:
    with ExitStack() as server:
        os.environ["DATABASE_URL"] = server.enter_context(temporary_postgres())
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        _drill(server.close)


def _drill(stop: Callable[[], None]) -> None:
    import django  # noqa: PLC0415 - it reads the address of the database

    django.setup()

    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from tests.cast import assemble  # noqa: PLC0415
    from tests.customers.order_form import values  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    cast = assemble()
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    client.force_login(cast.buyer)

    def order(number: str) -> int:
        sent = values(po_number=number, company=str(cast.harbor.pk), submission=SUBMISSIONS[number])
        return int(client.post("/orders/new/", sent).status_code)

    def stops(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Once the order itself is written, and nothing is told yet."""
        written = execute(sql, params, many, context)
        if sql.startswith('INSERT INTO "orders_order"'):
            stop()
        return written

    print("placed", order("1"))
    with connection.execute_wrapper(stops):
        print("stopped in the middle of an order", order("2"))
    for page in PAGES:
        print(page, client.get(page).status_code)


SUBMISSIONS = {
    "1": "5f2b1c1e-6b0f-4f7e-9d53-0d8f7a1a2b31",
    "2": "5f2b1c1e-6b0f-4f7e-9d53-0d8f7a1a2b32",
}

if __name__ == "__main__":
    main()
