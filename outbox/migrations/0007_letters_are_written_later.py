from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class AddConstraintUnchecked(AddConstraintNotValid):
    """On PostgreSQL nothing waits while a million rows are read: the next migration checks them."""

    def database_forwards(self, app_label: Any, schema_editor: Any, *states: Any) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        add = super() if postgresql else super(AddConstraintNotValid, self)
        add.database_forwards(app_label, schema_editor, *states)


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0006_bounces'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='message',
            name='outbox_message_private_content_is_apart',
        ),
        migrations.AddField(
            model_name='message',
            name='drawing',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='drawn_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='message',
            name='fingerprint',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='message',
            name='head',
            field=models.BinaryField(null=True),
        ),
        AddConstraintUnchecked(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('drawn_by', ''), ('raw__isnull', True), ('record', '')), models.Q(models.Q(('record', ''), _negated=True), ('drawn_by', ''), ('raw__isnull', False)), models.Q(models.Q(('record', ''), _negated=True), ('raw__isnull', True), models.Q(('drawn_by', ''), _negated=True)), _connector='OR'), name='outbox_message_private_content_is_apart'),
        ),
        AddConstraintUnchecked(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('drawn_by', ''), _negated=True), ('head__isnull', False), models.Q(('fingerprint', ''), _negated=True)), models.Q(('drawn_by', ''), ('fingerprint', ''), ('head__isnull', True)), models.Q(('fingerprint', ''), ('head__isnull', True), models.Q(('state__in', ['sent', 'returned']), _negated=True)), _connector='OR'), name='outbox_message_drawn_before_it_is_sent'),
        ),
    ]
