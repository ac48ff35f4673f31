from typing import Any

from django.db import migrations

from companies.name_check import same_names, write_anew
from companies.name_indexes import drop_on_sqlite, make_on_postgresql
from companies.names import KeyField, SortField


def fold(apps: Any, schema_editor: Any) -> None:
    """Fills the columns. Names that are the same by the new rule stay for staff to review."""
    company = apps.get_model("companies", "Company")
    if count := write_anew(company):
        print(f"\n    Names of {count} companies folded.", end="")
    for group in same_names(company.objects.all(), "name_key"):
        named = ", ".join(f"{each.name} (no. {each.pk})" for each in group)
        print(f"\n    The same name by now, nothing was changed: {named}.", end="")


def index(apps: Any, schema_editor: Any) -> None:
    make_on_postgresql(schema_editor, "companies_company", "name_key")


def drop(apps: Any, schema_editor: Any) -> None:
    drop_on_sqlite(schema_editor, "companies_company")


class Migration(migrations.Migration):

    dependencies = [("companies", "0005_addresses_in_their_stored_form")]

    operations = [
        migrations.AddField(
            model_name="company",
            name="name_key",
            field=KeyField(default="", max_length=360, of="name"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="company",
            name="name_sort",
            field=SortField(db_index=True, default="", max_length=360, of="name"),
            preserve_default=False,
        ),
        migrations.AlterModelOptions(
            name="company",
            options={
                "ordering": ["name_sort", "pk"],
                "verbose_name": "company",
                "verbose_name_plural": "companies",
            },
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.RunPython(index, drop),
    ]
