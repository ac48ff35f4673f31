from django.db import migrations, models

from outbox.index_making import MakeIndex, MakeTrigrams


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL no write waits while an index is made

    dependencies = [('notifications', '0008_letters_are_written_later')]

    operations = [
        MakeIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['email', 'id'], name='contact_by_email'),
        ),
        MakeIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['confirmations', 'email', 'id'], name='contact_confirmations_by_email'),
        ),
        MakeIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['expiry', 'email', 'id'], name='contact_expiry_by_email'),
        ),
        MakeIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['holds', 'email', 'id'], name='contact_holds_by_email'),
        ),
        MakeIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['language', 'email', 'id'], name='contact_language_by_email'),
        ),
        MakeTrigrams('contact_email_trigrams', 'notifications_contact', 'email'),
        MakeTrigrams('contact_name_trigrams', 'notifications_contact', 'UPPER(name::text)'),
    ]
