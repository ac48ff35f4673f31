from typing import Any

import companies.address_fields
from companies.address_folding import fold_column, say
from django.db import migrations

from texts.addresses import stored_forms


def fold(apps: Any, schema_editor: Any) -> None:
    """Folds the addresses that purchase orders name and keeps each mailbox once."""
    if changed := fold_column(apps.get_model("orders", "Order"), "notify", stored_forms):
        say([f"Order: the addresses of {changed} are in their stored form now."])


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0005_addresses_in_their_stored_form'),
        ('orders', '0007_orderers_are_contacts'),
    ]

    operations = [
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='order',
            name='notify',
            field=companies.address_fields.AddressListField(blank=True, default=list, verbose_name='more recipients'),
        ),
    ]
