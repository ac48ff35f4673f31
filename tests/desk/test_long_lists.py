"""Lists of the desk that are longer than what is counted, and how they are searched and sorted."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from companies.models import Company, Role, User
from licensing.models import Installation
from orders.models import Order
from portal.desk import lists
from tests.cast import Cast, member
from tests.customers.reading import copy_of
from tests.desk.order_pages import LIST
from tests.desk.staffed import At
from tests.pages import links, words_of


@pytest.fixture
def desk(at_desk: At, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Its lists count up to three rows."""
    monkeypatch.setattr(lists, "MOST", 3)
    monkeypatch.setattr(lists, "MOST_IN_EACH", 3)
    return at_desk(
        "orders.view_order",
        "orders.hold_order",
        "licensing.view_installation",
        "companies.view_company",
        "companies.view_user",
        "companies.view_membershipevent",
    )


def listed(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def paging(answer: Any) -> str:
    return words_of(answer.content.decode(), ".paginator")[0]


def sites(cast: Cast, *names: str) -> list[Installation]:
    return [Installation.objects.create(company=cast.harbor, site_name=name) for name in names]


def orders(cast: Cast, how_many: int) -> list[Order]:
    waiting = cast.order_new("Pier 9")
    Order.objects.bulk_create(copy_of(waiting) for _ in range(how_many - 1))
    return list(Order.objects.order_by("placed_at", "pk"))


def test_a_long_list_counts_so_far_and_leads_on_to_the_rest(desk: Client, cast: Cast) -> None:
    waiting = orders(cast, 7)
    found, path = [], LIST
    for said in (
        "3+ orders On to the next ones",
        "3+ orders Back to the first ones On to the next ones",
        "3+ orders Back to the first ones",
    ):
        answer = desk.get(path)
        found += listed(answer)
        assert paging(answer) == said
        onward = [link for link in links(answer.content.decode()) if "after=" in link]
        path = LIST + onward[-1] if onward else ""
    assert found == waiting
    assert path == ""


def test_a_list_that_is_counted_to_its_end_says_so(desk: Client, cast: Cast) -> None:
    waiting = orders(cast, 3)
    answer = desk.get(LIST)
    assert listed(answer) == waiting
    assert paging(answer) == "3 orders"


def test_pages_with_numbers_stay_in_their_part_of_the_list(
    desk: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin.site._registry[Order], "list_per_page", 2)
    waiting = orders(cast, 7)
    answer = desk.get(f"{LIST}?after={waiting[2].pk}")
    assert listed(answer) == waiting[3:5]
    [second] = [link for link in links(answer.content.decode()) if link.endswith("p=2")]
    assert listed(desk.get(LIST + second)) == waiting[5:6]


def test_a_filter_begins_at_the_first_row(desk: Client, cast: Cast) -> None:
    waiting = orders(cast, 5)
    answer = desk.get(f"{LIST}?after={waiting[2].pk}")
    assert not any("after=" in link for link in links(answer.content.decode()) if "kind" in link)


def test_show_all_leaves_out_the_search_and_keeps_the_filter(desk: Client, cast: Cast) -> None:
    """Without a filter the list has what waits, which is less than all."""
    orders(cast, 2)
    shown = desk.get(LIST, {"status": "all"}).content.decode()
    assert "Show all" not in words_of(shown, "#toolbar")[0]
    found = desk.get(LIST, {"status": "all", "q": "nowhere", "p": "1"}).content.decode()
    assert "Show all" in words_of(found, "#toolbar")[0]
    assert "?status=all" in links(found)


@pytest.mark.parametrize("after", ["x", "²", "-1", "9" * 19, "a\0"])
def test_a_list_that_begins_after_nonsense_is_a_bad_request(desk: Client, after: str) -> None:
    assert desk.get(LIST, {"after": after}).status_code == 400


def test_a_list_that_began_after_a_row_that_is_gone_leads_to_the_first_one(desk: Client) -> None:
    answer = desk.get(LIST, {"after": "987654321"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}?e=1")


def test_a_search_finds_each_once_in_the_order_of_the_list(desk: Client, cast: Cast) -> None:
    """Each column finds its rows; one of these is found by two columns."""
    sites(cast, "Zoo", "Harbor 2", "Aquarium")
    path = "/admin/licensing/installation/"
    found = [site.site_name for site in listed(desk.get(path, {"q": "harbor"}))]
    assert found == ["Aquarium", "Harbor 2", "Zoo"]
    Installation.objects.create(company=cast.summit, site_name="At the harbor")
    answer = desk.get(path, {"q": "harbor"})
    assert [site.site_name for site in listed(answer)] == ["Aquarium", "At the harbor", "Harbor 2"]
    assert "3+ results" in answer.content.decode()


def test_of_several_words_each_is_in_some_column(desk: Client, cast: Cast) -> None:
    wanted = member("anna@lake.example", cast.harbor, Role.BUYER)
    User.objects.filter(pk=wanted.pk).update(full_name="Anna Lindqvist")
    member("lindqvist@lake.example", cast.harbor, Role.BUYER)
    path = "/admin/companies/user/"
    assert listed(desk.get(path, {"q": "lindqvist anna@lake"})) == [wanted]
    assert listed(desk.get(path, {"q": '"Anna Lindqvist"'})) == [wanted]
    assert listed(desk.get(path, {"q": "lindqvist nobody"})) == []


def test_an_order_is_found_by_the_beginning_of_its_number(desk: Client, cast: Cast) -> None:
    order = cast.order_new("Pier 9")
    for query in (order.reference, order.reference[:6].upper()):
        assert listed(desk.get(LIST, {"q": query})) == [order]
    assert listed(desk.get(LIST, {"q": order.reference[3:]})) == []


def test_a_list_is_sorted_by_columns_with_an_index_only(desk: Client, cast: Cast) -> None:
    for name in ("A", "B"):
        Company.objects.create(name=name, time_zone="UTC")
    path = "/admin/companies/company/"
    usual = listed(desk.get(path))
    assert [company.name for company in usual] == ["A", "B", "Bayview Schools"]
    assert listed(desk.get(path, {"o": "3"})) == usual  # the time zone
    assert listed(desk.get(path, {"o": "-0.99"})) == listed(desk.get(path, {"o": "-0"})) != usual


def test_all_of_a_long_list_are_those_that_it_counted(desk: Client, cast: Cast) -> None:
    waiting = orders(cast, 5)
    chosen = {"action": "hold", "select_across": "1", "_selected_action": waiting[0].pk}
    asked = desk.post(LIST, chosen)
    assert asked.status_code == 200
    assert [row.order.pk for row in asked.context["candidates"]] == [
        order.pk for order in waiting[:3]
    ]
