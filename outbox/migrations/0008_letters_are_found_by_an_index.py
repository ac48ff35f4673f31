from typing import Any

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from outbox.index_making import MakeIndex


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
        MakeIndex(
            model_name='message',
            index=models.Index(condition=models.Q(models.Q(('drawn_by', ''), _negated=True), ('head', None)), fields=['id'], name='outbox_message_undrawn'),
        ),
        Validate('message', 'outbox_message_private_content_is_apart'),
        Validate('message', 'outbox_message_drawn_before_it_is_sent'),
    ]
