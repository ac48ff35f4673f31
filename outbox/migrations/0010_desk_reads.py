from django.db import migrations, models

from outbox.index_making import MakeIndex, MakeTrigrams


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL no write waits while an index is made

    dependencies = [('outbox', '0009_archived_mail')]

    operations = [
        MakeIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ['failed', 'returned', 'expired'])), fields=['state', 'id'], name='outbox_message_not_sent'),
        ),
        MakeIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('dealt_with_at__isnull', False)), fields=['id'], name='outbox_message_dealt'),
        ),
        MakeTrigrams('outbox_message_subject_trigrams', 'outbox_message', 'UPPER(subject)', later=True),
        MakeTrigrams('outbox_message_recipients_trigrams', 'outbox_message', 'recipients::text', later=True),
        MakeTrigrams('outbox_message_record_trigrams', 'outbox_message', 'UPPER(record::text)', later=True),
    ]
