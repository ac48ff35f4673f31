"""Writing to people. What is written is queued in the transaction of its cause."""

from licensing.actions import Change
from notifications.confirmations import ConfirmationFacts, messages, render
from notifications.holds import HoldFacts, hold_mail
from notifications.models import Confirmation
from outbox.actions import queue


def confirm(change: Change, facts: ConfirmationFacts) -> Confirmation:
    """Keeps the exact copy of the confirmation and queues it: no issue without its mail."""
    mail = render(change, facts)
    confirmation = Confirmation.objects.create(
        revision=change.revision,
        revised=facts.revised,
        record=f"{change.revision.installation.reference}/{change.revision}",
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )
    queue(messages(mail, facts.recipients), record=confirmation.record)
    return confirmation


def ask(facts: HoldFacts) -> None:
    """Queues the mail about a held order. It has a link that opens the order: no copy is kept."""
    queue([hold_mail(facts)])
