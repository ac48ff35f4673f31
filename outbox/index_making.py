"""Operations of migrations that make an index, or drop one, while the version before goes on.

On PostgreSQL no write waits for them, so the migration must not be atomic. What broke off half-way
leaves an index that is not valid: it is dropped and made again. All apps import this, so it is
in a low one.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class MakeIndex(migrations.AddIndex):
    """AddIndex that no write waits for."""

    atomic = False

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        model = after.apps.get_model(app_label, self.model_name)
        drop(editor, self.index.name)
        editor.add_index(model, self.index, **({"concurrently": True} if aside(editor) else {}))


class DropIndex(migrations.RemoveIndex):
    """RemoveIndex that no write waits for. Going back makes the index as AddIndex does."""

    atomic = False

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        drop(editor, self.name)


class MakeTrigrams(migrations.operations.base.Operation):
    """An index of three letters at a time, for columns or expressions. On PostgreSQL only.

    It takes new rows at once, unless `later` says that many rows are written and few are looked
    for: then they wait in a list that a search reads, too.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, *columns: str, later: bool = False) -> None:
        self.name, self.table, self.columns, self.later = name, table, columns, later

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        if editor.connection.vendor != "postgresql":
            return
        self.database_backwards(app_label, editor, before, after)
        columns = ", ".join(f"({each}) gin_trgm_ops" for each in self.columns)
        editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        name, table = map(editor.quote_name, (self.name, self.table))
        waits = "on" if self.later else "off"
        editor.execute(
            f"CREATE INDEX {aside(editor)} {name} ON {table} "
            f"USING gin ({columns}) WITH (fastupdate = {waits})"
        )

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        if editor.connection.vendor == "postgresql":
            drop(editor, self.name)

    def describe(self) -> str:
        return f"Make the index {self.name} of {self.table}"


class MakeIndexOf(migrations.operations.base.Operation):
    """An index of a table that is not ours."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, *columns: str) -> None:
        self.name, self.table, self.columns = name, table, columns

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: Any, after: Any
    ) -> None:
        self.database_backwards(app_label, editor, before, after)
        columns = ", ".join(map(editor.quote_name, self.columns))
        name, table = map(editor.quote_name, (self.name, self.table))
        editor.execute(f"CREATE INDEX {aside(editor)} {name} ON {table} ({columns})")

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: Any, after: Any
    ) -> None:
        drop(editor, self.name)

    def describe(self) -> str:
        return f"Make the index {self.name} of {self.table}"


def drop(editor: BaseDatabaseSchemaEditor, name: str) -> None:
    editor.execute(f"DROP INDEX {aside(editor)} IF EXISTS {editor.quote_name(name)}")


def aside(editor: BaseDatabaseSchemaEditor) -> str:
    """The word by which no write waits, where the database has it; none inside a transaction."""
    able = editor.connection.vendor == "postgresql" and not editor.connection.in_atomic_block
    return "CONCURRENTLY" if able else ""
