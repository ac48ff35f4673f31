"""An order that sales enters on behalf of a company."""

from __future__ import annotations

import uuid
from typing import Any

from django.test import Client

from companies.models import Company, User
from tests.customers.order_form import values

ENTER = "/admin/orders/order/enter/"


def enter(
    client: Client, company: Company, member: User | None, part: str = "ISS-Expert", **fields: str
) -> Any:
    data = values((part, "4"), submission=str(uuid.uuid4()), company=str(company.pk), **fields)
    data["ordered_for"] = str(member.pk) if member else ""
    return client.post(f"{ENTER}{company.pk}/", data)
