"""`manage.py send_notices`: who gets which mail, and when."""

from __future__ import annotations

import datetime as dt
import io
import re
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format
from django.utils.translation import override

from companies.models import Company
from companies.time_zones import local_date
from licensing.models import Family, Installation
from notifications.mailing import letters_for
from notifications.models import Contact, Notice, NoticeMail, NoticeRun
from notifications.notices import runs, sending
from notifications.notices.choosing import set_schedule
from notifications.notices.runs import send_notices
from notifications.rules.recipients import Topic
from orders.audit.ledger import violations
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.kept_rows import kept
from tests.notifications.many_lots import make_lots
from tests.notifications.reading import html_of, sent, text_of
from tests.notifications.wishing import set_wishes
from tests.ordering import line, order_lines
from tests.pure.notice_days import DAY, days_of, expected

ENDS = dt.date(2027, 11, 23)  # the last valid day of what is issued NOW for a year


def at(days: int, hour: int = 15) -> dt.datetime:
    """That many days after the last valid day; 15:00 UTC is the forenoon in Chicago."""
    return dt.datetime.combine(ENDS + days * DAY, dt.time(hour), tzinfo=dt.UTC)


def run(days: int, hour: int = 15) -> list[EmailMessage]:
    """The mails that a run then queues."""
    before = set(Message.objects.values_list("pk", flat=True))
    send_notices(at=at(days, hour))
    return [sent(mail) for mail in Message.objects.exclude(pk__in=before).order_by("pk")]


def written(day: dt.date, language: str = "en") -> str:
    with override(language):
        return date_format(day, "DATE_FORMAT")


def subjects(mails: list[EmailMessage]) -> list[str]:
    return [str(mail["Subject"]) for mail in mails]


@kept
def site(cast: Cast) -> Installation:
    """Twelve licenses for a year; the orderer is its contact."""
    return cast.site(VS_ADV1=12)


@pytest.fixture(autouse=True)
def _nothing_to_enter(cast: Cast) -> None:
    """No contact is reminded of a serial number here."""
    Family.objects.update(asks_changeover=False)


def test_each_step_is_told_once_on_its_day(site: Installation) -> None:
    around = [step + days for step in (-90, -60, -30, -7, 0, 7) for days in (-1, 0, 1)]
    told = {days: subjects(run(days)) for days in [*around, 30]}
    assert {days: mails for days, mails in told.items() if mails} == {
        days: [f"License notice: 12 × VS-ADV1 at Harbor Point Terminal {verb} {written(ENDS)}"]
        for days, verb in {
            -90: "end",
            -60: "end",
            -30: "end",
            -7: "end",
            0: "end",
            7: "ended",
        }.items()
    }


def test_a_run_that_comes_late_tells_the_most_urgent_only_and_twice_nothing(
    site: Installation,
) -> None:
    [mail] = run(-20)
    assert f"Valid through {written(ENDS)}. That is 20 days from now." in text_of(mail)
    assert [notice.step for notice in Notice.objects.all()] == [-30]
    assert run(-20) == run(-20, 23) == run(-8) == []
    assert len(run(-7)) == 1


def test_the_day_is_the_companys(site: Installation, cast: Cast) -> None:
    """04:00 UTC is 23:00 of the day before in Chicago, and 6 in the morning in Madrid."""
    assert run(-90, 4) == []
    Company.objects.filter(pk=cast.harbor.pk).update(time_zone="Europe/Madrid")
    assert len(run(-90, 4)) == 1


def test_the_mail_has_all_that_ends_the_serials_and_a_way_to_renew(
    cast: Cast, site: Installation
) -> None:
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=3, ISS_Expert=2), NOW)
    [mail] = run(0)
    subject = "License notice: subscriptions at Harbor Point Terminal end, the first"
    assert subjects([mail]) == [f"{subject} {written(ENDS)}"]
    assert (mail["To"], mail["List-Unsubscribe-Post"]) == (
        "buyer@dealer.example",
        "List-Unsubscribe=One-Click",
    )
    for body in (text_of(mail), html_of(mail)):
        for fact in ("VS-ES1", "VS-ADV1", written(ENDS), "today", current(site, "VAI")):
            assert fact in body
        assert f"/orders/new/?renew={site.reference}" in body
        assert f"/installations/{site.reference}/" in body
        assert "/mail/stop/" not in body
        assert current(site, "ISS") not in body  # nothing of it ends
        assert re.search(r"/mail/[\w:-]{20,}/", body), "their own link to choose"


