"""Thousands of orders and sites beside those of the world, cloned from them by SQL.

The rows of clone n have the keys of their patterns, and n times STEP more; what points from one of
them to another does so among the clones, too. Harbor has every second site and order. The others
belong to clones of Summit. Bayview is the end customer of half of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import AutoField, BigAutoField, DateTimeField, Field, Model, UUIDField

from companies.models import Company, Membership, MembershipEvent, User
from licensing.models import Installation
from notifications.models import Confirmation
from notifications.models.notices import NoticeRun
from outbox.models import Message
from tests.dump import our_models
from tests.world import World

STEP = 1_000_000_000  # more than a sequence has come to
SHARE = 8  # of so many clones one is a company, a failed mail, and so on
Rows: TypeAlias = Mapping[type[Model], Sequence[Any]]  # by their keys
SQL: TypeAlias = Mapping[str, str]  # by the name of the column

# What differs from one clone to the next, besides keys and times
NUMBERED: SQL = {
    "file": "md5(row.file || n)",
    "lookup_key": "row.lookup_key || n",
    "message_id": "n || row.message_id",
    "po_number": "row.po_number || '-' || n",
    "po_number_key": "row.po_number_key || '-' || n",
    "record": "CASE WHEN row.record = '' THEN '' ELSE row.record || '-' || n END",
    "email": "n || row.email",
    **{
        name: f"CASE WHEN row.{name} = '' THEN '' ELSE row.{name} || lpad(n::text, 7) END"
        for name in (
            "name",
            "name_key",
            "name_sort",
            "site_name",
            "site_name_key",
            "site_name_sort",
        )
    },
}


@dataclass(frozen=True)
class Pattern:
    """Rows that are cloned together, for each n that the condition lets through."""

    rows: Rows
    only: str = "TRUE"
    columns: SQL = field(default_factory=dict)  # as NUMBERED, for this pattern

    def clone(self, first: int, last: int) -> None:
        for model, keys in self.rows.items():
            fields = [each for each in model._meta.concrete_fields if type(each) is not AutoField]
            columns = ", ".join(f'"{each.column}"' for each in fields)
            values = ", ".join(map(self._value, fields))
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {values} "  # noqa: S608 - our own
                    f"FROM {model._meta.db_table} AS row, generate_series(%s::bigint, %s) AS n "
                    f"WHERE row.{model._meta.pk.column} = ANY(%s) AND {self.only} ORDER BY n",
                    [first, last, [*keys]],
                )

    def _value(self, column: Field[Any, Any]) -> str:
        row = f'row."{column.column}"'
        if value := self.columns.get(column.name) or NUMBERED.get(column.name):
            return value
        if column.related_model in self.rows or isinstance(column, BigAutoField):
            return f"{row} + n * {STEP}"
        if isinstance(column, UUIDField):
            return f"CASE WHEN {row} IS NOT NULL THEN gen_random_uuid() END"
        if isinstance(column, DateTimeField):
            return f"{row} - n * interval '1 minute'"
        if column.unique and not column.related_model:
            short = column.max_length and column.max_length < 20
            return f"substr(md5({row} || n), 1, 10)" if short else f"{row} || '-' || n"
        return row


def grow(patterns: Iterable[Pattern], first: int, last: int) -> None:
    """Adds the clones of these numbers, and lets PostgreSQL look at all rows.

    It then plans as for memory and fast disks. Otherwise it would rather read a small table from
    end to end than look up a hundred of its rows, which a large one never makes it do.
    """
    for pattern in patterns:
        pattern.clone(first, last)
    with connection.cursor() as cursor:
        # By name: the tables that all databases share stay locked until this transaction ends.
        cursor.execute(f"ANALYZE {', '.join(connection.introspection.table_names(cursor))}")
        cursor.execute("SET LOCAL random_page_cost = 1.1")


def patterns_in(world: World) -> list[Pattern]:
    """Everything that there are many of, as it is in the world before it grows."""
    cast = world.cast
    dealer = f"{cast.summit.pk} + (n - n %% {SHARE}) * {STEP}"
    owned = {
        "company": f"CASE WHEN n %% 2 = 1 OR n < {SHARE} THEN {cast.harbor.pk} ELSE {dealer} END",
        "end_customer": f"CASE WHEN n %% 4 IN (1, 2) THEN {cast.bayview.pk} END",
        "folds_like": "row.folds_like_id",
    }
    at_its_site = {name: f"row.{name}_id + n * {STEP}" for name in ("installation", "resolved")}
    sent = {"state": "'sent'", "sent_at": "row.queued_at - n * interval '1 minute'"}
    failed = "row.queued_at - n * interval '1 minute'"
    undelivered = {
        "state": f"CASE n %% {SHARE} WHEN 0 THEN 'failed' ELSE 'queued' END",
        "failed_at": f"CASE n %% {SHARE} WHEN 0 THEN {failed} END",
    }
    return [
        Pattern(_company_of(cast.outsider), _share(0)),
        Pattern(_below(world.site, but=world.held), columns=owned),
        Pattern(_mails_about(world.site), columns=sent),
        Pattern(_below(world.replaced), _share(1), owned),
        Pattern(_below(world.order), _share(2, 3), owned),
        Pattern(_below(world.held), _share(4, 5), owned | at_its_site),
        Pattern(_below(world.order), _share(6, 7), owned | {"state": "'rejected'"}),
        Pattern(_below(world.bulk), _share(0)),
        Pattern(_below(world.mail), _share(0, 1), undelivered),
        Pattern({NoticeRun: _some_key(NoticeRun)}, _share(0)),
        Pattern({MembershipEvent: _some_key(MembershipEvent)}),
        Pattern({LogEntry: _some_key(LogEntry)}),
    ]


def _share(*rest: int) -> str:
    return f"n %% {SHARE} IN ({', '.join(map(str, rest))})"


def _some_key(model: type[Model]) -> list[Any]:
    return [model._base_manager.order_by("pk").values_list("pk", flat=True)[0]]


def _company_of(owner: User) -> Rows:
    member = owner.memberships.get()
    return {Company: [member.company_id], User: [owner.pk], Membership: [member.pk]}


def _mails_about(site: Installation) -> Rows:
    records = Confirmation.objects.filter(revision__installation=site).values("record")
    mails = Message.objects.filter(record__in=records)
    return {Message: [*mails.values_list("pk", flat=True)]}


def _below(root: Model, *, but: Model | None = None) -> Rows:
    """The row, all that belong to it, all that belong to those, and so on; but not `but`."""
    found: dict[Any, list[Any]] = {type(root): [root.pk]}
    for model in our_models():
        owners = [each for each in model._meta.concrete_fields if each.related_model in found]
        if model in found or not owners:
            continue
        [owner, *_] = owners
        rows = model._base_manager.filter(**{f"{owner.name}__in": found[owner.related_model]})
        if but and model is type(but):
            rows = rows.exclude(pk=but.pk)
        found[model] = [*rows.order_by("pk").values_list("pk", flat=True)]
    return found
