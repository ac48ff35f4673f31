"""How the tests of the customers' pages read them."""

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from copy import copy
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from companies.models import User
from licensing.models import Installation
from licensing.references import new_reference
from orders.models import Order
from tests.cast import NOW, Cast

LogIn = Callable[[User], Client]


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def words(content: str) -> str:
    """What a reader reads, on one line."""
    return re.sub(r"\s+", " ", html.unescape(strip_tags(content)))


def row_of(content: str, part_number: str) -> str:
    """The words of the table row that begins with it."""
    rows = [words(row) for row in re.findall(r"<tr>.*?</tr>", content, re.S)]
    (row,) = [row for row in rows if row.strip().startswith(f"{part_number} ")]
    return row


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, path)
    return len(captured)


# What the pages are about ----------------------------------------------------------------


def years_ago(years: int, days: int) -> dt.datetime:
    """That many years before NOW, and then some days later."""
    return NOW.replace(year=NOW.year - years) + dt.timedelta(days=days)


def site_since(cast: Cast, at: dt.datetime, **quantities: int) -> Installation:
    """An installation of Harbor's whose licenses were issued then."""
    order = cast.issue(cast.order_new(at=at, **quantities), at=at)
    assert order.installation
    return order.installation


def copy_of(order: Order) -> Order:
    """Not saved: for many rows in one statement."""
    twin = copy(order)
    twin.pk, twin.reference, twin.submission = None, new_reference(), uuid.uuid4()
    return twin


def text_of(response: Any) -> str:
    """The page as it is read: no tags, single blanks."""
    text = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.S)
    text = re.sub(r"</?(span|wbr)\b[^>]*>", "", text)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


LIST_BUDGET, DETAIL_BUDGET = 5, 9  # session and user included (design.md, "Speed")
