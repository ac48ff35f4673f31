"""The columns beside a name are written with it by each writer, and no way leads around that."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from companies.models import Company
from companies.name_check import stale
from companies.name_indexes import keep_on_sqlite
from companies.names import Named, NamedQuerySet, columns_of, names_behind
from licensing.models import Installation
from orders.audit.ledger import violations
from orders.models import Order
from tests.cast import Cast
from texts.names import likeness, same_key, sort_key

pytestmark = pytest.mark.both_databases

WITH_COLUMNS = [model for model in apps.get_models() if columns_of(model)]
NAMES = {("companies", "Company", "name"), ("licensing", "Installation", "site_name")} | {
    ("orders", "Order", "site_name")
}


def past_the_code(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """As a hand at the database."""
    return models.QuerySet(model)


def site_named(cast: Cast, name: str) -> Installation:
    return Installation.objects.create(company=cast.harbor, site_name=name)


def found(name: str) -> list[str]:
    sites = Installation.objects.filter(site_name_key__contains_name=name)
    return list(sites.values_list("site_name", flat=True))


def test_every_name_of_a_site_or_company_has_its_columns() -> None:
    there = {
        (model._meta.app_label, model.__name__, each.of)
        for model in WITH_COLUMNS
        for each in columns_of(model)
    }
    assert there == NAMES


@pytest.mark.parametrize("model", WITH_COLUMNS)
def test_no_update_gets_around_them(db: None, model: type[models.Model]) -> None:
    assert issubclass(model, Named)
    assert isinstance(model._default_manager.all(), NamedQuerySet)
    assert names_behind(model)
    for name in names_behind(model):
        with pytest.raises(TypeError, match="changed by save"):
            model._default_manager.update(**{name: None})
    row: Any = model()
    row.pk = 1
    with pytest.raises(TypeError, match="changed by save"):
        model._default_manager.bulk_update([row], [columns_of(model)[0].of])


def test_whoever_makes_or_changes_a_row_writes_them(cast: Cast) -> None:
    made = site_named(cast, "Café Norte 2")
    (other,) = Installation.objects.bulk_create(
        [Installation(company=cast.harbor, site_name="CAFÉ—NORTE 2")]
    )
    assert made.site_name_key == other.site_name_key == "café norte 2"
    made.site_name, made.end_customer = "O’Hare", cast.bayview
    made.save(update_fields=["site_name", "end_customer"])
    made.refresh_from_db()
    assert (made.site_name, made.site_name_key) == ("O’Hare", same_key("O’Hare"))
    assert made.site_name_sort == sort_key("O'Hare")
    owners = sorted([cast.harbor.pk, cast.bayview.pk])
    assert made.site_name_likeness == "".join(likeness("O'Hare", owner) for owner in owners)
    made.site_name = "not saved"
    made.save(update_fields=["revision_count"])
    made.refresh_from_db()
    assert made.site_name_key == same_key("O'Hare")


def test_the_longest_names_fit(cast: Cast) -> None:
    for character in ("ﷺ", "ﬃ", "𠀀", "9 ", "a "):
        site = site_named(cast, (character * 120)[:120])
        site.refresh_from_db()
        assert site.site_name_key == same_key(site.site_name)
        Company.objects.create(name=site.site_name)


def test_the_database_sorts_as_the_rule_does(cast: Cast) -> None:
    names = [
        "Éclair",
        "Site 2",
        "Site 10",
        "Zoo",
        "ß",
        "***",
        "Ñandú",
        "site 2b",
        "日本",
        "_",
        "🙂",
    ]
    for name in names:
        site_named(cast, name)
    assert [site.site_name for site in Installation.objects.all()] == sorted(names, key=sort_key)


# The check, and the way back -------------------------------------------------------------------


def test_the_ledger_s_check_names_what_is_stale_and_fold_names_writes_it(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    order = cast.order_new("Pier 9")
    site = site_named(cast, "Old Mill")
    past_the_code(Installation).filter(pk=site.pk).update(site_name_key="pier 9")
    past_the_code(Order).filter(pk=order.pk).update(site_name_likeness="")
    past_the_code(Company).filter(pk=cast.summit.pk).update(name_sort="", name_key="")
    assert list(violations()) == [
        f"Company no. {cast.summit.pk}: name_key, name_sort not as its name gives it. "
        "Run fold_names.",
        f"Installation {site.reference}: site_name_key not as its name gives it. Run fold_names.",
        f"Order {order.reference}: site_name_likeness not as its name gives it. Run fold_names.",
    ]
    call_command("fold_names")
    assert capsys.readouterr().out.splitlines() == [
        "1 companies written anew.",
        "1 installations written anew.",
        "1 orders written anew.",
    ]
    assert list(violations()) == []


def migrate(app: str, migration: str) -> None:
    """Does to the rows that are there what the migration does."""
    module = import_module(f"{app}.migrations.{migration}")
    module.fold(apps, connection.schema_editor())


MIGRATIONS = [("companies", "0006_names"), ("licensing", "0005_names"), ("orders", "0009_names")]


def test_migrations_fold_what_is_there_and_tell_what_is_the_same_now(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = site_named(cast, "O'Hare"), site_named(cast, "O’Hare")
    Installation.objects.create(company=cast.summit, site_name="O'HARE")
    cast.order_new("O`Hare")
    twin = Company.objects.create(name="harbor  security")
    before = {model: list(model._default_manager.order_by("pk").values()) for model in WITH_COLUMNS}
    for model in WITH_COLUMNS:
        past_the_code(model).update(**{each.name: "" for each in columns_of(model)})
    for migration in MIGRATIONS:
        migrate(*migration)
    collisions = [
        f"The same name by now, nothing was changed: Harbor Security (no. {cast.harbor.pk}), "
        f"harbor  security (no. {twin.pk}).",
        f"The same site name by now, nothing was changed: O'Hare ({first.reference}), "
        f"O’Hare ({second.reference}).",
    ]
    told = [line.strip() for line in capsys.readouterr().out.split("\n") if line.strip()]
    assert told == [
        f"Names of {Company.objects.count()} companies folded.",
        collisions[0],
        "Names of 3 sites folded.",
        collisions[1],
        "Site names of 1 orders folded.",
    ]
    after = {model: list(model._default_manager.order_by("pk").values()) for model in WITH_COLUMNS}
    assert after == before
    for migration in MIGRATIONS:  # once more: nothing is left to do, and it is told again
        migrate(*migration)
    told = [line.strip() for line in capsys.readouterr().out.split("\n") if line.strip()]
    assert told == collisions


@pytest.mark.siege
def test_many_rows_are_written_in_batches(cast: Cast) -> None:
    Installation.objects.bulk_create(
        Installation(company=cast.harbor, site_name=f"Site {number}") for number in range(1200)
    )
    past_the_code(Installation).update(site_name_sort="")
    with CaptureQueriesContext(connection) as captured:
        migrate("licensing", "0005_names")
    assert list(stale(Installation)) == []
    assert len(captured) < 30


# Searching --------------------------------------------------------------------------------------


def test_a_part_of_a_name_is_found_however_it_is_typed(cast: Cast) -> None:
    site = site_named(cast, "Café O’Hare 100% _x_")
    for query in (
        "o'hare",
        "CAFE\u0301 O",
        "é o h",
        "ｈａｒｅ",
        "re 1",
        "é",
        "e\u0301 ",
        "0",
        "100%",
    ):
        assert found(query) == [site.site_name], query
    for query in ("%", "_", "ohare", '"', "* OR *", "NOT x", "o''", "\\", "cafe"):
        assert found(query) == ([site.site_name] if same_key(query) == "o" else []), query


def test_the_index_follows_what_is_changed_and_deleted(cast: Cast) -> None:
    site = site_named(cast, "Pelican Pier")
    site.site_name = "Heron Pier"
    site.save()
    assert (found("pelican"), found("heron")) == ([], ["Heron Pier"])
    site.delete()
    assert found("heron") == []


def lose_triggers(model: type[models.Model]) -> None:
    """As SQLite does when a migration makes a table anew. PostgreSQL needs none."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for event in ("insert", "update", "delete"):
                cursor.execute(f"DROP TRIGGER {model._meta.db_table}_names_{event}")


def test_an_index_that_was_not_kept_is_made_anew_by_the_next_migrate(cast: Cast) -> None:
    gone = site_named(cast, "Pelican Pier")
    lose_triggers(Installation)
    gone.delete()
    site_named(cast, "Heron Pier")
    keep_on_sqlite(apps.get_app_config("licensing"), using="default")
    assert (found("pelican"), found("heron")) == ([], ["Heron Pier"])
    site_named(cast, "Heron Island")
    assert sorted(found("heron")) == ["Heron Island", "Heron Pier"]


def test_no_list_of_the_desk_searches_a_name_itself() -> None:
    """The database's own idea of case finds less than the rule does."""
    wrong = [
        (type(desk).__name__, field)
        for desk in admin.site._registry.values()
        for field in getattr(desk, "search_fields", ())
        if _is_a_name(desk.model, field)
    ]
    assert wrong == []


def _is_a_name(model: Any, lookup: str) -> bool:
    *path, last = lookup.lstrip("^=@").split("__")
    for part in path:
        field = model._meta.get_field(part)
        if field.related_model is None:
            last = part  # a lookup follows
            break
        model = field.related_model
    return (model._meta.app_label, model.__name__, last) in NAMES
