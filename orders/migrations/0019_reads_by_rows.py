from typing import Any

from django.db import migrations, models

from companies.index_making import make_index_of_letters
from outbox.index_making import DropIndex, MakeIndex, drop

NAME = "order_without_site_by_letters"


def make(apps: Any, schema_editor: Any) -> None:
    """The index of letters of orders for sites that are not there yet."""
    where = "WHERE installation_id IS NULL"
    make_index_of_letters(
        schema_editor, NAME, "orders_order", seen_by=["company_id"], where=where
    )


def back(apps: Any, schema_editor: Any) -> None:
    drop(schema_editor, NAME)


class Migration(migrations.Migration):
    atomic = False  # no write waits for an index

    dependencies = [
        ("licensing", "0008_reads_by_rows"),
        ("orders", "0018_desk_reads"),
    ]

    operations = [
        MakeIndex(
            model_name="order",
            index=models.Index(
                fields=["company", "po_number_key", "-placed_at", "-id"], name="order_newest_of_po"
            ),
        ),
        DropIndex(model_name="order", name="order_by_po_number"),
        MakeIndex(
            model_name="order",
            index=models.Index(
                fields=["installation", "-placed_at", "-id"], name="order_newest_of_site"
            ),
        ),
        MakeIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("installation__isnull", True)),
                fields=["company", "-placed_at", "-id"],
                name="order_newest_without_site",
            ),
        ),
        MakeIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state__in", ["in_review", "held", "rejected"])),
                fields=["company", "state", "-changed_at", "-id"],
                name="order_to_look_at",
            ),
        ),
        migrations.RunPython(make, back, atomic=False),
    ]
