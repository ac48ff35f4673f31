"""Goals of bytes for pages and first visits: no machine changes what a browser has to fetch."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.customers.reading import LogIn
from tests.pages import every
from tests.sizes import MAX_FIRST_VISIT, MAX_LIST, files_of, sent, size_of_file

ROWS = 25


@pytest.mark.parametrize("path", ["/installations/", "/orders/"])
def test_a_list_of_25_rows_is_small(cast: Cast, log_in: LogIn, path: str) -> None:
    for number in range(ROWS + 1):
        cast.issue(cast.order_new(f"Harbor Terminal {number}", ISS_Expert=2, VS_ES1=1))
    size, content = sent(log_in(cast.buyer), path)
    assert len(every(content, "tbody tr")) == ROWS
    assert size <= MAX_LIST


def test_a_first_visit_from_log_in_to_home_is_small(cast: Cast, log_in: LogIn) -> None:
    for number in range(6):
        cast.issue(cast.order_new(f"Harbor Terminal {number}", ISS_Expert=2, VS_ES1=1))
    pages = [sent(Client(), "/"), sent(Client(), "/account/login/")]
    pages.append(sent(log_in(cast.buyer), "/home/"))
    files = set().union(*(files_of(content) for _, content in pages))
    assert len(files) > 10
    size = sum(size for size, _ in pages) + sum(map(size_of_file, files))
    assert size <= MAX_FIRST_VISIT
