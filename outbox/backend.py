from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from outbox import actions


class OutboxBackend(BaseEmailBackend):
    """Queues the mail that Django itself sends (a password reset, say) as private mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        actions.queue(email_messages)
        return sum(bool(message.recipients()) for message in email_messages)
