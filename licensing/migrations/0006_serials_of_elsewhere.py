from typing import Any

import django.db.models.deletion
from django.db import migrations, models

BATCH = 1000


def hold_their_keys(apps: Any, schema_editor: Any) -> None:
    """Each serial number from elsewhere holds its key: until now no other had the same."""
    serials = apps.get_model("licensing", "Serial").objects
    from_elsewhere = serials.filter(issued_elsewhere=True, elsewhere_key=None)
    held = 0
    while batch := list(from_elsewhere.values_list("pk", flat=True)[:BATCH]):
        held += serials.filter(pk__in=batch).update(elsewhere_key=models.F("lookup_key"))
    if held:
        print(f"\n  {held} serial numbers were issued elsewhere, and hold their look-up keys.")


class Migration(migrations.Migration):

    dependencies = [("licensing", "0005_names")]

    operations = [
        migrations.AddField(
            model_name="serial",
            name="elsewhere_key",
            field=models.CharField(editable=False, max_length=128, null=True),
        ),
        migrations.RunPython(hold_their_keys, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="serial",
            constraint=models.UniqueConstraint(
                fields=("elsewhere_key",), name="serial_key_from_elsewhere_held_once"
            ),
        ),
        migrations.AddField(
            model_name="serial",
            name="folds_like",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="folding_alike",
                to="licensing.serial",
                to_field="elsewhere_key",
            ),
        ),
        migrations.AlterField(
            model_name="serial", name="lookup_key", field=models.CharField(max_length=128)
        ),
        migrations.AddIndex(
            model_name="serial", index=models.Index(fields=["lookup_key"], name="serial_by_key")
        ),
        migrations.AddConstraint(
            model_name="serial",
            constraint=models.UniqueConstraint(
                condition=models.Q(folds_like__isnull=True),
                fields=("lookup_key",),
                name="serial_key_once",
                violation_error_message="There is a serial number already that reads the same. Compare the two.",
            ),
        ),
        migrations.AddConstraint(
            model_name="serial",
            constraint=models.CheckConstraint(
                condition=models.Q(elsewhere_key__isnull=True, folds_like__isnull=True)
                & models.Q(issued_elsewhere=False)
                | models.Q(elsewhere_key__isnull=False, folds_like__isnull=True)
                & models.Q(issued_elsewhere=True, elsewhere_key=models.F("lookup_key"))
                | models.Q(elsewhere_key__isnull=True, folds_like__isnull=False)
                & models.Q(issued_elsewhere=True, folds_like=models.F("lookup_key")),
                name="serial_only_elsewhere_folds_alike",
            ),
        ),
    ]
