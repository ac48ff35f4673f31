"""Walks give what may be seen, in order, whatever there is: `visible_to` is the naive answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companies.models import Company, Membership
from companies.walks import merged
from licensing.models import Installation
from portal.customers import paging
from tests.cast import Cast
from tests.world import undone
from texts.names import has_parts, parts_of

pytestmark = pytest.mark.both_databases

NAMES = ["Harbor Point", "Harbor Pier 9", "Point 17", "Pier 117", "Harbor Point", "Élan Ö", "--"]
SEARCHED = [
    "harbor",
    "point harbor",
    "ier",
    "pier 9",
    "nowhere",
    "élan",
    "point harbor 9",
    "%",
    "_",
]
SITES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([None, 0, 1, 2]), st.sampled_from(NAMES)),
    max_size=14,
)
MEMBER_OF = st.sets(st.integers(0, 2), min_size=1)
EXAMPLES = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def companies_of(cast: Cast) -> Sequence[Company]:
    return cast.harbor, cast.summit, cast.bayview


def put(cast: Cast, sites: Sequence[tuple[int, int | None, str]], member_of: set[int]) -> list[int]:
    """The sites; the buyer is a member of those companies, whose keys are given back."""
    companies = companies_of(cast)
    Membership.objects.filter(user=cast.buyer).delete()
    for at in member_of:
        Membership.objects.create(user=cast.buyer, company=companies[at], role="viewer")
    for dealer, customer, name in sites:
        Installation.objects.create(
            company=companies[dealer],
            end_customer=None if customer is None else companies[customer],
            site_name=name,
        )
    return [companies[at].pk for at in sorted(member_of)]


@EXAMPLES
@given(sites=SITES, member_of=MEMBER_OF, size=st.integers(1, 4))
def test_pages_of_walks_are_what_is_visible_in_its_order(
    cast: Cast, sites: list[Any], member_of: set[int], size: int
) -> None:
    with undone(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "PAGE_SIZE", size)
        mine = put(cast, sites, member_of)
        visible = Installation.objects.visible_to(cast.buyer)
        read: list[Installation] = []
        after = ""
        for _page in range(len(sites) + 1):
            walks = visible.in_sight(*mine).walks
            page = paging.page_of(visible, after, among=visible, walks=walks)
            read += page.rows
            if not (after := page.next_after):
                break
        assert read == list(visible)


@EXAMPLES
@given(sites=SITES, member_of=MEMBER_OF)
def test_walks_hold_all_that_is_visible_and_apart_each_row_once(
    cast: Cast, sites: list[Any], member_of: set[int]
) -> None:
    with undone():
        mine = put(cast, sites, member_of)
        visible = {*Installation.objects.visible_to(cast.buyer)}
        everything = Installation.objects.all().in_sight(*mine)
        assert {site for walk in everything.walks for site in walk} == visible
        assert {*everything.by_letters(len(sites), pk__gt=0)} == visible
        apart = [site for walk in everything.apart for site in walk]
        assert len(apart) == len(visible)
        assert {*apart} == visible


@EXAMPLES
@given(sites=SITES, size=st.integers(1, 20))
def test_each_walk_is_cut_and_what_is_first_is_among_them(
    cast: Cast, sites: list[Any], size: int
) -> None:
    with undone():
        mine = put(cast, sites, {0, 1})
        visible = Installation.objects.visible_to(cast.buyer)
        keys = merged(visible.in_sight(*mine).walks, ("site_name_sort", "pk"), size)
        assert len(keys) <= size * 4
        assert list(visible.filter(pk__in=keys)[:size]) == list(visible[:size])


@EXAMPLES
@given(sites=SITES, searched=st.sampled_from(SEARCHED))
def test_the_index_of_letters_finds_what_the_rule_finds(
    cast: Cast, sites: list[Any], searched: str
) -> None:
    """Parts of three letters and more; a shorter one begins a word."""
    with undone():
        put(cast, sites, {0})
        parts = parts_of(searched)
        found = Installation.objects.filter(site_name_key__has_parts=searched)
        assert {*found} == {
            site
            for site in Installation.objects.all()
            if has_parts(site.site_name_key, parts)
            and all(len(part) > 2 or f" {part}" in f" {site.site_name_key}" for part in parts)
        }


def test_nobody_s_company_sees_nothing(cast: Cast) -> None:
    cast.site()
    assert Installation.objects.all().in_sight().walks == []
    assert not Installation.objects.all().in_sight().by_letters(1).exists()
