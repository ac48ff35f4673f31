"""Customers see where the confirmation of their order went, and what to do where it did not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from orders.models import Order
from outbox.models import Message
from tests.cast import NOW, Cast
from tests.kept_rows import kept
from tests.letters import write_letters

SOON = NOW + dt.timedelta(hours=1)
FAILED = {"state": "failed", "failed_at": NOW}
RETURNED = {"state": "returned", "sent_at": NOW, "failed_at": NOW, "bounce": "0" * 64}
DEALT_WITH = {"dealt_with_at": NOW, "dealt_with_by": "sales@vendor.example"}


@kept
def order(cast: Cast) -> Order:
    order = cast.issue(cast.order_new("Pier 9"))
    write_letters()
    return order


def told(cast: Cast, order: Order, **changes: Any) -> str:
    """The page's words about the one mail, in its time zone, as text."""
    Message.objects.update(last_error="550 5.1.1 secret.mail.example says no", **changes)
    client = Client()
    client.force_login(cast.viewer)
    page = client.get(order.get_absolute_url())
    assert "secret.mail.example" not in page.content.decode()
    [delivery] = page.context["deliveries"]
    when = delivery.next_try_at or delivery.at
    parts = [delivery.address, delivery.state, delivery.words, when, delivery.what_to_do]
    text = page.content.decode()
    assert all(str(part) in text for part in parts if part and part is not when)
    return " | ".join(f"{part:%H:%M}" if part is when and when else str(part) for part in parts)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "Queued |  | None | ", id="queued"),
        pytest.param(
            {"attempts": 1, "due_at": SOON},
            "Queued | The mail server did not take it yet. | 16:00 | ",
            id="put-off",
        ),
        pytest.param(
            {"state": "sending", "claim": "0" * 32, "attempts": 1, "due_at": SOON},
            "Sending | On its way to the mail server. | None | ",
            id="sending",
        ),
        pytest.param(
            {"attempts": 1, "refusals": 1, "due_at": SOON},
            "Queued | The mail server takes no mail from us at the moment. | 16:00 | "
            "The address is not at fault. Sales was told and sees to it.",
            id="refused",
        ),
        pytest.param(
            FAILED | {"failed_for": "policy"},
            "Failed | Not delivered: the mail server does not take mail from us. | 15:00 | "
            "The address is not at fault. Sales was told and sees to it.",
            id="policy",
        ),
        pytest.param({"state": "sent", "sent_at": NOW}, "Sent |  | 15:00 | ", id="sent"),
        pytest.param(
            FAILED | {"failed_for": "address"},
            "Failed | Not delivered: the mail server there does not take mail for it. | 15:00 | "
            "Check the address. Is it wrong or out of use? Tell sales.",
            id="address",
        ),
        pytest.param(
            FAILED | {"failed_for": "tries"},
            "Failed | Not delivered: no mail server there took it for two days. | 15:00 | "
            "Check the address. Is it wrong or out of use? Tell sales.",
            id="given-up",
        ),
        pytest.param(
            RETURNED | {"failed_for": "address"},
            "Returned | Not delivered: the mail server there does not take mail for it. | 15:00 | "
            "Check the address. Is it wrong or out of use? Tell sales.",
            id="returned-for-its-address",
        ),
        pytest.param(
            RETURNED | {"failed_for": "policy"},
            "Returned | Not delivered: the mail server does not take mail from us. | 15:00 | "
            "The address is not at fault. Sales was told and sees to it.",
            id="returned-for-a-rule",
        ),
        pytest.param(
            FAILED | {"failed_for": "content"} | DEALT_WITH,
            "Failed | Not delivered: the mail server there refused the email. | 15:00 | "
            "Sales has seen to it.",
            id="dealt-with",
        ),
        pytest.param(
            {"state": "failed"},
            "Failed | Not delivered. | None | "
            "Check the address. Is it wrong or out of use? Tell sales.",
            id="failed-before-it-was-noted-why",
        ),
    ],
)
def test_each_state_is_told_in_words_and_without_the_servers(
    cast: Cast, order: Order, changes: dict[str, Any], said: str
) -> None:
    assert told(cast, order, **changes) == f"{cast.buyer.email} | {said}"
