import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """`order_newest_of_site` begins with the same column."""

    dependencies = [("orders", "0019_reads_by_rows")]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="installation",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="licensing.installation",
                verbose_name="installation",
            ),
        ),
    ]
