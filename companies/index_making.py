"""The index of letters, by which sites and orders are found by a part of the name of a site."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from outbox.index_making import aside, drop


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
    quoted = editor.quote_name
    columns = f'(ARRAY[{", ".join(map(quoted, seen_by))}]), "site_name_key" gin_trgm_ops'
    editor.execute(
        f"CREATE INDEX {aside(editor)} {quoted(name)} ON {quoted(table)} USING gin ({columns}) "
        f"WITH (fastupdate = off) {where}"
    )
