"""Columns beside a name: one to compare it by, one to sort by, one to find similar names.

Only `save` and `bulk_create` write them, from the name that the row has then; `update()` of a name
is refused. Search a name by the lookups of these columns, which fold the searched text
(`texts.names`), and never by the name itself: no database folds as we do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup

from texts.names import (
    MAX_KEY,
    like_patterns,
    likeness,
    parts_of,
    pieces,
    same_key,
    sort_key,
)

MAX_READ = 200  # names that are read to find the similar ones
SHORTEST = 3  # characters; the index of three letters at a time finds nothing shorter

Row = TypeVar("Row", bound=models.Model)


# Columns --------------------------------------------------------------------------------------


class OfName(models.Field):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A column that is worked out from the name in another column, and perhaps from its owner."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{**kwargs, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"]
        return name, path, args, {**kwargs, "of": self.of}

    @property
    def depends_on(self) -> tuple[str, ...]:
        return (self.of,)

    def worked_out(self, row: models.Model) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.worked_out(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Sorts by code points, as Python does; SQLite does so anyway."""
        parameters: Any = super().db_parameters(connection)
        return {**parameters, "collation": "C" if connection.vendor == "postgresql" else None}


class KeyField(OfName, models.CharField):  # type: ignore[type-arg]  # as OfName
    """The key: two names are the same when their keys are equal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": MAX_KEY, **kwargs})

    def worked_out(self, row: models.Model) -> str:
        return same_key(getattr(row, self.of))


class SortField(OfName, models.CharField):  # type: ignore[type-arg]  # as OfName
    """The column that lists are sorted by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": MAX_KEY, **kwargs})

    def worked_out(self, row: models.Model) -> str:
        return sort_key(getattr(row, self.of))


class LikenessField(OfName, models.TextField):  # type: ignore[type-arg]  # as OfName
    """The column that similar names of the same owners are found by."""

    def __init__(self, *args: Any, owners: Collection[str], **kwargs: Any) -> None:
        self.owners = tuple(owners)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "owners": self.owners}

    @property
    def depends_on(self) -> tuple[str, ...]:
        return (self.of, *self.owners)

    def worked_out(self, row: models.Model) -> str:
        name = getattr(row, self.of)
        owners = {getattr(row, f"{owner}_id") for owner in self.owners} - {None}
        return "".join(likeness(name, owner) for owner in sorted(owners)) if name else ""


class NamedQuerySet(models.QuerySet[Row]):
    def update(self, **fields: Any) -> int:
        """Refuses fields that a name column depends on: only `save` writes both."""
        if refused := fields.keys() & names_behind(self.model):
            raise TypeError(f"{', '.join(sorted(refused))}: changed by save(), with its keys.")
        return super().update(**fields)


