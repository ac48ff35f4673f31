"""Migrations hold to the order of the apps, which import-linter cannot see in them."""

import pytest
from django.db.migrations.loader import MigrationLoader

TOP_TO_BOTTOM = ["portal", "orders", "notifications", "licensing", "companies", "limits", "outbox"]


@pytest.mark.parametrize("app", TOP_TO_BOTTOM)
def test_migrations_depend_only_on_lower_apps(app: str) -> None:
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    needed = {
        dependency[0]
        for (label, _), migration in migrations.items()
        if label == app
        for dependency in migration.dependencies
    }
    higher = TOP_TO_BOTTOM[: TOP_TO_BOTTOM.index(app)]
    assert needed.intersection(higher) == set()
