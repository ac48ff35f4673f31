"""The desk's pages of orders, and how they are read."""

from __future__ import annotations

import re

from orders.models import Order
from tests.customers.reading import words

LIST = "/admin/orders/order/"
BUDGET = 12  # statements of a page


def change_page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def table(content: str, caption: str) -> list[str]:
    """Its rows, as a reader reads them."""
    (found,) = [
        each for each in re.findall(r"<table>.*?</table>", content, re.S) if f">{caption}<" in each
    ]
    body = found.partition("<tbody>")[2]
    return [words(row).strip() for row in re.findall(r"<tr.*?</tr>", body, re.S)]
