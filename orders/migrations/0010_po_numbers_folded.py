from collections.abc import Iterator
from typing import Any

from django.db import migrations, models
from django.db.models import Count

from texts import po_numbers

BATCH = 1000
SHOWN = 20  # PO numbers whose orders are printed


def fold(apps: Any, schema_editor: Any) -> None:
    """Gives each order the key of its PO number. Nothing else is changed."""
    orders = apps.get_model("orders", "Order").objects
    folded = 0
    while batch := list(orders.filter(po_number_key="").only("po_number")[:BATCH]):
        for order in batch:
            order.po_number_key = po_numbers.same_key(order.po_number)
        folded += orders.bulk_update(batch, ["po_number_key"])
    if folded:
        print(f"\n  PO numbers of {folded} orders were folded.")
        report(list(now_the_same(orders)))


def now_the_same(orders: Any) -> Iterator[list[str]]:
    """Orders of one company whose PO numbers differ in writing but are one from now on.

    Numbers that differ only in case were the same before.
    """
    groups = orders.order_by().values("company", "po_number_key").annotate(
        ways=Count("po_number", distinct=True)
    )
    for group in groups.filter(ways__gt=1).iterator(BATCH):
        same = orders.filter(company=group["company"], po_number_key=group["po_number_key"])
        ways = {number.casefold(): each for number, each in same.values_list("po_number", "reference")}
        if len(ways) > 1:
            yield sorted(ways.values())


def report(groups: list[list[str]]) -> None:
    if not groups:
        return
    print(f"  {len(groups)} PO numbers were written in several ways and are one now, in the orders")
    for orders in groups[:SHOWN]:
        print("    " + ", ".join(orders))
    print("  Nothing else was changed. See whether one of them was ordered twice.")


class Migration(migrations.Migration):

    dependencies = [("orders", "0009_names")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="po_number_key",
            field=models.CharField(db_default="", editable=False, max_length=720),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["company", "po_number_key"], name="order_by_po_number"),
        ),
    ]
