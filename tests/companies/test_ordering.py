"""Pages and verbs have one answer to the question who orders for a company."""

from __future__ import annotations

import pytest

from companies.models import Company, Membership, Role, User
from companies.ordering import orders_for, orders_for_now
from tests.cast import Cast, member


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("logs_in", [True, False])
def test_what_was_read_and_what_is_asked_agree(
    cast: Cast, role: Role, active: bool, logs_in: bool
) -> None:
    user = member("both@dealer.example", cast.harbor, role)
    Company.objects.filter(pk=cast.harbor.pk).update(active=active)
    User.objects.filter(pk=user.pk).update(is_active=logs_in)
    user = User.objects.get(pk=user.pk)
    expected = [cast.harbor] if active and logs_in and role != Role.VIEWER else []
    assert orders_for(user) == list(orders_for_now(user)) == expected


def test_companies_come_by_their_names(cast: Cast) -> None:
    user = member("both@dealer.example", cast.summit, Role.OWNER)
    Membership.objects.create(user=user, company=cast.bayview, role=Role.BUYER)
    Membership.objects.create(user=user, company=cast.harbor, role=Role.VIEWER)
    assert orders_for(user) == list(orders_for_now(user)) == [cast.bayview, cast.summit]
