"""The order form finds out much while it is filled in, and writes nothing meanwhile."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from tests.cast import Cast, current
from tests.customers.order_form import errors, send, values
from tests.customers.reading import FORECAST_BUDGET
from tests.dump import everything
from tests.pages import only, values_of, words, words_of


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.buyer)
    return client


def preview(client: Client, cast: Cast, *lines: tuple[str, str], **fields: str) -> str:
    return words(send(client, cast, {**values(*lines, **fields), "preview": "1"}))


def existing(cast: Cast, **held: int) -> dict[str, str]:
    """The fields for an order for a site that holds that."""
    site = cast.site(**held)
    families = {serial.family_id for serial in site.serials.current()}
    quoted = {f"serial_{family}": current(site, family) for family in families}
    return {"kind": "existing", "site_name": "", **quoted}


def test_a_forecast_stays_within_its_budget(client: Client, cast: Cast) -> None:
    """The limit is among its statements, and so are session and user."""
    fields = existing(cast, ISS_Expert=1, VS_ES1=1)
    unknown = {**fields, "serial_ISS": "ISS-0000-0000-0000-0000"}
    like = [{"site_name": "Harbour Point Terminal"}, {"site_name": "Harbor Pt Terminal"}]
    for data in ({}, *like, fields, unknown):
        lines = ("ISS-Expert", "2"), ("VS-ES1", "1")
        sent = {**values(*lines, **data), "preview": "1"}
        with CaptureQueriesContext(connection) as captured:
            assert send(client, cast, sent).status_code == 200
        assert len(captured) <= FORECAST_BUDGET, [each["sql"][:200] for each in captured]


def test_a_forecast_writes_nothing_and_complains_about_nothing(client: Client, cast: Cast) -> None:
    before = everything()
    response = send(client, cast, {**values(("", "x"), po_number=""), "preview": "1"})
    assert errors(response) == []
    assert "The order was not placed." not in words(response)
    assert everything() == before


def test_the_forecast_of_each_family(client: Client, cast: Cast) -> None:
    site = existing(cast, ISS_Expert=4, VS_ES1=1)
    said = preview(client, cast, ("ISS-Expert", "2"), ("VS-ES1", "1"), **site)
    assert "ISS Stays the same" in said
    assert "VAI Will be replaced" in said
    assert "ISS-Expert 4 6" in said
    assert "VS-ES1 1 2" in said
    said = preview(client, cast, ("ISS-Expert", "2"))
    assert "ISS First serial" in said
    assert "VAI" not in said.partition("What will happen")[2].partition("Before you place")[0]


def test_a_new_serial_is_never_told_beforehand(client: Client, cast: Cast) -> None:
    site = existing(cast, VS_ES1=1)
    said = preview(client, cast, ("VS-ES1", "1"), **site)
    assert set(re.findall(r"VAI-[0-9A-Z-]{19}", said)) == {site["serial_VAI"]}


def test_a_line_that_is_not_whole_is_left_out(client: Client, cast: Cast) -> None:
    said = preview(client, cast, ("ISS-Expert", "2"), ("ISS-Backup", "many"))
    assert "ISS-Expert 0 2" in said
    assert "needs ISS-Expert" not in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("upgrade", "ISS-Expert|", "ISS-ExpertPlus"), "ISS-ExpertPlus 0 3"),
        (("upgrade", "ISS-Expert|", "ISS-Federation"), "can’t be upgraded to ISS-Federation"),
        (("upgrade", "ISS-RTP|", "ISS-ExpertPlus"), "ISS-RTP can’t be upgraded"),
        (("renew", "VS-ES1|", "VS-ES3"), "Runs from Nov 24, 2027, valid through Nov 23, 2030."),
        (("renew", "VS-ES1|", "VS-ADV1"), "VS-ES1 can’t be renewed with VS-ADV1"),
        (("renew", "VS-ES1|2001-01-01", "VS-ES1"), "holds no VS-ES1 that could be changed"),
    ],
)
def test_what_a_line_will_do_to_what_is_held(
    client: Client, cast: Cast, line: tuple[str, str, str], said: str
) -> None:
    action, source, target = line
    lines = {"lines-0-action": action, "lines-0-source": source}
    fields = {**existing(cast, ISS_Expert=4, VS_ES1=3), **lines}
    data = values((target, "3"), **fields) | lines
    assert said in words(send(client, cast, {**data, "preview": "1"}))
    response = send(client, cast, data)
    assert (response.status_code == 302) == ("can’t" not in said and "no " not in said)


def test_only_what_is_held_is_offered(client: Client, cast: Cast) -> None:
    fields = existing(cast, ISS_Expert=4, VS_ES1=3)
    data = values(("", ""), **fields) | {"lines-0-action": "renew", "preview": "1"}
    source = only(send(client, cast, data), 'select[name="lines-0-source"]')
    assert "3 × VS-ES1, through Nov 23, 2027" in words_of(source, "option")
    assert "ISS-Expert" not in words(source)


def test_a_replaced_serial_is_explained_and_goes_on(client: Client, cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    old = current(site, "VAI")
    cast.issue(cast.order_existing(old, VS_ES1=1))
    fields = {"kind": "existing", "site_name": "", "serial_VAI": old, "po_number": "4801"}
    said = preview(client, cast, ("VS-ES1", "2"), **fields)
    assert "This VAI serial was replaced on Nov 24, 2026 by the order for PO 4702" in said
    assert f"The current one is {current(site, 'VAI')}" in said
    send(client, cast, values(("VS-ES1", "2"), **fields))
    row = Order.objects.get(po_number="4801").serials.get()
    assert (row.quoted, row.resolved and row.resolved.number) == (old, old)


def test_a_near_match_is_offered_only_of_one_s_own(client: Client, cast: Cast) -> None:
    mine = current(cast.site(ISS_Expert=1), "ISS")
    theirs = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert theirs
    for number, offered in ((mine, True), (current(theirs, "ISS"), False)):
        typo = number[:-1] + ("A" if number[-1] != "A" else "B")
        said = preview(client, cast, kind="existing", site_name="", serial_ISS=typo)
        assert (number in said) == offered


def test_what_was_found_is_asked_about_and_goes_on_when_confirmed(
    client: Client, cast: Cast
) -> None:
    first = cast.order_new("Pier 9")
    assert first.po_number == "4701"
    response = send(client, cast, values(po_number="4701"))
    assert "PO 4701 was ordered for this site already." in words(response)
    assert "There is a site “Pier 9” already." in words(response)
    tokens = values_of(response, "confirmed")
    assert len(tokens) == 2
    one = send(client, cast, values(po_number="4701") | {"confirmed": tokens[0]})
    assert one.status_code == 200
    done = send(client, cast, {**values(po_number="4701"), "confirmed": tokens})  # type: ignore[dict-item]
    assert done.status_code == 302
    assert Order.objects.filter(po_number="4701").count() == 2


def test_more_units_than_base_licenses_are_acknowledged_and_reviewed(
    client: Client, cast: Cast
) -> None:
    cast.harbor.auto_issue = True
    cast.harbor.save()
    data = values(("ISS-Expert", "1"), ("ISS-Backup", "3"))
    response = send(client, cast, data)
    assert "2 are not covered" in words(response)
    (token,) = values_of(response, "confirmed")
    send(client, cast, data | {"confirmed": token})
    assert Order.objects.get().state == "in_review"


def test_a_missing_base_is_added_with_one_press(client: Client, cast: Cast) -> None:
    data = values(("ISS-Backup", "3"))
    response = send(client, cast, data)
    assert "ISS-Backup needs ISS-Expert. This installation holds 0" in words(response)
    assert values_of(response, "add_part") == ["ISS-Expert|3"]
    form = send(client, cast, {**data, "add_part": "ISS-Expert|3"}).context["form"]
    added = {name: form.lines.forms[1][name].value() for name in ("action", "product", "quantity")}
    assert added == {"action": "add", "product": "ISS-Expert", "quantity": "3"}
    assert form.preview.missing == ()


def test_a_base_that_is_removed_is_missed_again(client: Client, cast: Cast) -> None:
    data = values(("ISS-Expert", "3"), ("ISS-Backup", "3"))
    assert "needs ISS-Expert" not in words(send(client, cast, {**data, "preview": "1"}))
    assert "needs ISS-Expert" in words(send(client, cast, {**data, "remove_line": "0"}))


@pytest.mark.parametrize(
    "value", ["", "|", "x|-1", "ISS-Expert|" + "9" * 5000, "\x00|²", "a" * 999]
)
def test_a_hostile_one_press_does_no_harm(client: Client, cast: Cast, value: str) -> None:
    for button in ("add_part", "renew_line", "use_serial", "use_site", "find_site", "remove_line"):
        response = send(client, cast, {**values(), button: value, "find": value[:200]})
        assert response.status_code == 200
    assert not Order.objects.exists()


def test_an_order_without_its_serial_is_held(client: Client, cast: Cast) -> None:
    fields = {"kind": "existing", "site_name": "", "without_serial": "on"}
    assert "Held until the serial number is known." in preview(client, cast, **fields)
    send(client, cast, values(**fields))
    order = Order.objects.get()
    assert (order.state, order.held_for) == ("held", "serial_missing")
    fields |= {"serial_ISS": "ISS-0000", "submission": str(uuid.uuid4()), "po_number": "4713"}
    send(client, cast, values(**fields))
    assert Order.objects.latest("pk").held_for == "serial_not_found"


def test_a_site_is_found_by_what_the_asker_may_see(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    order = site.orders.get()
    cast.issue(cast.order_new("Harbor Place", company=cast.summit, by=cast.outsider))
    data = values(kind="existing", site_name="", find_site="1")
    for query in ("harbor p", order.po_number, order.reference, current(site, "ISS")):
        found = send(client, cast, data | {"find": query})
        assert [each.site_name for each in found.context["sites"]] == ["Harbor Point Terminal"], (
            query
        )
    used = send(client, cast, data | {"find": "harbor", "use_site": site.reference})
    assert used.context["form"]["serial_ISS"].value() == current(site, "ISS")


def test_somebody_else_s_site_is_not_taken_over(client: Client, cast: Cast) -> None:
    theirs = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert theirs
    used = send(client, cast, values(kind="existing") | {"use_site": theirs.reference})
    assert not used.context["form"]["serial_ISS"].value()


def test_a_change_in_between_is_told(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    fields = {"kind": "existing", "site_name": "", "serial_ISS": current(site, "ISS")}
    shown = send(client, cast, {**values(**fields), "preview": "1"})
    seen = shown.context["form"].seen_now
    cast.issue(cast.order_existing(current(site, "ISS"), ISS_RTP=1))
    response = send(client, cast, values(**fields, seen=seen, po_number="4804"))
    assert response.status_code == 200
    assert "has changed since you looked: it was at R1 and is at R2" in words(response)
    again = response.context["form"].seen_now
    assert again != seen
    assert send(client, cast, values(**fields, seen=again, po_number="4804")).status_code == 302


def test_more_addresses_get_the_confirmation(client: Client, cast: Cast) -> None:
    send(client, cast, values(notify="a@x.example, b@x.example"))
    order = Order.objects.get()
    assert order.notify == ["a@x.example", "b@x.example"]
    cast.issue(order)
    deliveries = order.__class__.objects.get().revision.confirmation.deliveries.all()  # type: ignore[union-attr]
    told = {address for delivery in deliveries for address in delivery.recipients}
    assert told == {"a@x.example", "b@x.example", cast.buyer.email}


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a@x.example b",
        ",".join(f"{n}@x.example" for n in range(11)),
        "a@x.example\nBcc: b@x.example",
    ],
)
def test_bad_addresses_are_refused(client: Client, cast: Cast, text: str) -> None:
    response = send(client, cast, values(notify=text))
    assert len(errors(response)) == 1
    assert not Order.objects.exists()


@pytest.mark.parametrize("day", ["9999-12-31", "2100-01-01", "1999-12-31", "0001-01-01"])
def test_a_start_out_of_reach_is_refused(client: Client, cast: Cast, day: str) -> None:
    data = values(("VS-ES5", "1")) | {"lines-0-starts_on": day}
    for each in (data | {"preview": "1"}, data):
        assert "VS-ES5 can’t start on that day." in words(send(client, cast, each))
    assert not Order.objects.exists()
