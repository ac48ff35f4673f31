from typing import Any

from django.db import migrations, models

from companies.name_check import same_names, write_anew
from companies.name_indexes import drop_on_sqlite, make_on_postgresql
from companies.names import KeyField, LikenessField, SortField


def fold(apps: Any, schema_editor: Any) -> None:
    """Fills the columns. Sites that are the same by the new rule stay: each has its serials."""
    installation = apps.get_model("licensing", "Installation")
    if count := write_anew(installation):
        print(f"\n    Names of {count} sites folded.", end="")
    for group in same_names(installation.objects.all(), "company", "site_name_key"):
        named = ", ".join(f"{each.site_name} ({each.reference})" for each in group)
        print(f"\n    The same site name by now, nothing was changed: {named}.", end="")


def index(apps: Any, schema_editor: Any) -> None:
    columns = ("site_name_key", "site_name_likeness")
    make_on_postgresql(schema_editor, "licensing_installation", *columns)


def drop(apps: Any, schema_editor: Any) -> None:
    drop_on_sqlite(schema_editor, "licensing_installation")


class Migration(migrations.Migration):

    dependencies = [
        ("licensing", "0004_changeover"),
        ("companies", "0006_names"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="installation", name="installation_by_dealer"),
        migrations.RemoveIndex(model_name="installation", name="installation_by_end_customer"),
        migrations.RenameField(
            model_name="installation", old_name="site_name_folded", new_name="site_name_key"
        ),
        migrations.AlterField(
            model_name="installation",
            name="site_name_key",
            field=KeyField(max_length=360, of="site_name"),
        ),
        migrations.AddField(
            model_name="installation",
            name="site_name_sort",
            field=SortField(default="", max_length=360, of="site_name"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="installation",
            name="site_name_likeness",
            field=LikenessField(default="", of="site_name", owners=("company", "end_customer")),
            preserve_default=False,
        ),
        migrations.AlterModelOptions(
            name="installation",
            options={
                "ordering": ["site_name_sort", "pk"],
                "verbose_name": "installation",
                "verbose_name_plural": "installations",
            },
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="installation",
            index=models.Index(
                fields=["company", "site_name_sort", "id"], name="installation_by_dealer"
            ),
        ),
        migrations.AddIndex(
            model_name="installation",
            index=models.Index(
                condition=models.Q(("end_customer__isnull", False)),
                fields=["end_customer", "site_name_sort", "id"],
                name="installation_by_end_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="installation",
            index=models.Index(
                fields=["company", "site_name_key"], name="installation_same_of_dealer"
            ),
        ),
        migrations.AddIndex(
            model_name="installation",
            index=models.Index(
                condition=models.Q(("end_customer__isnull", False)),
                fields=["end_customer", "site_name_key"],
                name="installation_same_of_customer",
            ),
        ),
        migrations.RunPython(index, drop),
    ]
