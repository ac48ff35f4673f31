"""Clones the rows of the story by SQL, as often as a size asks for.

Nothing here lists columns: a table is what Django's models say. A key moves by a step for each
copy, and a column that points to a cloned row moves with it. People and companies become those of
the copy. What has to be unique is made by `FRESH`; a table with a unique column that nothing here
makes unique is refused, so that a new one is noticed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from companies.address_fields import AddressField
from companies.models import Company, User
from companies.names import Named, OfName, columns_of
from licensing.models import Serial

AT_ONCE = 1_000  # copies in a transaction
LONG = 1_500  # bytes: a longer text, or bytes, is part of a letter
CUT = 200  # characters of a letter that is not kept whole
# Rows of these are shared by all copies, or told of a person, or there once.
NOT_CLONED = {
    "companies.Company", "companies.User", "companies.Membership", "companies.Invitation",
    "companies.MembershipEvent", "companies.FormerAddress", "companies.AddressCollision",
    "companies.User_groups", "companies.User_user_permissions",
    "licensing.Family", "licensing.Product", "licensing.UpgradePath",
    "notifications.NoticeRun", "orders.Draft", "outbox.Alarm", "outbox.BounceMailbox",
    "outbox.PrivateContent", "limits.Counter",
}  # fmt: skip
OURS = {"companies", "licensing", "notifications", "orders", "outbox", "limits"}

# By the name of the column: what it is in a copy. `t` is the row, `c` the copy; its mark has four
# characters that no other copy has.
FRESH = {
    "reference": "c.mark || substr(t.{0}, 5)",
    "record": "CASE WHEN t.{0} = '' THEN '' ELSE c.mark || substr(t.{0}, 5) END",
    "message_id": "'<' || c.mark || '.' || substr(t.{0}, 2)",
    "po_number": "t.{0} || '-' || c.k",
    "po_number_key": "t.{0} || '-' || c.k",
    "file": "c.mark || substr(t.{0}, 5)",
    "submission": "md5(t.{0}::text || c.k)::uuid",
    "number": "bench_serial(t.{0}, c.mark)",
    "lookup_key": "replace(translate(bench_serial(t.number, c.mark), 'OIL', '011'), '-', '')",
}
SERIAL = """
CREATE FUNCTION bench_serial(number text, mark text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
    letters text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    family text := split_part(number, '-', 1);
    body text := upper(mark) || substr(replace(substr(number, length(family) + 2), '-', ''), 5, 11);
    sum int := 16;  -- the check character of ISO 7064, as licensing.serial_numbers has it
    known int;
BEGIN
    FOR at IN 1..15 LOOP
        known := CASE WHEN sum = 0 THEN 32 ELSE sum END;
        sum := ((known * 2) % 33 + position(substr(body, at, 1) in letters) - 1) % 32;
    END LOOP;
    known := CASE WHEN sum = 0 THEN 32 ELSE sum END;
    sum := (33 - (known * 2) % 33) % 32;
    body := body || substr(letters, sum + 1, 1);
    RETURN concat_ws('-', family, substr(body, 1, 4), substr(body, 5, 4), substr(body, 9, 4),
                     substr(body, 13, 4));
END $$
"""

Model = type[models.Model]


class NotUnique(Exception):
    """A table has a unique index that the clones would break."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the story: its rows have the keys up to `last`; a copy's begin `step` later."""

    model: Model
    last: int
    step: int

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)


@dataclass(frozen=True, slots=True)
class Copy:
    """One more story: of a dealer, by its buyer, a little earlier than the one before."""

    k: int
    dealer: int
    buyer: int
    address: str
    keeps_letters: bool


