"""Forms and queries get random input: never a 500, and a refused form wrote nothing."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile_input import FORMS, HOSTILE, QUERIES, is_taken, send
from tests.licensing.invariants import violations
from tests.world import World, undone

fuzzed = settings(
    max_examples=15,
    # each example takes back what it did, so that one world does for all of them
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What people type, what machines send, and what breaks code.
TEXTS = st.one_of(
    st.text(),
    st.text("\x00\u202e\u2028\ud800\udfff\uffff<>&\"'{}%\\\r\n\t /;²٣", max_size=20),
    st.integers(-(10**40), 10**40).map(str),
    st.integers(1, 300).map(lambda depth: "[" * depth + "{" * depth),
    st.sampled_from(HOSTILE),
)
MORE = [
    "add_line",
    "remove_line",
    "lines-TOTAL_FORMS",
    "lines-1-product",
    "serial_VAI",
    "next",
    "_",
]


@pytest.mark.siege
@pytest.mark.parametrize("name", FORMS)
@fuzzed
@given(data=st.data())
def test_forms(world: World, name: str, data: st.DataObject) -> None:
    post = (world.posts | world.more_posts)[name]
    names = st.one_of(st.sampled_from([*post.data, *MORE]), st.text(max_size=10))
    fields = data.draw(st.dictionaries(names, TEXTS, max_size=6))
    client = world.client(post.who)
    with undone():
        with world.witness.watching():
            response = send(client, post, {**post.data, **fields})
        assert response.status_code < 500
        if is_taken(response):
            assert not world.witness.wrote or violations() == []
        else:
            assert world.witness.saw_nothing_change()


@pytest.mark.siege
@pytest.mark.parametrize("path", QUERIES)
@fuzzed
@given(data=st.data())
def test_queries(world: World, path: str, data: st.DataObject) -> None:
    who, known = QUERIES[path]
    names = st.one_of(st.sampled_from(known), st.text(max_size=10))
    query = data.draw(st.dictionaries(names, TEXTS, min_size=1, max_size=4))
    client = world.client(who)
    with undone():
        with world.witness.watching():
            response = client.get(path, QUERY_STRING=urlencode(query, errors="surrogatepass"))
        assert response.status_code < 500
        assert world.witness.saw_nothing_change()
