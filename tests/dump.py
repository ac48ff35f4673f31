"""Everything that our tables hold, and what became different in between."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Model

OUR_APPS = ("companies", "licensing", "notifications", "orders", "outbox")

Dump = dict[str, list[dict[str, Any]]]


def our_models() -> list[type[Model]]:
    """Those that Django made for many-to-many fields included, like the users' permissions."""
    return [
        model
        for app in OUR_APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    ]


def everything() -> Dump:
    """Every row of every table of ours."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in our_models()
    }


def changes(before: Dump, after: Dump) -> dict[str, list[Any]]:
    """Under "+Order" and "-Order" the rows that came and went; under "Order.state" its new values.

    Empty when nothing changed.
    """
    found: dict[str, list[Any]] = {}
    for model in our_models():
        label, name, key = model._meta.label, model.__name__, model._meta.pk.attname
        old, new = ({row[key]: row for row in side} for side in (before[label], after[label]))
        for pk in old.keys() - new.keys():
            found.setdefault(f"-{name}", []).append(old[pk])
        for pk in sorted(new.keys() - old.keys()):
            found.setdefault(f"+{name}", []).append(new[pk])
        for pk in old.keys() & new.keys():
            for column in new[pk]:
                if old[pk][column] != new[pk][column]:
                    found.setdefault(f"{name}.{column}", []).append(new[pk][column])
    return found
