"""How the tests of the customers' pages read them."""

import datetime as dt
import uuid
from collections.abc import Callable
from copy import copy
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import User
from licensing.models import Installation
from licensing.references import new_reference
from orders.models import Order
from tests.cast import NOW, Cast
from tests.pages import words_of

LogIn = Callable[[User], Client]
LIST_BUDGET, DETAIL_BUDGET = 5, 9  # session and user included
SEARCH_BUDGET, FORECAST_BUDGET = 12, 14  # likewise, and the limit


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def row_of(content: str, part_number: str) -> str:
    """The words of the table row that begins with it."""
    (row,) = [row for row in words_of(content, "tr") if row.startswith(f"{part_number} ")]
    return row


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, path)
    return len(captured)


# What the pages are about ----------------------------------------------------------------


def years_ago(years: int, days: int) -> dt.datetime:
    """That many years before NOW, and then some days later."""
    return NOW.replace(year=NOW.year - years) + dt.timedelta(days=days)


def site_since(cast: Cast, at: dt.datetime, **quantities: Any) -> Installation:
    """An installation of Harbor's whose licenses were issued then."""
    order = cast.issue(cast.order_new(at=at, **quantities), at=at)
    assert order.installation
    return order.installation


def copy_of(order: Order) -> Order:
    """Not saved: for many rows in one statement."""
    twin = copy(order)
    twin.pk, twin.reference, twin.submission = None, new_reference(), uuid.uuid4()
    return twin
