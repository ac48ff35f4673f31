from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class AddIndexWithoutALock(AddIndexConcurrently):
    """SQLite has one writer anyway, and no such statement."""

    def database_forwards(self, app_label: Any, schema_editor: Any, *states: Any) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        add = super() if postgresql else super(AddIndexConcurrently, self)
        add.database_forwards(app_label, schema_editor, *states)


class Validate(ValidateConstraint):
    def database_forwards(self, app_label: Any, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, *states)


class Migration(migrations.Migration):
    atomic = False  # each statement by itself, so that none holds a lock for long

    dependencies = [
        ('outbox', '0007_letters_are_written_later'),
    ]

    operations = [
        AddIndexWithoutALock(
            model_name='message',
            index=models.Index(condition=models.Q(models.Q(('drawn_by', ''), _negated=True), ('head', None)), fields=['id'], name='outbox_message_undrawn'),
        ),
        Validate('message', 'outbox_message_private_content_is_apart'),
        Validate('message', 'outbox_message_drawn_before_it_is_sent'),
    ]
