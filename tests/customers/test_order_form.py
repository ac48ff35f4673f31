"""The order form: what it takes, what it refuses, and what it says then."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from companies.models import Membership, Role
from orders.models import MAX_LINES, Order
from tests.cast import Cast, current
from tests.customers.order_form import errors, send, values
from tests.pages import every, values_of, words_of


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.buyer)
    return client


def test_a_new_order_goes_to_its_page(client: Client, cast: Cast) -> None:
    response = send(client, cast, values(("ISS-Expert", "4"), ("VS-ES1", "2")))
    order = Order.objects.get()
    assert response.headers["Location"] == f"/orders/{order.reference}/"
    assert [str(line) for line in order.lines.all()] == ["4 × ISS-Expert", "2 × VS-ES1"]


def test_a_placed_order_says_what_comes_next(client: Client, cast: Cast) -> None:
    send(client, cast, values())
    order = Order.objects.get()
    content = client.get(order.get_absolute_url()).content.decode()
    assert "Order placed. Sales reviews it, and we email you once it is issued." in content
    assert "Order placed." not in client.get(order.get_absolute_url()).content.decode()


def test_a_retried_post_is_one_order(client: Client, cast: Cast) -> None:
    first, second = (send(client, cast, values()) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_a_blank_later_line_is_ignored(client: Client, cast: Cast) -> None:
    send(client, cast, values(("ISS-Expert", "4"), ("", "")))
    assert [str(line) for line in Order.objects.get().lines.all()] == ["4 × ISS-Expert"]


def test_the_form_for_an_installation_quotes_its_serials(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    shown = client.get(f"/orders/new/?installation={site.reference}")
    for family in ("ISS", "VAI"):
        assert values_of(shown, f"serial_{family}") == [current(site, family)]


def test_the_form_for_somebody_elses_installation_is_404(client: Client, cast: Cast) -> None:
    site = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert site
    assert client.get(f"/orders/new/?installation={site.reference}").status_code == 404


def test_options_begin_with_the_part_number_and_kits_say_what_is_in_them(client: Client) -> None:
    offered = words_of(client.get("/orders/new/"), "option")
    assert "ISS-Expert, device" in offered
    assert "ISS-ExpertStarterPack, 4 × ISS-Expert" in offered


def test_who_buys_for_two_companies_says_for_which(client: Client, cast: Cast) -> None:
    Membership.objects.create(user=cast.buyer, company=cast.summit, role=Role.BUYER)
    assert "Order for" in client.get("/orders/new/").content.decode()
    client.post("/orders/new/", {**values(), "company": str(cast.summit.pk)})
    assert Order.objects.get().company == cast.summit


def test_nobody_orders_for_another_company(client: Client, cast: Cast) -> None:
    response = client.post("/orders/new/", {**values(), "company": str(cast.summit.pk)})
    assert response.status_code == 200
    assert not Order.objects.exists()


def test_marks_that_were_copied_along_from_a_mail_are_dropped(client: Client, cast: Cast) -> None:
    pasted = {"site_name": "\u2068مبنى الاستقبال\u2069", "po_number": "\ufeff4711\u200b"}
    people = "\u2068ann@site.example\u2069"
    assert send(client, cast, values(**pasted, notify=people)).status_code == 302
    order = Order.objects.get()
    assert (order.site_name, order.po_number) == ("مبنى الاستقبال", "4711")
    assert order.notify == ["ann@site.example"]


def test_a_serial_with_an_invisible_mark_behind_it_is_found(client: Client, cast: Cast) -> None:
    serial = current(cast.site(ISS_Expert=1), "ISS")
    quoted = {"kind": "existing", "site_name": "", "serial_ISS": f"{serial}\u200b"}
    assert send(client, cast, values(**quoted)).status_code == 302
    assert Order.objects.latest("pk").serials.get().quoted == serial


BAD = {
    # what is wrong → what the page says
    "no-kind": (values(kind=""), ["Say whether the installation is new or existing."]),
    "no-site": (values(site_name=" "), ["Give the new site a name."]),
    "no-po": (values(po_number=""), ["Enter the number of your purchase order."]),
    "long-po": (values(po_number="1" * 300), ["A PO number has at most 40 characters."]),
    "newline-po": (
        values(po_number="47\n11"),
        ["Use plain characters on one line. There is an invisible character in this text."],
    ),
    "nul-po": (
        values(po_number="47\x0011"),
        [
            "Use plain characters on one line. There is an invisible character in this text.",
            "Null characters are not allowed.",
        ],
    ),
    "no-lines-at-all": (
        {**values(), "lines-TOTAL_FORMS": "0"},
        ["Order at least one line."],
    ),
    "rtl-site": (
        values(site_name="Pier\u202e9"),
        ["Use plain characters on one line. There is an invisible character in this text."],
    ),
    "unknown-part": (values(("ISS-Nothing", "1")), ["Choose one of the products in the list."]),
    "quantity-zero": (values(("ISS-Expert", "0")), ["Order at least 1."]),
    "quantity-huge": (
        values(("ISS-Expert", "1000000000")),
        ["Order at most 100,000 in one line. Ask sales for more."],
    ),
    "quantity-text": (values(("ISS-Expert", "abc")), ["Enter a whole number, like 12."]),
    "no-line": (
        values(("", "")),
        [
            "Order at least one line.",
            "Say how many.",
            "Choose a product, or remove the line.",
        ],
    ),
    "no-serial": (
        values(kind="existing"),
        [
            "Enter the serial number of the installation. "
            "It is in every confirmation email and on the installation’s page."
        ],
    ),
    "unknown-serial": (
        values(kind="existing", serial_ISS="ISS-0000-0000-0000-0000"),
        [
            "No installation of yours has this serial number. "
            "Copy it from the newest confirmation email or from the installation’s page."
        ],
    ),
    "new-with-a-serial": (
        values(serial_ISS="ISS-0000-0000-0000-0000"),
        [
            "You wrote a serial number, so the installation exists already. Choose "
            "“Existing installation”, or clear the serial number there."
        ],
    ),
    "bad-submission": (values(submission="x"), ["Enter a valid UUID."]),
}


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_in_plain_words(
    client: Client, cast: Cast, data: dict[str, str], said: list[str]
) -> None:
    response = send(client, cast, data)
    assert response.status_code == 200
    assert errors(response) == said
    assert not Order.objects.exists()


def test_as_many_lines_as_an_order_may_have(client: Client, cast: Cast) -> None:
    send(client, cast, values(*[("ISS-Expert", "1")] * MAX_LINES))
    assert Order.objects.get().lines.count() == MAX_LINES == 200


def test_ten_thousand_lines_are_refused_cleanly(client: Client, cast: Cast) -> None:
    data = values(*[("ISS-Expert", "1")] * (MAX_LINES + 1))
    assert errors(send(client, cast, data)) == [
        "An order has at most 200 lines. Place a second one for the rest."
    ]
    assert send(client, cast, values(*[("ISS-Expert", "1")] * 10_000)).status_code == 400
    assert not Order.objects.exists()


def test_what_was_typed_is_shown_again_escaped(client: Client, cast: Cast) -> None:
    hostile = "<script>alert(1)</script>"
    response = send(client, cast, values(site_name=hostile, po_number=""))
    assert hostile not in response.content.decode()
    assert html.escape(hostile) in response.content.decode()


def test_a_form_that_is_typed_knows_what_is_wrong_and_prints_none_of_it(
    client: Client, cast: Cast
) -> None:
    data = values(("ISS-Expert", "none"), po_number="")
    typed = send(client, cast, {**data, "preview": "1"})
    sent = send(client, cast, data)
    forms = [each.context["form"] for each in (typed, sent)]
    for form in forms:
        assert not form.is_valid()
        assert set(form.errors) == {"po_number"}
        assert set(form.lines.forms[0].errors) == {"quantity"}
    assert errors(typed) == []
    assert len(errors(sent)) == 2
    assert [len(every(each, "[aria-invalid=true]")) for each in (typed, sent)] == [0, 2]


def test_lines_come_and_go_without_complaints(client: Client, cast: Cast) -> None:
    data = values(("ISS-Expert", "4"), ("VS-ES1", "x"), po_number="")
    added = send(client, cast, {**data, "add_line": "1"})
    assert [form["quantity"].value() for form in added.context["form"].lines] == ["4", "x", None]
    assert errors(added) == []
    removed = send(client, cast, {**data, "remove_line": "0"})
    assert [form["quantity"].value() for form in removed.context["form"].lines] == ["x"]
    assert values_of(removed, "site_name") == ["Pier 9"]


@pytest.mark.parametrize("index", ["-1", "99", "x", "9" * 5000, "²"])
def test_a_line_that_is_not_there_is_not_removed(client: Client, cast: Cast, index: str) -> None:
    response = send(client, cast, {**values(), "remove_line": index})
    assert len(response.context["form"].lines.forms) == 1
