"""Lists as walks of an index: the rows of one company by one column, in the order of the list.

Any of several companies sees a row, by any of several columns: as its dealer, as its end customer.
No index gives an order over several of them, so each company and column is a walk of its own. The
walks are cut, put together and cut again; only then is anything joined. So a list reads as many
rows as it shows, whatever the table holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.db import connection, models
from django.db.models import BooleanField, F, Func, Lookup, Q, QuerySet

from companies.models import Company, Membership, User
from companies.names import NamedQuerySet

Row = TypeVar("Row", bound=models.Model)
Rows = TypeVar("Rows", bound="SeenQuerySet[Any]")


class SeenQuerySet(NamedQuerySet[Row]):
    """Rows that companies see. What may be seen, and by which walks, is decided here alone."""

    SEEN_BY: ClassVar[Sequence[str]]  # columns: each names a company that sees the row

    def of_company(self, company: Company) -> Self:
        return self.filter(_any(Q(**{column: company}) for column in self.SEEN_BY))

    def visible_to(self, user: User) -> Self:
        """The rows that a company of the user sees."""
        keys = Membership.objects.filter(user=user).values("company")
        return self.filter(_any(Q(**{f"{column}__in": keys}) for column in self.SEEN_BY))

    def in_sight(self, *companies: int) -> Sight[Self]:
        """The rows that these companies see."""
        return Sight(self, companies)


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found


@dataclass(frozen=True)
class Sight(Generic[Rows]):
    """The rows that the companies see, among those that may be seen at all."""

    rows: Rows
    companies: Sequence[int]

    @property
    def walks(self) -> list[Rows]:
        """The same rows, by each company and column; a row may be in several of them."""
        return [
            self.rows.filter(**{column: company})
            for column in self.rows.SEEN_BY
            for company in self.companies
        ]

    @property
    def apart(self) -> list[Rows]:
        """The walks, each without the rows of those before it: for counting them."""
        before = Q()
        found = []
        for column in self.rows.SEEN_BY:
            rows = self.rows.exclude(before) if before else self.rows
            found += [rows.filter(**{column: company}) for company in self.companies]
            before |= Q(**{f"{column}__in": self.companies})
        return found

    def by_letters(self, most: int, **names: Any) -> Rows:
        """Up to so many of them whose names match, in no order, by the index of letters.

        The index has their companies, too. Next to the condition of what may be seen PostgreSQL
        would rather read all rows of a company, because it does not know how large that one is.
        """
        found = self.rows.model._default_manager.filter(
            SeenByOneOf(self.rows.SEEN_BY, self.companies)
        )
        return self.rows.filter(pk__in=found.filter(**names).order_by().values("pk")[:most])


class SeenByOneOf(Func):
    """Whether one of the columns is one of the companies.

    On PostgreSQL it is a condition of the index that `companies.name_indexes` makes; no other index
    could take its place.
    """

    output_field = BooleanField()

    def __init__(self, columns: Sequence[str], companies: Collection[int]) -> None:
        super().__init__(*map(F, columns))
        self.companies = list(companies)

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        columns = [compiler.compile(each)[0] for each in self.get_source_expressions()]
        listed = ", ".join(["%s"] * len(self.companies)) or "NULL"
        sql = " OR ".join(f"{column} IN ({listed})" for column in columns)
        return f"({sql})", self.companies * len(columns)

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        columns = [compiler.compile(each)[0] for each in self.get_source_expressions()]
        return f"ARRAY[{', '.join(columns)}] && (SELECT %s::bigint[])", [self.companies]


@models.CharField.register_lookup
class OneOf(Lookup):
    """`lookup_key__one_of=keys` looks each of many keys up in the index.

    With as many in plain sight, PostgreSQL would rather read the table.
    """

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, values = self.process_lhs(compiler, connection)
        keys = sorted(self.rhs)
        if connection.vendor == "postgresql":
            return f"{column} = ANY ((SELECT %s::text[])::text[])", [*values, keys]
        return f"{column} IN ({', '.join(['%s'] * len(keys)) or 'NULL'})", [*values, *keys]


def merged(
    walks: Sequence[QuerySet[Row]],
    order: Sequence[str],
    size: int,
    columns: Sequence[str] = ("pk",),
) -> QuerySet[Any, Any]:
    """The first rows of each walk, as tuples; the keys alone are for `pk__in`.

    They have no order, and a row of several walks is there several times.
    """
    cut = [_cut(walk.order_by(*order)[:size]).values_list(*columns) for walk in walks]
    return cut[0].union(*cut[1:], all=True) if len(cut) > 1 else cut[0]


def _cut(walk: QuerySet[Row]) -> QuerySet[Row]:
    """The walk as a part of a union. SQLite takes none that is cut, so it is read inside."""
    if connection.features.supports_slicing_ordering_in_compound:
        return walk
    return walk.model._default_manager.filter(pk__in=walk.values("pk")).order_by()
