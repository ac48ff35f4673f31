"""Marks mail as returned when its bounce came: a task, like mail that was refused at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, auto

from django.db.models import Max, Q

from outbox.answers import Fault
from outbox.bounces import Bounce, read
from outbox.mailboxes import Folder, Mailbox
from outbox.models import BounceMailbox, Message

logger = logging.getLogger(__name__)

MOST_MAILS = 500  # read in a run
SINCE = dt.timedelta(days=14)  # mail servers try for a week at most
IS_LATE = dt.timedelta(hours=2)  # after the last run
WHY = {
    Fault.ADDRESS: Message.FailedFor.ADDRESS,
    Fault.MAILBOX_FULL: Message.FailedFor.ADDRESS,  # the other server tried for days
    Fault.CONTENT: Message.FailedFor.CONTENT,
    Fault.POLICY: Message.FailedFor.POLICY,
    None: Message.FailedFor.TRIES,
}


class Outcome(Enum):
    RETURNED = auto()
    NOTHING = auto()  # it says nothing new about a mail of ours
    LATER = auto()  # its mail is being sent: look again


@dataclass(slots=True)
class Run:
    mails: int = 0
    returned: int = 0


def read_bounces(mailbox: Mailbox, *, at: dt.datetime) -> Run:
    """Reads what came since the last run. Two runs at once, or one that was killed, do no harm."""
    with closing(mailbox.open()) as folder:
        place, _ = BounceMailbox.objects.get_or_create(name=mailbox.name)
        run = _read(folder, place, at)
    BounceMailbox.objects.filter(pk=place.pk).update(read_at=at)
    return run


def _read(folder: Folder, place: BounceMailbox, at: dt.datetime) -> Run:
    run = Run()
    last = place.last_number if place.validity == folder.validity else 0
    for number, raw in folder.after(last, since=at - SINCE, most=MOST_MAILS):
        outcome = _take(raw, at)
        if outcome is Outcome.LATER:
            break
        run.mails += 1
        run.returned += outcome is Outcome.RETURNED
        _go_on_after(place, folder.validity, number)
    return run


def _take(raw: bytes, at: dt.datetime) -> Outcome:
    try:
        bounce = read(raw)
    except Exception as error:  # whatever it is, it must not stop the mails behind it
        logger.warning("bounce not understood", extra={"error": type(error).__name__})
        return Outcome.NOTHING
    if bounce is None:
        return Outcome.NOTHING
    return take_back(bounce, fingerprint=hashlib.sha256(raw).hexdigest(), at=at)


def take_back(bounce: Bounce, *, fingerprint: str, at: dt.datetime) -> Outcome:
    """Marks the mail as returned, once for each bounce, in one statement.

    Only a sent mail is returned. So a bounce can't keep a mail from being sent, and neither does it
    undo what staff did about one.
    """
    ours = Message.objects.filter(message_id__startswith=f"<{bounce.token}@")
    returned = ours.filter(state=Message.State.SENT).exclude(bounce=fingerprint)
    if returned.update(
        state=Message.State.RETURNED,
        failed_at=at,
        failed_for=WHY[bounce.fault],
        last_error=bounce.said.encode(errors="replace").decode().replace("\0", ""),
        bounce=fingerprint,
    ):
        message_id = ours.values_list("message_id", flat=True).get()
        logger.info("mail returned", extra={"message_id": message_id})
        return Outcome.RETURNED
    if ours.filter(state=Message.State.SENDING).exists():
        return Outcome.LATER
    return Outcome.NOTHING


def _go_on_after(place: BounceMailbox, validity: int, number: int) -> None:
    """Records how far the mailbox was read, unless another run has read further."""
    behind = ~Q(validity=validity) | Q(last_number__lt=number)
    here = BounceMailbox.objects.filter(behind, pk=place.pk)
    here.update(validity=validity, last_number=number)


def last_read_at() -> dt.datetime | None:
    newest = BounceMailbox.objects.aggregate(Max("read_at"))
    read_at: dt.datetime | None = newest["read_at__max"]
    return read_at


def is_late(last: dt.datetime | None, at: dt.datetime) -> bool:
    return last is None or at - last > IS_LATE
