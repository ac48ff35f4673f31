from django.db import migrations, models

from outbox.index_making import MakeIndex


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL no write waits while an index is made

    dependencies = [('licensing', '0006_serials_of_elsewhere')]

    operations = [
        MakeIndex(
            model_name='installation',
            index=models.Index(fields=['site_name_sort', 'id'], name='installation_by_name'),
        ),
        MakeIndex(
            model_name='serial',
            index=models.Index(condition=models.Q(('is_current', True), ('supersedes__isnull', False)), fields=['revision', 'installation'], name='serial_to_be_entered'),
        ),
    ]