def test_the_exact_mail_is_kept_and_the_ledger_knows_it(site: Installation) -> None:
    [mail] = run(-7)
    row = NoticeMail.objects.get()
    assert row.record == f"{site.reference}/expiry/2027-11-16"
    assert [sent(each)["Message-ID"] for each in row.deliveries] == [mail["Message-ID"]]
    assert list(violations()) == []
    row.deliveries.delete()
    told = f"Notices of {row.record}: 1 addresses were told, 0 mails were queued."
    assert list(violations()) == [told]


def test_what_is_renewed_is_not_told_any_more(cast: Cast, site: Installation) -> None:
    def renew(units: int) -> None:
        lines = [line("VS-ADV1", units, "renew", "VS-ADV1", lot_end=ENDS)]
        cast.issue(order_lines(cast, current(site, "VAI"), lines=lines, at=NOW), NOW)

    renew(9)
    [mail] = run(-90)
    assert subjects([mail])[0].startswith("License notice: 3 × VS-ADV1")
    renew(3)
    assert run(-60) == []


def test_what_was_upgraded_away_is_told_as_what_it_is_now(cast: Cast) -> None:
    site = cast.site(VS_ES1=5)
    lines = [line("VS-ADV1", 5, "upgrade", "VS-ES1", lot_end=ENDS)]
    cast.issue(order_lines(cast, current(site, "VAI"), lines=lines, at=NOW), NOW)
    assert [each[:31] for each in subjects(run(-90))] == ["License notice: 5 × VS-ADV1 at "]


def test_who_wants_no_such_notice_gets_none(site: Installation, cast: Cast) -> None:
    set_wishes(installation=site, address=cast.buyer.email, topics=[Topic.CONFIRMATIONS])
    assert run(-90) == []
    assert NoticeRun.objects.get().mails == 0


def test_each_is_told_in_their_language_and_once(site: Installation, cast: Cast) -> None:
    for address, language in (("ana@site.example", "es"), ("ben@site.example", "en")):
        set_wishes(
            installation=site, address=address, topics=[Topic.EXPIRY], language=language, at=NOW
        )
    mails = {mail["To"]: mail for mail in run(-30)}
    assert mails.keys() == {"buyer@dealer.example", "ana@site.example", "ben@site.example"}
    for mail in mails.values():
        language = "es" if mail["To"] == "ana@site.example" else "en"
        assert written(ENDS, language) in text_of(mail)
    assert Notice.objects.count() == 3
    assert run(-29) == []


def test_who_is_added_later_is_told_what_comes_later(site: Installation) -> None:
    run(-60)
    add: dict[str, Any] = {"installation": site, "address": "new@site.example"}
    set_wishes(**add, topics=[Topic.EXPIRY], at=at(-50))
    assert run(-45) == []
    assert len(run(-30)) == 2
    set_wishes(**add, topics=[], at=at(-20))
    assert len(run(-7)) == 1
    set_wishes(**add, topics=[Topic.EXPIRY], at=at(-5))
    assert run(-5) == []
    assert len(run(0)) == 2


def test_an_installation_has_a_schedule_of_its_own(site: Installation, cast: Cast) -> None:
    set_schedule(site, steps=[-30, 7], by=cast.buyer, at=NOW)
    assert [days for days in (-90, -60, -31, -30, -7, 0, 7, 8) if run(days)] == [-30, 7]
    set_schedule(site, steps=[], by=cast.buyer, at=NOW)
    assert run(7) == []


def test_an_end_that_comes_up_after_the_days_mail_is_told_tomorrow(
    site: Installation, cast: Cast
) -> None:
    """One mail a day: here the schedule was changed between two runs of a day."""
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=3), NOW + 60 * DAY)
    set_schedule(site, steps=[0], by=cast.buyer, at=NOW)
    assert len(run(0)) == 1
    set_schedule(site, steps=[0, -60], by=cast.buyer, at=NOW)
    assert run(0, 20) == []
    [mail] = run(1)
    assert "3 × VS-ES1" in text_of(mail)
    assert "12 × VS-ADV1" not in text_of(mail)


