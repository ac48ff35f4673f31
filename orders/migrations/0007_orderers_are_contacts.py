from typing import Any

from django.conf import settings
from django.db import migrations, models

BATCH = 1000


def add_orderers(apps: Any, schema_editor: Any) -> None:
    """Makes the last orderer of each installation its contact, as new orders do from now on.

    Earlier events are not told afterwards.
    """
    order, contact = apps.get_model("orders", "Order"), apps.get_model("notifications", "Contact")
    newer = order.objects.filter(
        installation=models.OuterRef("installation"), state="issued",
        revision__number__gt=models.OuterRef("revision__number"),
    )
    newest = order.objects.filter(~models.Exists(newer), state="issued", installation__isnull=False)
    contacts = (
        contact(
            installation_id=row.installation_id,
            company_id=row.company_id,
            person=orderer,
            email=orderer.email,
            name=orderer.full_name,
            language=orderer.language,
            added_by=orderer,
            changed_by=orderer,
        )
        for row in newest.select_related("placed_by", "ordered_for").iterator(BATCH)
        if (orderer := row.ordered_for or row.placed_by).is_active
    )
    contact.objects.bulk_create(contacts, batch_size=BATCH, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0006_bulk_uploads"),
        ("notifications", "0005_notices"),
        ("companies", "0003_user_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(add_orderers, migrations.RunPython.noop)]
