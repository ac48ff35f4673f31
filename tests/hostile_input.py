"""Hostile input, and the places where it is typed or sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.world import Post

FORM = "application/x-www-form-urlencoded"

# What databases take differently is tried on each; the rest stops before, and is tried on one.
HOSTILE = ["-1", str(2**63), str(10**30), "x" * 300, "nul\x00byte", "\ud800"]
if connection.vendor == "postgresql":
    HOSTILE += [
        "0", "²", "1_000", "9" * 5000, "<script>alert(1)</script>", "two\r\nlines",
        "\u202eright to left", "'; DROP TABLE orders_order; --", "[" * 2000,
    ]  # fmt: skip
FORMS = [
    "order_new", "order_cancel", "order_serial", "order_answer", "company", "company_switch",
    "company_role", "invitation", "account/login", "account/reset", "account/password",
    "desk/hold", "desk/issue", "desk/several", "desk/serial", "desk/enter", "desk/correct",
    "desk/company", "installation_entered", "installation_notices", "serial_entered",
    "desk/notices", "desk/entered",
]  # fmt: skip


def send(client: Client, post: Post, data: dict[str, str]) -> Any:
    """Lone surrogates as some browsers sent them, in bytes that are no UTF-8."""
    body = urlencode(data, errors="surrogatepass")
    return client.post(post.path, body, content_type=FORM)


def is_taken(response: Any) -> bool:
    """A redirect; the desk's decisions about several orders show what became of each, and the
    answer to a mail shows that it was taken.
    """
    shown = {template.name for template in response.templates}
    told = "customers/answered.html" in shown or "results" in (response.context or ())
    return response.status_code == 302 or told


def desk_lists() -> dict[str, tuple[str, list[str]]]:
    """Every list of the desk, with the names of its search and its filters; on one of them
    those, too, that the admin reads for all lists alike."""
    lists = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"): (
            "superuser",
            ["q", *(name for row in desk.list_filter for name in names_in_query(row))],
        )
        for model, desk in admin.site._registry.items()
    }
    alike = ["p", "o", "e", "all", "_popup", "_to_field", "pk__exact"]
    return {
        path: (who, [*names, *alike] if path.endswith("/orders/order/") else names)
        for path, (who, names) in lists.items()
    }


def names_in_query(row: Any) -> list[str]:
    if isinstance(row, str):
        return [f"{row}__exact", f"{row}__id__exact", f"{row}__gte", f"{row}__isnull", f"{row}__in"]
    return [row.parameter_name]


QUERIES = {
    # the page → who opens it, and the names in its query
    "/": ("anonymous", ["kind", "types", "site_name", "parts", "serial_ISS", "serial_VAI"]),
    "/installations/": ("buyer", ["q", "after"]),
    "/orders/": ("buyer", ["after"]),
    "/orders/new/": ("buyer", ["installation"]),
    "/account/login/": ("anonymous", ["next"]),
    "/admin/orders/order/enter/": ("superuser", ["q"]),
    **desk_lists(),
}
