"""Indexes of three letters at a time. They find names that contain a text.

On PostgreSQL they use the extension pg_trgm, and migrations make them. On SQLite they are tables of
FTS5, which triggers keep up to date. For most changes SQLite makes a table anew and drops its
triggers: so the indexes are checked after every `migrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from companies.names import Named, SortField, columns_of, index_table, quoted


def make_on_postgresql(schema_editor: BaseDatabaseSchemaEditor, table: str, *columns: str) -> None:
    """Makes the index, for migrations.

    New rows go into the index at once. A list of pending entries would be read from end to end by
    each search.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for column in columns:
        name = quoted(f"{table}_{column}_trigrams")
        on = f"{quoted(table)} USING gin ({quoted(column)} gin_trgm_ops) WITH (fastupdate = off)"
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {on}")


def keep_on_sqlite(app_config: AppConfig, using: str, **_signal: Any) -> None:
    """Makes missing triggers and indexes again. Receives `post_migrate`."""
    database = connections[using]
    if database.vendor != "sqlite":
        return
    for model in app_config.get_models():
        if issubclass(model, Named):
            _keep(database, model)


def drop_on_sqlite(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Drops index and triggers, for a migration that goes back: they would name missing columns."""
    if schema_editor.connection.vendor != "sqlite":
        return
    index = f"{table}_names"
    for event in ("insert", "update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {quoted(f'{index}_{event}')}")
    schema_editor.execute(f"DROP TABLE IF EXISTS {quoted(index)}")


def _keep(database: BaseDatabaseWrapper, model: type[Named]) -> None:
    """Makes missing triggers and fills the index anew: it lacks the rows written without them."""
    table, index = model._meta.db_table, index_table(model)
    columns = [each.name for each in columns_of(model) if not isinstance(each, SortField)]
    triggers = _triggers(table, index, ["id", *columns])
    with database.cursor() as cursor:
        if table not in database.introspection.table_names(cursor):
            return  # only other apps were migrated
        there = database.introspection.get_table_description(cursor, table)
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
        kept = {name for (name,) in cursor.execute(named, [table]).fetchall()}
        if triggers.keys() <= kept or not {*columns} <= {each.name for each in there}:
            return
        for statement in (*_anew(table, index, columns), *triggers.values()):
            cursor.execute(statement)


def _anew(table: str, index: str, columns: Sequence[str]) -> list[str]:
    listed = ", ".join(map(quoted, columns))
    options = f'content={quoted(table)}, content_rowid="id", tokenize="trigram"'
    return [
        f"DROP TABLE IF EXISTS {quoted(index)}",
        f"CREATE VIRTUAL TABLE {quoted(index)} USING fts5({listed}, {options})",
        f"INSERT INTO {quoted(index)} ({quoted(index)}) VALUES ('rebuild')",  # noqa: S608 - quoted
    ]


def _triggers(table: str, index: str, columns: Sequence[str]) -> dict[str, str]:
    """The triggers by name. FTS5 needs the old values of a row to delete it."""
    rowid_and_columns = ", ".join(["rowid", *map(quoted, columns[1:])])
    old, new = (", ".join(f"{row}.{quoted(each)}" for each in columns) for row in ("old", "new"))
    target = quoted(index)
    take = f"INSERT INTO {target} ({target}, {rowid_and_columns}) VALUES ('delete', {old});"  # noqa: S608 - quoted
    put = f"INSERT INTO {target} ({rowid_and_columns}) VALUES ({new});"  # noqa: S608 - quoted
    update = f"UPDATE OF {', '.join(map(quoted, columns[1:]))}"
    events = {"insert": ("INSERT", put), "update": (update, take + put), "delete": ("DELETE", take)}
    return {
        (name := f"{index}_{event}"): (
            f"CREATE TRIGGER IF NOT EXISTS {quoted(name)} AFTER {after} ON {quoted(table)} "
            f"BEGIN {does} END"
        )
        for event, (after, does) in events.items()
    }
