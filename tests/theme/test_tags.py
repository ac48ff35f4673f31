"""The template tags: what they write, and that nothing hostile gets through."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import ResolverMatch
from django.utils import timezone
from pytest_django import Settings

from licensing.telling import Teller, ToldSerial
from orders.rules.moves import State
from tests.pages import has, only, words, words_of

HOSTILE = "\"'><script>alert(1)</script>"
CURRENT = ToldSerial(HOSTILE, HOSTILE, current=HOSTILE)
REPLACED = replace(CURRENT, is_replaced=True, replaced_on=date(2025, 3, 14), successor="VAI-2")
AS_OF = replace(REPLACED, as_of=date(2025, 3, 15))


class TellsAlways:
    """The same of every serial."""

    def __init__(self, told: ToldSerial) -> None:
        self.told = told

    def tell(self, *_serial: object, **_how: object) -> ToldSerial:
        return self.told


def render(source: str, **context: object) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% serial x copy=True site=x %}",
        "{% serial x copy=True large=True %}",
        "{% serial x briefly=True %}",
        "{% quoted x %}",
        "{% example x old=True %}",
        "{% copy x x %}",
        "{% tag 'held' x %}",
    ],
)
def test_hostile_input_is_escaped(source: str) -> None:
    for told in (CURRENT, REPLACED, AS_OF):
        html = render(source, x=HOSTILE, teller=TellsAlways(told))
        assert "<script" not in html
        assert "\"'>" not in html


def test_a_number_without_its_row_is_not_printed() -> None:
    with pytest.raises(AttributeError):
        render("{% serial 'VAI-1' %}", teller=Teller(AnonymousUser()))


def test_a_replaced_number_told_briefly_has_a_word_for_who_sees_no_line() -> None:
    html = render("{% serial x briefly=True %}", x="", teller=TellsAlways(REPLACED))
    assert words_of(html, ".visually-hidden") == ["Old:"]
    assert not has(html, ".standing, button")


def test_our_serial_is_grouped_and_its_family_marked() -> None:
    html = render("{% example 'ISS-7K3M-9QWX' %}")
    sep = '<span class="sep">-</span><wbr>'
    assert html == (
        f'<span class="serial" translate="no"><span class="fam">ISS</span>{sep}7K3M{sep}9QWX</span>'
    )


@pytest.mark.parametrize("number", ["20231129ABCDEF", "S/N 12-345", "", "-", "A--B"])
def test_a_foreign_serial_keeps_every_character(number: str) -> None:
    shown = only(render("{% quoted x %}", x=number), '[translate="no"]')
    assert words(shown) == number
    assert not has(shown, ".fam")


def test_an_old_example_is_struck_out() -> None:
    assert has(render("{% example 'VAI-1' old=True %}"), "s .serial.old")


def test_a_copy_button_holds_the_number_and_a_label() -> None:
    html = render("{% copy 'ISS-1' 'Copy ISS serial' %}")
    assert has(html, '[data-copy="ISS-1"]')
    assert words_of(html, ".visually-hidden") == ["Copy ISS serial"]


def test_a_tag_has_an_icon_and_a_word() -> None:
    tag = only(render("{% tag 'in_review' 'In review' %}"), "span.tag.review")
    assert has(tag, "svg")
    assert words(tag) == "In review"


def test_every_state_of_an_order_has_a_tag() -> None:
    for state in State:
        assert has(render("{% tag state 'word' %}", state=state), "svg")


def test_a_day_is_written_the_american_way() -> None:
    html = render("{% day d %}", d=date(2025, 3, 14))
    assert html == '<time datetime="2025-03-14" class="nowrap">Mar 14, 2025</time>'
    assert render("{% day d %}", d=None) == ""


def test_a_moment_counts_in_the_current_time_zone() -> None:
    late = datetime(2025, 3, 15, 2, 8, tzinfo=UTC)
    with timezone.override("America/New_York"):
        assert "Mar 14, 2025<" in render("{% day d %}", d=late)
        assert "Mar 14, 2025, 10:08 PM EDT" in render("{% moment d %}", d=late)


def test_sales_can_be_dialed(settings: Settings) -> None:
    settings.SALES_PHONE = "1.888.694.7827"
    assert render("{% sales as s %}{{ s.dial }}") == "tel:+18886947827"
    settings.SALES_PHONE = "555-0100"
    assert render("{% sales as s %}{{ s.dial }}") == "tel:5550100"


@pytest.mark.parametrize(
    ("name", "section", "marked"),
    [
        ("installation", "installation", True),
        ("orders", "order", True),
        ("order", "installation", False),
        (None, "home", False),
    ],
)
def test_the_navigation_marks_the_current_section(
    rf: RequestFactory, name: str | None, section: str, marked: bool
) -> None:
    request = rf.get("/")
    request.resolver_match = ResolverMatch(render, (), {}, url_name=name)
    html = render("{% here section %}", request=request, section=section)
    assert html == (' aria-current="page"' if marked else "")


def test_without_a_request_nothing_is_marked() -> None:
    assert render("{% here 'home' %}") == ""
