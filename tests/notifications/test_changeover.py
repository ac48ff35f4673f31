"""A new serial number has to be entered at the server: who says so, and who is reminded."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from licensing.actions import Change, SerialChange, read_holdings
from licensing.catalog import load_catalog
from licensing.changeover import SerialReplaced, confirm_entered
from licensing.models import Family, Installation, Serial, SerialEntered
from licensing.serial_policy import Outcome
from notifications.models import NoticeMail, Reminder
from notifications.notices.changeover import entered_url, links_for, serial_of
from notifications.notices.runs import send_notices
from notifications.rules.recipients import Topic
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.kept_rows import kept
from tests.notifications.reading import sent, text_of
from tests.notifications.wishing import set_wishes
from tests.pure.notice_days import DAY


@kept
def site(cast: Cast) -> Installation:
    """Its VAI serial was replaced NOW; its ISS serial stays."""
    site = cast.site(ISS_Expert=1, VS_ADV5=2)
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ADV5=1))
    return site


def serial(site: Installation, family: str = "VAI") -> Serial:
    return Serial.objects.get(installation=site, family=family, is_current=True)


def path_of(serial: Serial) -> str:
    return entered_url(serial).removeprefix("http://localhost:8000")


def test_only_a_serial_that_replaced_another_is_to_be_entered(
    cast: Cast, site: Installation
) -> None:
    cast.issue(cast.order_new("Pier 9", VS_ES1=1))  # a first serial comes with the server
    assert list(Serial.objects.to_be_entered()) == [serial(site)]
    confirm_entered(serial(site), by=cast.buyer, at=NOW)
    assert not Serial.objects.to_be_entered().exists()


def test_whether_it_is_asked_is_a_switch_of_the_family(cast: Cast, site: Installation) -> None:
    switches = dict(Family.objects.values_list("code", "asks_changeover"))
    assert switches == {"ISS": False, "VAI": True}
    Family.objects.filter(pk="VAI").update(asks_changeover=False)
    load_catalog()
    assert not Serial.objects.to_be_entered().exists()


def test_who_said_so_first_stays(cast: Cast, site: Installation) -> None:
    first = confirm_entered(serial(site), name=" Ann ", at=NOW)
    again = confirm_entered(serial(site), by=cast.buyer, at=NOW + DAY)
    assert first == again
    assert [(row.name, row.by, row.at) for row in SerialEntered.objects.all()] == [
        ("Ann", None, NOW)
    ]


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "Ann\nB", "Ann\u202e"])
def test_a_name_out_of_bounds_is_refused(site: Installation, name: str) -> None:
    with pytest.raises(ValidationError):
        confirm_entered(serial(site), name=name, at=NOW)
    assert not SerialEntered.objects.exists()


def test_an_old_serial_can_not_be_said_to_be_entered(cast: Cast, site: Installation) -> None:
    old = serial(site)
    cast.issue(cast.order_existing(old.number, VS_ADV5=1))
    with pytest.raises(SerialReplaced):
        confirm_entered(old, by=cast.buyer, at=NOW)


# The link --------------------------------------------------------------------------------


def test_the_installer_says_so_by_the_link_without_a_log_in(site: Installation) -> None:
    installer, path = Client(), path_of(serial(site))
    with time_machine.travel(NOW + DAY, tick=False):
        page = installer.get(path).content.decode()
        assert site.site_name in page
        assert not SerialEntered.objects.exists()  # scanners open links
        assert "Enter your name" in installer.post(path, {"name": " "}).content.decode()
        said = installer.post(path, {"name": "Ann Installer"}, follow=True).content.decode()
    assert "says Ann Installer" in " ".join(said.split())
    assert [(row.serial, row.name, row.at) for row in SerialEntered.objects.all()] == [
        (serial(site), "Ann Installer", NOW + DAY)
    ]
    assert "says Ann Installer" in " ".join(installer.get(path).content.decode().split())


def test_the_link_of_an_old_serial_says_so_and_tells_no_number(
    cast: Cast, site: Installation
) -> None:
    old = serial(site)
    cast.issue(cast.order_existing(old.number, VS_ADV5=1))
    for response in (
        Client().get(path_of(old)),
        Client().post(path_of(old), {"name": "Ann"}, follow=True),
    ):
        page = response.content.decode()
        assert "There is a newer serial number" in page
        assert "VAI-" not in page
    assert not SerialEntered.objects.exists()


def test_a_link_that_was_cut_off_opens_nothing(site: Installation) -> None:
    for path in ("/entered/x/", path_of(serial(site))[:-2] + "/"):
        assert Client().get(path).status_code == 404
    assert serial_of("x") is None


def test_the_link_may_not_be_tried_without_end(site: Installation) -> None:
    answers = [Client().post(path_of(serial(site)), {"name": ""}).status_code for _ in range(31)]
    assert set(answers[:30]) == {200}
    assert answers[30] == 429


# The installation's page -------------------------------------------------------------------


def test_the_page_asks_and_then_says_who_and_when(cast: Cast, site: Installation) -> None:
    buyer, viewer = Client(), Client()
    buyer.force_login(cast.buyer)
    viewer.force_login(cast.viewer)
    page = f"/installations/{site.reference}/"
    asks = "Has the new VAI serial number been entered on the server?"
    assert asks in buyer.get(page).content.decode()
    assert asks in viewer.get(page).content.decode()
    data = {"number": serial(site).number}
    assert viewer.post(page + "entered/", data).status_code == 403
    stale = buyer.post(page + "entered/", {"number": serial(site, "ISS").number + "0"}, follow=True)
    assert "no longer the current one" in stale.content.decode()
    assert not SerialEntered.objects.exists()
    done = buyer.post(page + "entered/", data, follow=True).content.decode()
    assert "Entered on the server, says buyer@dealer.example," in " ".join(done.split())
    assert asks not in done


# Reminders ---------------------------------------------------------------------------------


def reminded(site: Installation, days: int) -> list[str]:
    before = set(Message.objects.values_list("pk", flat=True))
    send_notices(at=NOW + days * DAY)
    queued = Message.objects.exclude(pk__in=before).filter(record__contains="changeover")
    return [text_of(sent(mail)) for mail in queued]


def test_contacts_are_reminded_until_somebody_says_so(cast: Cast, site: Installation) -> None:
    days = [days for days in range(40) if reminded(site, days)]
    assert days == [7, 14, 30]
    [text] = reminded(site, 75)  # late, and once
    assert reminded(site, 75) == []
    assert serial(site).number in text
    [token] = re.findall(r"/entered/(.+)/", text)
    assert serial_of(token) == serial(site)
    confirm_entered(serial(site), name="Ann", at=NOW + 80 * DAY)
    assert [reminded(site, days) for days in (90, 120, 180)] == [[], [], []]
    assert [row.step for row in Reminder.objects.order_by("pk")] == [7, 14, 30, 60]
    assert set(NoticeMail.objects.values_list("about", flat=True)) == {"changeover"}


def test_the_reminder_is_about_the_newest_serial_and_for_who_wants_confirmations(
    cast: Cast, site: Installation
) -> None:
    set_wishes(installation=site, address="ends@x.example", topics=[Topic.EXPIRY], at=NOW)
    cast.issue(cast.order_existing(current(site, "ISS"), VS_ADV5=1), NOW + 5 * DAY)
    assert reminded(site, 7) == []
    [text] = reminded(site, 12)
    assert serial(site).number in text
    assert list(Reminder.objects.values_list("address", flat=True)) == ["buyer@dealer.example"]


def test_the_confirmation_has_a_link_where_a_serial_was_replaced(site: Installation) -> None:
    now = read_holdings(site).serials
    changes = {
        "ISS": SerialChange(Outcome.STAYS, now["ISS"], now["ISS"]),
        "VAI": SerialChange(Outcome.REPLACES, now["VAI"].supersedes, now["VAI"]),
    }
    links = links_for(Change(now["VAI"].revision, changes))
    assert {family: serial_of(url.split("/")[-2]) for family, url in links.items()} == {
        "VAI": now["VAI"]
    }
    now["VAI"].family.asks_changeover = False
    assert links_for(Change(now["VAI"].revision, changes)) == {}


def test_a_run_by_the_command_reminds(site: Installation) -> None:
    with time_machine.travel(NOW + dt.timedelta(days=8), tick=False):
        call_command("send_notices", verbosity=0)
    assert Reminder.objects.get().step == 7
