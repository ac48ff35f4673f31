from typing import Any

from django.db import migrations, models

from companies.name_check import write_anew
from companies.name_indexes import drop_on_sqlite, make_on_postgresql
from companies.names import KeyField, LikenessField


def fold(apps: Any, schema_editor: Any) -> None:
    if count := write_anew(apps.get_model("orders", "Order")):
        print(f"\n    Site names of {count} orders folded.", end="")


def index(apps: Any, schema_editor: Any) -> None:
    make_on_postgresql(schema_editor, "orders_order", "site_name_key", "site_name_likeness")


def drop(apps: Any, schema_editor: Any) -> None:
    drop_on_sqlite(schema_editor, "orders_order")


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0008_addresses_in_their_stored_form"),
        ("companies", "0006_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="site_name_key",
            field=KeyField(default="", max_length=360, of="site_name"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="order",
            name="site_name_likeness",
            field=LikenessField(default="", of="site_name", owners=("company",)),
            preserve_default=False,
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("kind", "new")),
                fields=["company", "site_name_key"],
                name="order_new_of_same_site",
            ),
        ),
        migrations.RunPython(index, drop),
    ]