def test_one_that_fails_stops_no_other(
    site: Installation, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = cast.issue(cast.order_new("Pier 9", VS_ES1=1)).installation
    assert other is not None

    def fail_for_one(recipients: Any, kind: str, context: dict[str, Any]) -> Any:
        if getattr(context["facts"], "reference", "") == site.reference:
            raise RuntimeError("a bug")
        return letters_for(recipients, kind, context)

    with monkeypatch.context() as broken, time_machine.travel(at(-90), tick=False):
        broken.setattr(sending, "letters_for", fail_for_one)
        with pytest.raises(CommandError, match="2 installations looked at, 1 mails queued; 1 fail"):
            call_command("send_notices")
    assert [row.installation for row in NoticeMail.objects.all()] == [other]
    with time_machine.travel(at(-89), tick=False):
        call_command("send_notices", stdout=(out := io.StringIO()))
    assert out.getvalue() == "2 installations looked at, 1 mails queued.\n"
    assert [row.failures for row in NoticeRun.objects.order_by("pk")] == [1, 0]
    assert all(row.host and row.ended_at for row in NoticeRun.objects.all())


def test_the_statements_grow_with_what_is_due_only(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            send_notices(at=NOW)
        return len(captured)

    make_lots(cast, 25, local_date(NOW, "UTC"), ["Asia/Kathmandu"])
    send_notices(at=NOW)
    few = statements()
    make_lots(cast, 500, local_date(NOW, "UTC") + 1000 * DAY, ["Europe/Madrid"])
    assert statements() == few <= 12
    make_lots(cast, 500, local_date(NOW, "UTC"), ["Europe/Paris"])
    send_notices(at=NOW)
    assert statements() == few


@pytest.mark.siege
def test_a_thousand_lots_in_ten_zones(cast: Cast) -> None:
    """Each is told as the rule says, day by day, while Chicago's clocks go back; six runs, one of
    them twice, with two days left out. Told is what the rows say, and each row has its mail."""
    change = dt.datetime(2026, 11, 1, 7, tzinfo=dt.UTC)
    lots = make_lots(cast, 1000, change.date())
    hours = (-96, -49, -1, 0, 0, 25, 98)
    moments = [change + dt.timedelta(hours=hour) for hour in hours]
    done = [send_notices(at=moment) for moment in moments]
    assert [each.failures for each in done] == [0] * 7
    assert (done[0].installations, done[4].mails) == (40, 0)
    sent: dict[int, list[tuple[int, dt.date]]] = {lot.pk: [] for lot in lots}
    for number, step, day in Notice.objects.order_by("pk").values_list("lot", "step", "mail__day"):
        sent[number].append((step, day))
    for lot in lots:
        zone = lot.installation.company.time_zone
        assert lot.last_day
        assert sent[lot.pk] == expected(days_of(moments, zone), lot.last_day)
    queued = sum(each.mails for each in done)
    assert queued == NoticeMail.objects.count() == Message.objects.exclude(record="").count()
    assert NoticeMail.objects.values("record").distinct().count() == queued
    assert not [each for each in violations() if "otice" in each]


def test_whoever_orders_becomes_a_contact_who_may_leave(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    [contact] = site.contacts.all()
    assert (contact.email, contact.added_by, contact.told_since) == (
        "buyer@dealer.example",
        cast.buyer,
        NOW,
    )
    assert contact.wishes.topics == {Topic.CONFIRMATIONS, Topic.EXPIRY}
    set_wishes(installation=site, address="Buyer@Dealer.example", topics=[])
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    assert Contact.objects.get(installation=site).wishes.topics == frozenset()


def test_a_run_is_late_after_two_days() -> None:
    assert runs.is_late(None, NOW)
    send_notices(at=NOW)
    last = runs.last_run_at()
    assert last is not None
    assert not runs.is_late(last, last + dt.timedelta(hours=47))
    assert runs.is_late(last, last + dt.timedelta(hours=49))
