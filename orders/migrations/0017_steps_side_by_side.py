from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0016_held_in_file'),
    ]

    operations = [
        migrations.AddField(
            model_name='bulkorder',
            name='begun_at',
            field=models.DateTimeField(null=True),
        ),
    ]
