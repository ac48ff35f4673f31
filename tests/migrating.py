"""A database as an older version left it, and the migrations that bring it up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
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


def put_in(get: Callable[[str, str], Any], kept: Mapping[str, list[dict[str, Any]]]) -> None:
    """Puts rows of then, by the label of their model, into the tables of then."""
    models = []
    with transaction.atomic():
        for label, rows in kept.items():
            model = get(*label.split("."))
            model._base_manager.bulk_create(model(**_as_columns(model, row)) for row in rows)
            models.append(model)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _as_columns(model: Any, row: dict[str, Any]) -> dict[str, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in row.items()}


def migrate() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    for app in apps.get_app_configs():  # as the command does at its end
        keep_on_sqlite(app, connection.alias)


def models_of_migrations() -> Any:
    """As the newest migration has them: no code of ours is in them."""
    loader = MigrationExecutor(connection).loader
    return loader.project_state(loader.graph.leaf_nodes()).apps
