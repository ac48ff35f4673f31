from typing import Any

from django.db import migrations, models

from companies.index_making import make_index_of_letters
from outbox.index_making import DropIndex, MakeIndex, drop

BEFORE = "licensing_installation_site_name_key_trigrams"
NOW = "installation_by_letters"


def make(apps: Any, schema_editor: Any) -> None:
    """The index of letters, with the companies; it answers what the one before answered, too."""
    if schema_editor.connection.vendor == "postgresql":
        seen_by = ["company_id", "end_customer_id"]
        make_index_of_letters(schema_editor, NOW, "licensing_installation", seen_by=seen_by)
        drop(schema_editor, BEFORE)


def back(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {BEFORE} ON licensing_installation "
            "USING gin (site_name_key gin_trgm_ops) WITH (fastupdate = off)"
        )
        drop(schema_editor, NOW)


class Migration(migrations.Migration):
    atomic = False  # no write waits for an index

    dependencies = [
        ("companies", "0009_desk_reads"),
        ("licensing", "0007_desk_reads"),
    ]

    operations = [
        MakeIndex(
            model_name="installation",
            index=models.Index(
                fields=["company", "-changed_at", "-id"], name="installation_newest_of_dealer"
            ),
        ),
        MakeIndex(
            model_name="installation",
            index=models.Index(
                condition=models.Q(("end_customer__isnull", False)),
                fields=["end_customer", "-changed_at", "-id"],
                name="installation_newest_of_cust",
            ),
        ),
        MakeIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("last_day__isnull", False)),
                fields=["last_day", "id"],
                name="lot_by_end",
            ),
        ),
        DropIndex(model_name="lot", name="lot_by_last_day"),
        migrations.RunPython(make, back, atomic=False),
    ]
