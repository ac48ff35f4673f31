"""Decides which contacts of an installation get which notices today, and sends them.

The same function reads the due notices twice: first for all installations at once, to find those
with news, and then for each of them under its lock, in the transaction that sends.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

from companies.time_zones import local_date
from licensing.models import Installation
from notifications.mailing import address, letters_for
from notifications.models import Contact
from notifications.models.notices import Notice, NoticeMail, NoticeRun, Reminder
from notifications.rules.recipients import Recipient, Topic, choose
from notifications.rules.schedule import Due, Reader, Subject, Timetable, notices_due
from outbox.actions import queue

Row = tuple[int, str, int, dt.date | dt.datetime, dt.datetime]
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice that is sent in steps."""

    about: NoticeMail.About
    topic: Topic
    row: type[Notice | Reminder]
    subject: str  # the column of `row` that names the lot or serial
    near: Callable[[dt.datetime], QuerySet[Any]]  # candidates in any time zone of the earth
    rows: Callable[[QuerySet[Any]], Iterable[Row]]  # installation, zone, key, day, since
    timetables: Callable[[QuerySet[Any]], Callable[[int], Timetable]]  # by installation
    letter: Callable[[Installation, Sequence[Due], dt.date], tuple[str, dict[str, Any]]]


@dataclass(slots=True)
class SiteToTell:
    """The facts of an installation that decide its notices."""

    zone: str
    subjects: list[Subject] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    told: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    mailed: set[tuple[str, dt.date]] = field(default_factory=set)

    def add(self, contact: Contact) -> None:
        """Adds an address once, even if it is a contact of both companies."""
        if contact.email not in {known.email for known in self.contacts}:
            self.contacts.append(contact)

    def due(self, timetable: Timetable, today: dt.date) -> dict[str, tuple[Due, ...]]:
        return notices_due(
            timetable,
            self.subjects,
            [
                Reader(contact.email, local_date(contact.told_since, self.zone))
                for contact in self.contacts
            ],
            told=self.told,
            told_today={address for address, day in self.mailed if day == today},
            today=today,
        )


def find_due(kind: NoticeKind, at: dt.datetime) -> dict[int, bool]:
    """The installations with possible notices, and whether any notice is due now.

    Ten thousand lots take as many statements as one.
    """
    subjects = kind.near(at)
    sites, timetable_of = _read(kind, subjects, at), kind.timetables(subjects)
    return {
        pk: bool(site.due(timetable_of(pk), local_date(at, site.zone)))
        for pk, site in sites.items()
    }


def send_due(kind: NoticeKind, installation: int, run: NoticeRun, at: dt.datetime) -> int:
    """Queues the due notices of the installation, each once; answers the number of mails.

    Two runs at the same time take turns at the lock, and the second reads the notices of the first.
    The constraints hold the same.
    """
    with transaction.atomic(durable=True):
        site_lock = Installation.objects.select_for_update(of=("self",)).select_related("company")
        locked = site_lock.get(pk=installation)
        subjects = kind.near(at).filter(installation=locked)
        site = _read(kind, subjects, at).get(locked.pk)
        if site is None:
            return 0
        today = local_date(at, site.zone)
        due = site.due(kind.timetables(subjects)(locked.pk), today)
        record = f"{locked.reference}/{kind.about}/{today}"
        mail_to = partial(
            NoticeMail, run=run, installation=locked, about=kind.about, day=today, record=record
        )
        _write(kind, mail_to, due)
        return len(queue(_mails(kind, locked, site, due, today), record=record))


def _mails(
    kind: NoticeKind,
    installation: Installation,
    site: SiteToTell,
    due: Mapping[str, tuple[Due, ...]],
    today: dt.date,
) -> list[EmailMessage]:
    """One mail for each recipient; recipients with the same news and language share the text."""
    recipients = choose(kind.topic, wishes=[contact.wishes for contact in site.contacts])
    groups: dict[tuple[Due, ...], list[Recipient]] = defaultdict(list)
    for recipient in recipients:
        if steps := due.get(recipient.address):
            groups[steps].append(recipient)
    return [
        mail
        for steps, group in groups.items()
        for mail in _group_mails(kind, installation, steps, group, today)
    ]


def _group_mails(
    kind: NoticeKind,
    installation: Installation,
    due: Sequence[Due],
    recipients: Sequence[Recipient],
    today: dt.date,
) -> list[EmailMessage]:
    name, context = kind.letter(installation, due, today)
    letters = letters_for(recipients, name, context)
    return [
        address(letters[recipient.language], recipient, topic=kind.topic, installation=installation)
        for recipient in recipients
    ]


def _write(
    kind: NoticeKind, mail_to: Callable[..., NoticeMail], due: Mapping[str, tuple[Due, ...]]
) -> None:
    """Records the notices that each address got; two statements."""
    mails = NoticeMail.objects.bulk_create(mail_to(address=who) for who in due)
    told: list[Any] = [
        kind.row(
            mail=mail, address=mail.address, step=each.step, **{f"{kind.subject}_id": each.key}
        )
        for mail in mails
        for each in due[mail.address]
    ]
    kind.row.objects.bulk_create(told)


# Reading -------------------------------------------------------------------------------


def _read(kind: NoticeKind, subjects: QuerySet[Any], at: dt.datetime) -> dict[int, SiteToTell]:
    """The facts of each installation; four statements, and those of `kind.rows`."""
    sites: dict[int, SiteToTell] = {}
    for pk, zone, key, day, since in kind.rows(subjects):
        site = sites.setdefault(pk, SiteToTell(zone))
        site.subjects.append(Subject(key, _local(day, zone), local_date(since, zone)))
    there = subjects.values("installation")
    contacts = Contact.objects.told().filter(installation__in=there, **{str(kind.topic): True})
    for contact in contacts.order_by("pk"):
        if contact.installation_id in sites:
            sites[contact.installation_id].add(contact)
    _read_told(kind, subjects, sites, at)
    return sites


def _read_told(
    kind: NoticeKind, subjects: QuerySet[Any], sites: Mapping[int, SiteToTell], at: dt.datetime
) -> None:
    of_subjects = {f"{kind.subject}__in": subjects.values("pk")}
    told = kind.row.objects.filter(**of_subjects).values_list(
        f"{kind.subject}__installation", kind.subject, "address", "step"
    )
    for pk, key, who, step in told:
        if pk in sites:
            sites[pk].told[key, who].append(step)
    mailed = NoticeMail.objects.filter(
        installation__in=subjects.values("installation"),
        about=kind.about,
        day__gte=at.date() - DAY,
    )
    for pk, who, day in mailed.values_list("installation", "address", "day"):
        if pk in sites:
            sites[pk].mailed.add((who, day))


def _local(day: dt.date | dt.datetime, zone: str) -> dt.date:
    return local_date(day, zone) if isinstance(day, dt.datetime) else day