def tables() -> list[Table]:
    """The tables with rows of the story. Raises NotUnique for one that can't be cloned."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.app_label not in OURS or meta.label in NOT_CLONED or not meta.managed:
            continue
        keys = model._base_manager.aggregate(models.Min("pk"), models.Max("pk"))
        if keys["pk__max"] is not None:
            found.append(Table(model, keys["pk__max"], keys["pk__max"] - keys["pk__min"] + 1))
    for table in found:
        _check_unique(table, {each.model for each in found})
    return found


def clone(found: Sequence[Table], copies: Sequence[Copy]) -> None:
    """Writes the copies. The database checks all but foreign keys, which follow from the rows."""
    steps = {each.model: each.step for each in found}
    fresh = marks(_beginnings(found))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers of foreign keys
        indexes = [index for table in found for index in _drop_indexes(cursor, table)]
        for at in range(0, len(copies), AT_ONCE):
            part = copies[at : at + AT_ONCE]
            cursor.execute("BEGIN")
            _hand_over(cursor, part, fresh)
            for table in found:
                _hand_over_names(cursor, table, part)
                cursor.execute(_statement(table, steps))
            cursor.execute("DROP TABLE bench_copies")
            cursor.execute("COMMIT")
        cursor.execute("SET session_replication_role = origin")
        for index in indexes:
            cursor.execute(index)
        for table in found:
            _move_sequence(cursor, table)


def _drop_indexes(cursor: CursorWrapper, table: Table) -> list[str]:
    """Drops the indexes that no constraint needs; answers the statements that make them again."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisunique",
        [f'"{table.name}"'],
    )
    found = cursor.fetchall()
    for name, _made in found:
        cursor.execute(f"DROP INDEX {name}")
    return [made for _name, made in found]


