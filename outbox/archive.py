"""Archives mail that is no longer needed, so that the table of the queue stays small.

That is private mail, long after it was sent or has expired: its content is erased already, and a
slim row remains. What must be kept stays: records, which pages show and people send again; mail
that waits or is a task; and a mail that another table points to.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef

from outbox.models import ArchivedMessage, Message

logger = logging.getLogger(__name__)

AT_ONCE = 1000  # mails in a transaction


def archive(*, at: datetime) -> int:
    """Archives what is older than MAIL_KEPT_DAYS; answers how many mails.

    A run that is killed loses nothing: the next one goes on. Two at once share the work.
    """
    before = at - timedelta(days=settings.MAIL_KEPT_DAYS)
    archived = sum(iter(lambda: _archive_some(before), 0))
    if archived:
        logger.info("mail archived", extra={"mails": archived})
    return archived


def _archive_some(before: datetime) -> int:
    with transaction.atomic():
        done = Message.objects.done(before).filter(*(~each for each in _pointers()))
        locked = done.select_for_update(skip_locked=True, of=("self",))
        messages = list(locked.defer("raw").order_by("queued_at", "pk")[:AT_ONCE])
        ArchivedMessage.objects.bulk_create(map(_archived, messages))
        Message.objects.filter(pk__in=[message.pk for message in messages]).delete()
    return len(messages)


def _archived(message: Message) -> ArchivedMessage:
    return ArchivedMessage(
        number=message.pk,
        recipients=message.recipients,
        subject=message.subject,
        message_id=message.message_id,
        state=message.state,
        queued_at=message.queued_at,
        sent_at=message.sent_at,
    )


def _pointers() -> list[Exists]:
    """Whether a row of another table points to the mail, for each table that may."""
    fields: list[Any] = [
        relation.field
        for relation in Message._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel)
    ]
    return [Exists(field.model.objects.filter(**{field.name: OuterRef("pk")})) for field in fields]
