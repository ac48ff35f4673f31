"""Operations of migrations that make an index, or drop one, while the version before goes on.

On PostgreSQL no write waits for them, if the migration is not atomic. An index that broke off
half-way stays there, not valid: it is dropped and made again.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from companies.names import quoted


class MakeIndex(migrations.AddIndex):
    """AddIndex that no write waits for."""

    atomic = False

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        model = after.apps.get_model(app_label, self.model_name)
        drop(editor, self.index.name)
        editor.add_index(model, self.index, **_on_the_side(editor))


class DropIndex(migrations.RemoveIndex):
    """RemoveIndex that no write waits for. Going back makes the index as AddIndex does."""

    atomic = False

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        drop(editor, self.name)


def drop(editor: BaseDatabaseSchemaEditor, name: str) -> None:
    concurrently = "CONCURRENTLY " if _on_the_side(editor) else ""
    editor.execute(f"DROP INDEX {concurrently}IF EXISTS {quoted(name)}")


def make_index_of_letters(
    editor: BaseDatabaseSchemaEditor, name: str, table: str, *, seen_by: list[str], where: str = ""
) -> None:
    """An index of the companies that see a row together with the letters of its site's name.

    For searches in either or both; only PostgreSQL has it. New rows go into the index at once: a
    list of pending entries would be read from end to end by each search.
    """
    if editor.connection.vendor != "postgresql":
        return
    drop(editor, name)
    concurrently = "CONCURRENTLY" if _on_the_side(editor) else ""
    columns = f'(ARRAY[{", ".join(map(quoted, seen_by))}]), "site_name_key" gin_trgm_ops'
    editor.execute(
        f"CREATE INDEX {concurrently} {quoted(name)} ON {quoted(table)} USING gin ({columns}) "
        f"WITH (fastupdate = off) {where}"
    )


def _on_the_side(editor: BaseDatabaseSchemaEditor) -> dict[str, bool]:
    able = editor.connection.vendor == "postgresql" and not editor.connection.in_atomic_block
    return {"concurrently": True} if able else {}
