"""The order form as a browser sends it, and the errors that it shows."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.cast import Cast
from tests.pages import words_of


def values(*lines: tuple[str, str], **fields: str) -> dict[str, str]:
    """The fields that the browser sends."""
    lines = lines or (("ISS-Expert", "4"),)
    data = {
        "kind": "new",
        "site_name": "Pier 9",
        "po_number": "4711",
        "submission": "5f2b1c1e-6b0f-4f7e-9d53-0d8f7a1a2b3c",
        "lines-TOTAL_FORMS": str(len(lines)),
        "lines-INITIAL_FORMS": "0",
        "notify": "",
        "find": "",
        "seen": "",
        **fields,
    }
    for number, (product, quantity) in enumerate(lines):
        data[f"lines-{number}-action"] = "add"
        data[f"lines-{number}-source"] = ""
        data[f"lines-{number}-starts_on"] = ""
        data[f"lines-{number}-product"] = product
        data[f"lines-{number}-quantity"] = quantity
    return data


def send(client: Client, cast: Cast, data: dict[str, str]) -> Any:
    return client.post("/orders/new/", {"company": str(cast.harbor.pk), **data})


def errors(response: Any) -> list[str]:
    """The error texts, as they stand on the page."""
    return words_of(response, "ul.errorlist li")