def marks(taken: Collection[str]) -> Iterator[str]:
    """Four characters for each copy, a million of them, spread; none of those that are taken."""
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    for k in range(1, 32**4):
        left = k * 641_453 % 32**4
        mark = "".join(letters[left // 32**place % 32] for place in range(4))
        if mark not in taken:
            yield mark


def _beginnings(found: Sequence[Table]) -> set[str]:
    """The first four characters of what a copy begins with its mark: the story has them already."""
    marked = [name for name, made in FRESH.items() if made.startswith("c.mark")]
    texts = [
        text
        for table in found
        for field in table.model._meta.concrete_fields
        if field.name in marked
        for text in table.model._base_manager.values_list(field.name, flat=True)
    ]
    numbers = Serial.objects.values_list("number", flat=True)
    return {text[:4] for text in texts} | {number.split("-")[1].lower() for number in numbers}


def _statement(table: Table, steps: dict[Model, int]) -> str:
    fields = table.model._meta.concrete_fields
    names = {column.name for column in columns_of(table.model)} if _is_named(table) else set()
    named = names | {column.of for column in columns_of(table.model)} if names else set()
    wanted = ", ".join(f'"{field.column}"' for field in fields)
    made = ", ".join(
        f"n.{field.column}" if field.name in named else _in_a_copy(table, field, steps)
        for field in fields
    )
    join = "JOIN bench_names n ON n.id = t.id AND n.k = c.k" if named else ""
    return (
        f'INSERT INTO "{table.name}" ({wanted}) SELECT {made} FROM "{table.name}" t '
        f'CROSS JOIN bench_copies c {join} WHERE t."{_key(table)}" <= {table.last}'
    )


def _in_a_copy(table: Table, field: Any, steps: dict[Model, int]) -> str:
    """The column in a copy, as SQL."""
    column = f't."{field.column}"'
    if field.primary_key and field.remote_field is None:
        return f"{column} + c.k * {table.step}"
    if field.remote_field is not None:
        to = field.remote_field.model if field.target_field.primary_key else None
        return _pointing(column, to, steps)
    return _value(table, field, column)


def _value(table: Table, field: Any, column: str) -> str:
    if field.name in FRESH and (field.name not in ("number", "lookup_key") or _is_serial(table)):
        return FRESH[field.name].format(f'"{field.column}"')
    if isinstance(field, AddressField):
        return f"CASE WHEN {column} = c.was_address THEN c.address ELSE {column} END"
    if isinstance(field, models.DateTimeField):
        return f"{column} - c.k * interval '37 seconds'"
    if isinstance(field, models.BinaryField | models.TextField) and _is_letter(table, field):
        cut = "NULL" if hasattr(field, "from_db_value") else f"substr({column}, 1, {CUT})"
        return f"CASE WHEN c.keeps_letters THEN {column} ELSE {cut} END"  # packed ones can't be cut
    return column


def _pointing(column: str, to: Model | None, steps: dict[Model, int]) -> str:
    if to in steps:
        return f"{column} + c.k * {steps[to]}"
    if to is Company:
        return f"CASE WHEN {column} = c.was_dealer THEN c.dealer ELSE {column} END"
    if to is User:
        return f"CASE WHEN {column} = c.was_buyer THEN c.buyer ELSE {column} END"
    return column


def _is_letter(table: Table, field: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT coalesce(max(octet_length("{field.column}")), 0) FROM "{table.name}" '
            f'WHERE "{_key(table)}" <= {table.last}'
        )
        return int(cursor.fetchone()[0]) > LONG


def _key(table: Table) -> str:
    return str(table.model._meta.pk.column)


def _is_serial(table: Table) -> bool:
    return table.model._meta.label == "licensing.Serial"


def _is_named(table: Table) -> bool:
    return issubclass(table.model, Named)


# What copies need -----------------------------------------------------------------------------


def _hand_over(cursor: CursorWrapper, copies: Sequence[Copy], fresh: Iterator[str]) -> None:
    cursor.execute(
        "CREATE TEMPORARY TABLE bench_copies (k bigint PRIMARY KEY, mark text, dealer bigint, "
        "buyer bigint, address text, keeps_letters boolean, was_dealer bigint, was_buyer bigint, "
        "was_address text)"
    )
    first = User.objects.get(email="buyer@dealer.example")
    was = (first.own_memberships[0].company_id, first.pk, first.email)
    with cursor.copy("COPY bench_copies FROM STDIN") as rows:
        for each in copies:
            rows.write_row(
                (each.k, next(fresh), each.dealer, each.buyer, each.address,
                 each.keeps_letters, *was)
            )  # fmt: skip
    cursor.execute("ANALYZE bench_copies")


def _hand_over_names(cursor: CursorWrapper, table: Table, copies: Sequence[Copy]) -> None:
    """The names of the copies, with their columns as the rule gives them."""
    if not _is_named(table):
        return
    columns = columns_of(table.model)
    names = list(dict.fromkeys([column.of for column in columns]))
    all_names = [*names, *(column.name for column in columns)]
    cursor.execute("DROP TABLE IF EXISTS bench_names")
    typed = ", ".join(f'"{name}" text' for name in all_names)
    cursor.execute(f"CREATE TEMPORARY TABLE bench_names (id bigint, k bigint, {typed})")
    told = list(table.model._base_manager.filter(pk__lte=table.last))
    with cursor.copy("COPY bench_names FROM STDIN") as rows:
        for values in _names(told, names, columns, copies):
            rows.write_row(values)
    cursor.execute("CREATE INDEX ON bench_names (id, k)")
    cursor.execute("ANALYZE bench_names")


def _names(
    told: Sequence[Any], names: Sequence[str], columns: Sequence[OfName], copies: Sequence[Copy]
) -> Iterator[list[Any]]:
    for row in told:
        written = {name: getattr(row, name) for name in names}
        own = row.company_id
        for copy in copies:
            for name, text in written.items():
                setattr(row, name, f"{text} {copy.k}" if text else "")
            row.company_id = copy.dealer
            made = [column.worked_out(row) for column in columns]
            yield [row.pk, copy.k, *(getattr(row, name) for name in names), *made]
        row.company_id = own


def _move_sequence(cursor: CursorWrapper, table: Table) -> None:
    key = _key(table)
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{key}'), "
        f'max("{key}")) FROM "{table.name}"'
    )


# What must be unique --------------------------------------------------------------------------


def _check_unique(table: Table, cloned: set[Model]) -> None:
    for index, columns in _unique_indexes(table):
        fields = [each for each in table.model._meta.concrete_fields if each.column in columns]
        if not any(_differs(table, field, cloned) for field in fields):
            raise NotUnique(
                f"{table.name}: say in FRESH, or in NOT_CLONED, of bench/cloning.py how "
                f"{', '.join(columns) or 'an expression'} differs between copies ({index})."
            )


def _differs(table: Table, field: Any, cloned: set[Model]) -> bool:
    if field.primary_key and field.remote_field is None:
        return True
    if field.remote_field is not None and field.remote_field.model in cloned:
        return bool(field.target_field.primary_key)
    if field.name in FRESH and (field.name != "number" or _is_serial(table)):
        return True
    nothing = table.model._base_manager.exclude(**{f"{field.name}__isnull": True})
    return not nothing.exists()


def _unique_indexes(table: Table) -> list[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, array_remove(array_agg(a.attname::text), NULL) "
            "FROM pg_index i LEFT JOIN pg_attribute a "
            "ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
            "WHERE i.indrelid = %s::regclass AND i.indisunique GROUP BY 1",
            [f'"{table.name}"'],
        )
        return list(cursor.fetchall())