class Named(models.Model):
    """A row that has name columns."""

    objects: ClassVar[models.Manager[Any]] = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Saves the name columns together with the names."""
        if update_fields is not None:
            written = {*update_fields}
            behind = [each for each in columns_of(type(self)) if written & {*each.depends_on}]
            update_fields = [*written, *(each.name for each in behind)]
        super().save(*args, update_fields=update_fields, **kwargs)


def columns_of(model: type[models.Model]) -> list[OfName]:
    return [field for field in model._meta.concrete_fields if isinstance(field, OfName)]


def names_behind(model: type[models.Model]) -> set[str]:
    """The name columns, and the fields that they depend on."""
    columns = columns_of(model)
    related = {f"{name}_id" for each in columns for name in each.depends_on}
    return {*related, *(name for each in columns for name in (each.name, *each.depends_on))}


# Looking for names ----------------------------------------------------------------------------


@KeyField.register_lookup
class Contains(Lookup):
    """`site_name_key__contains_name="O’Hare"` finds names with this part, in any spelling."""

    lookup_name = "contains_name"

    def get_prep_lookup(self) -> str:
        return same_key(str(self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, values = self.process_lhs(compiler, connection)
        part = f"%{connection.ops.prep_for_like_query(self.rhs)}%"
        if connection.vendor != "sqlite":
            return f"{column} LIKE %s", [*values, part]
        found = f"{column} LIKE %s ESCAPE '\\'"
        if len(self.rhs) < SHORTEST:
            return found, [*values, part]
        rows, phrases = _in_index(self.lhs, [(self.rhs,)])
        return f"({rows} AND {found})", [phrases, *values, part]


@KeyField.register_lookup
class HasParts(Lookup):
    """`site_name_key__has_parts="pier harbor"` finds names with all these parts, in any order.

    A part shorter than three letters must begin a word.
    """

    lookup_name = "has_parts"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        parts = parts_of(str(self.rhs))
        long = [part for part in parts if len(part) >= SHORTEST]
        texts = [[f" {part}"] for part in parts if len(part) < SHORTEST]
        texts += [[part] for part in long]
        found, values = _with_texts(self, compiler, connection, texts)
        if connection.vendor != "sqlite" or not long:
            return found, values
        rows, phrases = _in_index(self.lhs, [long])
        return f"({rows} AND {found})", [phrases, *values]


@KeyField.register_lookup
class HasPartsWithSlips(Lookup):
    """Finds names that perhaps have all these words: ask `texts.names.has_parts_with_slips`."""

    lookup_name = "has_parts_with_slips"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        texts = []
        for part in parts_of(str(self.rhs)):
            beginning, *end = pieces(part) or (f"{part} ",)
            texts.append([f" {beginning}", *end])
        return _with_texts(self, compiler, connection, texts)


def _with_texts(
    lookup: Any, compiler: Any, connection: Any, texts: Iterable[Sequence[str]]
) -> tuple[str, list[Any]]:
    """The condition: of each group, the name has one of the texts. A blank is an end of it, too.

    On PostgreSQL each value is a query of its own. Otherwise it guesses by the value how many names
    match, and where it expects many, it reads the table instead of the index of letters: all of it
    where they are far behind.
    """
    column, of_column = lookup.process_lhs(compiler, connection)
    conditions, values = [], []
    for group in texts:
        if connection.vendor == "postgresql":
            conditions.append(f"{column} ~ (SELECT %s)")
            values += [*of_column, "|".join(map(_as_pattern, group))]
        else:
            ways = " OR ".join([f"' ' || {column} || ' ' LIKE %s ESCAPE '\\'"] * len(group))
            conditions.append(f"({ways})")
            for text in group:
                values += [*of_column, f"%{connection.ops.prep_for_like_query(text)}%"]
    return " AND ".join(conditions), values


def _as_pattern(text: str) -> str:
    """For PostgreSQL. Keys have single blanks between their words."""
    begins = "(^| )" if text.startswith(" ") else ""
    ends = "( |$)" if text.endswith(" ") else ""
    return begins + re.escape(text.strip(" ")) + ends


@LikenessField.register_lookup
class LikeName(Lookup):
    """`likeness__like_name=("Harbour Point", company.pk)` finds perhaps similar names."""

    lookup_name = "like_name"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        patterns = like_patterns(*self.rhs)
        if connection.vendor == "sqlite":
            rows, phrases = _in_index(self.lhs, patterns)
            return rows, [phrases]
        column, values = self.process_lhs(compiler, connection)
        ways = (" AND ".join([f"{column} LIKE (SELECT %s)"] * len(parts)) for parts in patterns)
        parts = [part for each in patterns for part in each]
        return f"({' OR '.join(ways)})", [one for part in parts for one in (*values, f"%{part}%")]


def _in_index(column: Any, patterns: Iterable[Iterable[str]]) -> tuple[str, str]:
    """The condition on SQLite and the index's query: one of the patterns, with all its parts."""
    field = column.target
    index = quoted(index_table(field.model))
    ways = (" AND ".join(map(quoted, parts)) for parts in patterns)
    asked = f"{{{field.column}}} : ({' OR '.join(f'({way})' for way in ways)})"
    key = f"{quoted(column.alias)}.{quoted(field.model._meta.pk.column)}"
    return f"{key} IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)", asked  # noqa: S608 - quoted


def index_table(model: type[models.Model]) -> str:
    """The index table on SQLite; see `companies.name_indexes`."""
    return f"{model._meta.db_table}_names"


def quoted(text: str) -> str:
    """Quotes a text as SQL quotes a name and FTS5 a phrase."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
