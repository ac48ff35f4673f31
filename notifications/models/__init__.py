"""The tables, a module for each subject. Django looks for them here."""

from notifications.models.confirmations import (
    Confirmation,
    ConfirmationCopy,
    LetterTries,
    Resend,
)
from notifications.models.contacts import TOPIC_NAMES, Contact, ContactQuerySet, wishes_in
from notifications.models.notices import (
    Notice,
    NoticeMail,
    NoticeRun,
    NoticeSchedule,
    Reminder,
    validate_steps,
)

__all__ = [
    "TOPIC_NAMES",
    "Confirmation",
    "ConfirmationCopy",
    "Contact",
    "ContactQuerySet",
    "LetterTries",
    "Notice",
    "NoticeMail",
    "NoticeRun",
    "NoticeSchedule",
    "Reminder",
    "Resend",
    "validate_steps",
    "wishes_in",
]
