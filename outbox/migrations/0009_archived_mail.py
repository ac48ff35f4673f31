from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0008_letters_are_found_by_an_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArchivedMessage',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('recipients', models.JSONField(verbose_name='recipients')),
                ('subject', models.TextField(blank=True, verbose_name='subject')),
                ('message_id', models.CharField(max_length=320, verbose_name='message ID')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed'), ('returned', 'Returned'), ('expired', 'Expired')], max_length=8, verbose_name='state')),
                ('queued_at', models.DateTimeField(verbose_name='queued at')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent at')),
            ],
            options={
                'verbose_name': 'archived message',
                'verbose_name_plural': 'archived messages',
                'default_permissions': ('view',),
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('record', ''), ('state__in', ['sent', 'returned', 'expired'])), fields=['queued_at', 'id'], name='outbox_message_done'),
        ),
        migrations.AddConstraint(
            model_name='archivedmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['sent', 'returned', 'expired'])), name='outbox_archived_message_is_done'),
        ),
    ]
