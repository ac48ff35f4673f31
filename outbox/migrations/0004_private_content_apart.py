from __future__ import annotations

import datetime as dt
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

BATCH = 500
LIFE = dt.timedelta(days=7)  # of private mail queued before mails had an end
UNSENT = ["queued", "sending", "failed"]


def keep_apart(apps: Any, schema_editor: Any) -> None:
    """Moves the content of private mail to a table of its own, and erases expired mail."""
    message = apps.get_model("outbox", "Message")
    private = message.objects.filter(record="")
    private.filter(expires_at=None).update(expires_at=models.F("queued_at") + LIFE)
    over = private.filter(state__in=UNSENT, expires_at__lte=timezone.now())
    expired = over.update(state="expired", claim=None, raw=None)
    moved = sum(iter(lambda: _move_some(apps, private), 0))
    if expired or moved:
        print(f" {moved} private mails kept apart, {expired} expired ...", end="")
    # PostgreSQL changes no table that has unchecked rows.
    schema_editor.connection.check_constraints()


def _move_some(apps: Any, private: models.QuerySet[Any]) -> int:
    content = apps.get_model("outbox", "PrivateContent")
    rows = list(private.exclude(raw=None).order_by("pk").values_list("pk", "raw")[:BATCH])
    content.objects.bulk_create(content(message_id=key, raw=raw) for key, raw in rows)
    private.filter(pk__in=[key for key, _raw in rows]).update(raw=None)
    return len(rows)


class Migration(migrations.Migration):

    dependencies = [
        ("outbox", "0003_why_mail_failed_and_who_dealt_with_it"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrivateContent",
            fields=[
                ("message", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="outbox.message", verbose_name="message")),
                ("raw", models.BinaryField(verbose_name="content")),
            ],
            options={
                "verbose_name": "content of a private mail",
                "verbose_name_plural": "contents of private mail",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="message",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="of use until"),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(choices=[("queued", "Queued"), ("sending", "Sending"), ("sent", "Sent"), ("failed", "Failed"), ("expired", "Expired")], default="queued", max_length=7, verbose_name="state"),
        ),
        migrations.RemoveConstraint(model_name="message", name="outbox_message_only_sent_private_mail_is_erased"),
        migrations.RemoveConstraint(model_name="message", name="outbox_message_state_is_known"),
        migrations.RemoveConstraint(model_name="message", name="outbox_message_only_failed_mail_says_why"),
        migrations.RemoveConstraint(model_name="message", name="outbox_message_dealt_with_says_who"),
        migrations.RunPython(keep_apart, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('state__in', ['queued', 'sending', 'failed'])), fields=['expires_at'], name='outbox_message_will_expire'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sending', 'sent', 'failed', 'expired'])), name='outbox_message_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('raw__isnull', True), ('record', '')), models.Q(models.Q(('record', ''), _negated=True), ('raw__isnull', False)), _connector='OR'), name='outbox_message_private_content_is_apart'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('record', '')), models.Q(models.Q(('record', ''), _negated=True), ('expires_at__isnull', True)), _connector='OR'), name='outbox_message_only_private_mail_ends'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'expired'), _negated=True), ('record', ''), _connector='OR'), name='outbox_message_only_private_mail_expires'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['failed', 'expired']), models.Q(('failed_at__isnull', True), ('failed_for', '')), _connector='OR'), name='outbox_message_only_failed_mail_says_why'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dealt_with_at__isnull', True), ('dealt_with_by', ''), ('dealt_with_note', '')), models.Q(('dealt_with_at__isnull', False), ('state__in', ['failed', 'expired']), models.Q(('dealt_with_by', ''), _negated=True)), _connector='OR'), name='outbox_message_dealt_with_says_who'),
        ),
    ]
