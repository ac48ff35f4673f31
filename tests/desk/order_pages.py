"""The desk's pages of orders, and how they are read."""

from __future__ import annotations

from orders.models import Order
from tests.pages import every, words_of

LIST = "/admin/orders/order/"
BUDGET = 12  # statements of a page


def change_page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def table(content: str, caption: str) -> list[str]:
    """Its rows, as a reader reads them."""
    (found,) = [each for each in every(content, "table") if caption in words_of(each, "caption")]
    return words_of(found, "tbody tr")
