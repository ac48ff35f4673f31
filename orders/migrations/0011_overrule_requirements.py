from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_po_numbers_folded"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="order",
            options={
                "ordering": ["-placed_at", "-pk"],
                "permissions": [
                    ("issue_order", "Can issue orders"),
                    ("hold_order", "Can hold orders and take them back into review"),
                    ("reject_order", "Can reject orders"),
                    ("cancel_order", "Can cancel orders"),
                    ("enter_order", "Can enter orders on behalf of a company"),
                    ("overrule_requirements", "Can overrule what products require"),
                ],
                "verbose_name": "order",
                "verbose_name_plural": "orders",
            },
        ),
    ]
