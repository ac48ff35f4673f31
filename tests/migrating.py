"""A database as an older version left it, and the migrations that bring it up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from companies.name_indexes import keep_on_sqlite


@contextmanager
def as_of(*versions: tuple[str, str]) -> Iterator[Any]:
    """The models of then, by app and name. Afterwards all is as new again."""
    executor = MigrationExecutor(connection)
    executor.migrate([*versions])
    try:
        yield executor.loader.project_state([*versions]).apps.get_model
    finally:
        migrate()


def migrate() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    for app in apps.get_app_configs():  # as the command does at its end
        keep_on_sqlite(app, connection.alias)


def models_of_migrations() -> Any:
    """As the newest migration has them: no code of ours is in them."""
    loader = MigrationExecutor(connection).loader
    return loader.project_state(loader.graph.leaf_nodes()).apps
