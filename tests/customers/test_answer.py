"""The link in the mail about a held order, from the mail to the order that goes on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from companies.models import MAX_FULL_NAME, User
from licensing.models import Installation
from licensing.serial_numbers import mint
from limits.declared import GUESSES_BY_LINK
from orders import actions
from orders.models import Order
from orders.quoting.answer_link import LIVES
from orders.wording import HELD_FOR
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.companies.mail import newest_mail, text_of
from tests.kept_rows import kept
from tests.licensing.invariants import violations
from tests.ordering import order_held
from tests.pages import every, has, only, values_of, words
from texts.addresses import MAX_ADDRESS

(HOUR,) = GUESSES_BY_LINK.windows
LIMIT_OF_LINK, WINDOW = HOUR.tries, HOUR.seconds
WRONG = "ISS-0000-0000-0000-0000"
CLOSED = "This link is not open"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Stands still."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@kept
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=2, VS_ES1=1)


def link_in_mail() -> str:
    """Where the newest mail leads to, in both of its parts."""
    mail = newest_mail()
    found = {
        urlsplit(link).path
        for part in ("plain", "html")
        for link in re.findall(r"https?://[^\s\"]+/orders/answer/[^\s\"]+", text_of(mail, part))
    }
    (path,) = found
    return str(path)


def held(cast: Cast, *quoted: str) -> tuple[Order, str]:
    order = order_held(cast, *quoted)
    return order, link_in_mail()


WHO = {"name": "Jo Field", "email": "jo@site.example"}


def give(link: str, serial: str) -> tuple[int, str]:
    """Sends it from a browser without a log-in: both steps, if the first one finds the site."""
    browser, sent = Client(), {"serial_ISS": serial, **WHO}
    response = browser.post(link, sent)
    if site := values_of(response, "go_on"):
        response = browser.post(link, sent | {"go_on": site[0]})
    return response.status_code, words(response.content.decode())


def look(link: str) -> tuple[int, str]:
    response = Client().get(link)
    return response.status_code, words(response.content.decode())


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


# From the mail to the order that goes on -------------------------------------------------


@pytest.mark.parametrize(
    ("quoted", "why"),
    [((), HELD_FOR["serial_missing"]), ((WRONG,), HELD_FOR["serial_not_found"])],
    ids=["nothing quoted", "not found"],
)
def test_an_order_without_its_serial_is_held_and_asks_by_mail(
    cast: Cast, site: Installation, quoted: tuple[str, ...], why: str
) -> None:
    order, link = held(cast, *quoted)
    mail = newest_mail()
    assert mail["To"] == cast.buyer.email
    assert mail["Subject"] == f"Order held · PO {order.po_number}"
    assert str(why) in text_of(mail)
    assert "works through Dec 24, 2026" in text_of(mail)
    status, shown = look(link)
    assert status == 200
    assert str(why) in shown
    assert order.reference in shown
    assert (state(order), order.installation) == ("held", None)


def test_whoever_has_the_link_gives_the_serial_without_a_log_in(
    cast: Cast, site: Installation
) -> None:
    order, link = held(cast)
    status, shown = give(link, current(site, "ISS"))
    assert status == 200
    assert f"Your order for PO {order.po_number} goes on. Sales looks at it" in shown
    order.refresh_from_db()
    assert (order.state, order.installation) == ("in_review", site)
    event = order.events.latest("pk")
    assert (event.move, event.by, event.by_link) == ("supply_serial", cast.buyer, True)
    assert event.answered_by == "Jo Field, jo@site.example"
    row = order.serials.get()
    assert row.resolved
    assert (row.quoted, row.resolved.number) == (current(site, "ISS"),) * 2
    assert not violations()


def test_it_is_issued_at_once_for_a_company_that_is_set_so(cast: Cast, site: Installation) -> None:
    cast.harbor.auto_issue = True
    cast.harbor.save()
    order, link = held(cast)
    _, shown = give(link, current(site, "ISS"))
    assert f"Your order for PO {order.po_number} is issued." in shown
    assert state(order) == "issued"
    assert newest_mail()["Subject"].endswith(f"PO {order.po_number}")
    assert not violations()


def test_the_link_opens_that_question_and_logs_nobody_in(cast: Cast, site: Installation) -> None:
    order, link = held(cast)
    browser = Client()
    browser.get(link)
    give(link, current(site, "ISS"))
    for path in (f"/orders/{order.reference}/", "/orders/", f"/installations/{site.reference}/"):
        assert browser.get(path).status_code == 302, path
    assert not browser.session.keys()


def test_what_it_shows_is_kept_by_nobody(cast: Cast) -> None:
    _, link = held(cast)
    assert "no-store" in Client().get(link)["Cache-Control"]
    assert Client().get(link)["Referrer-Policy"] == "same-origin"


def test_a_scanner_that_opens_it_uses_nothing_up(cast: Cast, site: Installation) -> None:
    order, link = held(cast)
    events, mails = order.events.count(), Message.objects.count()
    for _ in range(3):
        assert look(link)[0] == 200
        assert Client().head(link).status_code == 200
    assert (order.events.count(), Message.objects.count()) == (events, mails)
    assert give(link, current(site, "ISS"))[0] == 200
    assert state(order) == "in_review"


# Who answers, and for which site ---------------------------------------------------------


def test_it_asks_who_answers_and_names_the_site_before_the_order_goes_on(
    cast: Cast, site: Installation
) -> None:
    order, link = held(cast)
    sent = {"serial_ISS": current(site, "ISS")}
    unnamed = Client().post(link, {**sent, "go_on": site.reference})
    assert "Enter your name" in words(unnamed)
    assert "Enter your email address" in words(unnamed)
    asked = Client().post(link, {**sent, **WHO})
    assert words(only(asked, "h1")) == "Is this the site?"
    assert site.site_name in words(only(asked, "main"))
    assert "1 × ISS-Expert" in words(asked)
    for page in (unnamed, asked):
        assert (page.status_code, state(order)) == (200, "held")
    assert order.events.count() == 1
    back = Client().post(link, {**sent, **WHO, "change": "1"})
    assert values_of(back, "name") == ["Jo Field"]
    assert state(order) == "held"
    give(link, current(site, "ISS"))
    trail = cast_browser(cast.buyer).get(f"/orders/{order.reference}/")
    said = "by Jo Field, jo@site.example, by the link in the email to buyer@dealer.example"
    assert said in words(trail)


def test_another_site_than_the_one_that_was_named_is_named_first(
    cast: Cast, site: Installation
) -> None:
    order, link = held(cast)
    other = cast.issue(cast.order_new("Pier 4")).installation
    assert other
    sent = {"serial_ISS": current(other, "ISS"), **WHO}
    asked = Client().post(link, {**sent, "go_on": site.reference})
    assert "Pier 4" in words(only(asked, "main"))
    assert state(order) == "held"


def test_both_steps_sent_twice_answer_once(cast: Cast, site: Installation) -> None:
    order, link = held(cast)
    sent = {"serial_ISS": current(site, "ISS"), **WHO, "go_on": site.reference}
    assert [Client().post(link, sent).status_code for _ in range(2)] == [200, 404]
    assert order.events.count() == 2


def test_who_is_logged_in_and_may_order_answers_as_themselves(
    cast: Cast, site: Installation
) -> None:
    order, link = held(cast)
    browser = cast_browser(cast.owner)
    page = browser.get(link)
    assert f"You answer as {cast.owner.email}." in words(page)
    assert not has(page, '[name="email"]')
    sent = {"serial_ISS": current(site, "ISS"), "go_on": site.reference}
    assert browser.post(link, sent).status_code == 200
    event = order.events.latest("pk")
    assert (event.by, event.by_link, event.answered_by) == (cast.owner, False, "")


def test_who_is_logged_in_and_may_not_order_is_named_beside_the_recipient(
    cast: Cast, site: Installation
) -> None:
    order, link = held(cast)
    sent = {"serial_ISS": current(site, "ISS"), "go_on": site.reference}
    assert cast_browser(cast.viewer).post(link, sent).status_code == 200
    event = order.events.latest("pk")
    who = f"{cast.viewer.get_full_name()}, {cast.viewer.email}"
    assert (event.by, event.by_link, event.answered_by) == (cast.buyer, True, who)


def test_the_longest_name_and_address_fit(cast: Cast, site: Installation) -> None:
    domain = ".".join(["x" * 63] * 3)
    cast.viewer.email = f"{'a' * (MAX_ADDRESS - len(domain) - 1)}@{domain}"
    cast.viewer.full_name = "N" * MAX_FULL_NAME
    cast.viewer.save()
    order, link = held(cast)
    sent = {"serial_ISS": current(site, "ISS"), "go_on": site.reference}
    assert cast_browser(cast.viewer).post(link, sent).status_code == 200
    assert order.events.latest("pk").answered_by == f"{'N' * MAX_FULL_NAME}, {cast.viewer.email}"


def cast_browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


# The finder, and what was perhaps meant --------------------------------------------------


@pytest.mark.parametrize("who", ["buyer", "viewer"])
def test_who_is_logged_in_finds_the_site_there(cast: Cast, site: Installation, who: str) -> None:
    order, link = held(cast)
    browser = cast_browser(getattr(cast, who))
    found = browser.post(link, {"find": site.site_name, "find_site": "1"})
    assert values_of(found, "use_site") == [site.reference]
    filled = browser.post(link, {"use_site": site.reference})
    assert values_of(filled, "serial_ISS") == [current(site, "ISS")]
    assert state(order) == "held"


def test_the_page_of_the_held_order_has_the_same_finder(cast: Cast, site: Installation) -> None:
    order, _ = held(cast)
    browser, path = cast_browser(cast.buyer), f"/orders/{order.reference}/serial/"
    found = browser.post(path, {"find": site.site_name, "find_site": "1"})
    assert values_of(found, "use_site") == [site.reference]
    filled = browser.post(path, {"use_site": site.reference})
    assert values_of(filled, "serial_VAI") == [current(site, "VAI")]
    assert state(order) == "held"
    assert browser.post(path, {"serial_ISS": current(site, "ISS")}).status_code == 302
    assert state(order) == "in_review"


def test_the_finder_shows_no_site_that_its_reader_may_not_see(
    cast: Cast, site: Installation
) -> None:
    _, link = held(cast)
    cast.issue(cast.order_new("Summit Tower", by=cast.outsider, company=cast.summit))
    browser = cast_browser(cast.outsider)
    for query in (site.site_name, "Summit Tower", current(site, "ISS")):
        found = browser.post(link, {"find": query, "find_site": "1"})
        assert values_of(found, "use_site") == []
    assert not has(browser.post(link, {"use_site": site.reference}), f'[value^="{site.reference}"]')
    stranger = Client().post(link, {"find": site.site_name, "find_site": "1", **WHO})
    assert not has(stranger, '[name="find"], [name="use_site"]')


def test_what_was_perhaps_meant_is_used_with_one_press(cast: Cast, site: Installation) -> None:
    right = current(site, "ISS")
    near = right[:5] + ("A" if right[5] != "A" else "B") + right[6:]
    order, link = held(cast)
    for path in (link, f"/orders/{order.reference}/serial/"):
        page = cast_browser(cast.buyer).post(path, {"serial_ISS": near})
        (use,) = [each for each in every(page, "button") if words(each) == f"Use {right}"]
        assert use.attributes["name"] == "serial_ISS"
        assert use.attributes["value"] == right
    hidden = cast_browser(cast.outsider).post(link, {"serial_ISS": near})
    assert right not in words(hidden)
    assert not has(hidden, f'[value="{right}"]')


def test_the_mail_and_the_page_say_what_was_ordered(cast: Cast, site: Installation) -> None:
    _, link = held(cast)
    for part in ("plain", "html"):
        assert "Add 1 × ISS-Expert" in " ".join(text_of(newest_mail(), part).split())
    assert "1 × ISS-Expert" in look(link)[1]


# Wrong serials ---------------------------------------------------------------------------


def test_a_refused_answer_says_so_at_the_field_and_keeps_the_link(
    cast: Cast, site: Installation
) -> None:
    order, link = held(cast)
    response = Client().post(link, {"serial_ISS": WRONG, **WHO})
    shown = response.content.decode()
    assert has(shown, '[aria-invalid="true"]')
    assert values_of(shown, "serial_ISS") == [WRONG]
    assert state(order) == "held"
    assert give(link, "")[1].count("Enter the serial number of the installation.") == 1
    assert give(link, current(site, "ISS"))[0] == 200
    assert state(order) == "in_review"


def test_unknown_and_foreign_serials_get_the_very_same_page(cast: Cast, site: Installation) -> None:
    foreign = cast.issue(cast.order_new(by=cast.outsider, company=cast.summit)).installation
    assert foreign
    _, link = held(cast)
    unknown, of_another = give(link, mint("ISS")), give(link, current(foreign, "ISS"))
    assert unknown == of_another
    assert "No installation of yours has this serial number." in unknown[1]


def test_near_matches_are_for_who_is_logged_in(cast: Cast, site: Installation) -> None:
    right = current(site, "ISS")
    near = right[:5] + ("A" if right[5] != "A" else "B") + right[6:]
    order, link = held(cast)
    _, shown = give(link, near)
    assert "This serial number has a typing error." in shown
    assert right not in shown
    browser = Client()
    browser.force_login(cast.buyer)
    answer = browser.post(f"/orders/{order.reference}/serial/", {"serial_ISS": near})
    assert f"Did you mean {right}?" in words(answer.content.decode())


def test_wrong_serials_are_limited_and_the_right_one_waits_an_hour(
    cast: Cast, site: Installation, clock: time_machine.Traveller
) -> None:
    order, link = held(cast)
    for number in range(LIMIT_OF_LINK):
        assert give(link, f"ISS-0000-0000-0000-{number:04}")[0] == 200
    status, shown = give(link, "ISS-0000-0000-0000-9999")
    assert (status, "Too many serial numbers that were not found." in shown) == (429, True)
    assert give(link, current(site, "ISS"))[0] == 429
    assert state(order) == "held"
    assert look(link)[0] == 200
    clock.shift(WINDOW + 1)
    assert give(link, current(site, "ISS"))[0] == 200
    assert state(order) == "in_review"


def test_the_same_wrong_serial_counts_once(cast: Cast, site: Installation) -> None:
    order, link = held(cast)
    for _ in range(LIMIT_OF_LINK + 2):
        assert give(link, WRONG)[0] == 200
    give(link, current(site, "ISS"))
    assert state(order) == "in_review"


def test_the_limit_of_one_link_is_not_that_of_another(cast: Cast, site: Installation) -> None:
    _, spent = held(cast)
    for number in range(LIMIT_OF_LINK):
        give(spent, f"ISS-0000-0000-0000-{number:04}")
    order, fresh = held(cast)
    assert give(fresh, current(site, "ISS"))[0] == 200
    assert state(order) == "in_review"


# When it is over -------------------------------------------------------------------------


def closed(link: str, serial: str) -> bool:
    """Whether neither looking nor answering leads anywhere."""
    answers = (look(link), give(link, serial))
    return all(status == 404 and CLOSED in shown for status, shown in answers)


def test_an_accepted_answer_uses_it_up(cast: Cast, site: Installation) -> None:
    order, link = held(cast)
    give(link, current(site, "ISS"))
    events = order.events.count()
    assert closed(link, current(site, "ISS"))
    assert order.events.count() == events


@pytest.mark.parametrize("end", ["cancel", "reject", "supplied", "released"])
def test_it_ends_with_the_hold_whoever_ends_it(cast: Cast, site: Installation, end: str) -> None:
    if end == "released":
        order = actions.hold(
            cast.order_existing(current(site, "ISS")), by=cast.sales, reason="Sure?"
        )
        link = link_in_mail()
        actions.release(order, by=cast.sales)
    else:
        order, link = held(cast)
    if end == "cancel":
        actions.cancel(order, by=cast.buyer)
    if end == "reject":
        actions.reject(order, by=cast.sales, reason="Ordered twice.")
    if end == "supplied":
        browser = Client()
        browser.force_login(cast.buyer)
        browser.post(f"/orders/{order.reference}/serial/", {"serial_ISS": current(site, "ISS")})
    assert state(order) != "held"
    assert closed(link, current(site, "ISS"))


def test_a_second_hold_has_a_link_of_its_own(cast: Cast, site: Installation) -> None:
    order, first = held(cast)
    give(first, current(site, "ISS"))
    actions.hold(order, by=cast.sales, reason="Is it Harbor Point?")
    second = link_in_mail()
    assert second != first
    assert closed(first, current(site, "ISS"))
    assert "Is it Harbor Point?" in look(second)[1]


def test_it_expires(cast: Cast, site: Installation, clock: time_machine.Traveller) -> None:
    _, link = held(cast)
    clock.shift(LIVES - dt.timedelta(minutes=1))
    assert look(link)[0] == 200
    clock.shift(dt.timedelta(minutes=2))
    assert closed(link, current(site, "ISS"))


def test_a_forged_one_opens_nothing(cast: Cast, site: Installation) -> None:
    order, link = held(cast)
    payload, *signature = link.strip("/").rsplit("/", 1)[1].split(":")
    _, other = held(cast)
    other_payload = other.strip("/").rsplit("/", 1)[1].split(":")[0]
    for token in (
        "x",
        payload,
        ":".join([other_payload, *signature]),  # another order under this one's signature
        ":".join([payload, signature[0], signature[1][::-1]]),
        ":".join([payload, *signature])[:-1],
    ):
        assert closed(f"/orders/answer/{token}/", current(site, "ISS")), token
    assert state(order) == "held"


def test_an_order_for_a_new_site_is_asked_nothing(cast: Cast) -> None:
    actions.hold(cast.order_new(), by=cast.sales, reason="Which building?")
    assert "/orders/answer/" not in text_of(newest_mail())
    assert "Which building?" in text_of(newest_mail())


def test_it_is_the_link_of_one_order_and_answers_no_other(cast: Cast, site: Installation) -> None:
    one, link = held(cast)
    other, _ = held(cast)
    give(link, current(site, "ISS"))
    assert (state(one), state(other)) == ("in_review", "held")
