"""The pages of a site say who gets mail about it, truly for each reader, and without addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from companies.models import User
from licensing.models import Installation
from notifications.contacts import add_contact
from notifications.models import Contact
from notifications.rules.recipients import Topic
from tests.cast import Cast, person
from tests.kept_rows import kept
from tests.pages import words

NOBODY = "The confirmation goes only to the person who orders"
NO_NOTICES = "No contact of this site gets them. Add one who does."
LogIn = Callable[[Any], Client]


@kept
def site(cast: Cast) -> Installation:
    site = cast.site(ISS_Expert=4)
    site.end_customer = cast.bayview
    site.save()
    Contact.objects.all().delete()
    return site


def boss() -> User:
    return User.objects.filter(is_superuser=True).first() or person(
        "boss@vendor.example", is_staff=True, is_superuser=True
    )


def add(cast: Cast, site: Installation, company: Any, email: str, *topics: Topic) -> None:
    add_contact(
        installation=site, company=company, email=email, name="Chief", language="en",
        topics=topics, by=boss(),
    )  # fmt: skip


def pages(cast: Cast, log_in: LogIn, site: Installation, who: str) -> list[str]:
    client, path = log_in(getattr(cast, who)), f"/installations/{site.reference}/"
    paths = [path] if who == "end_customer" else [path, f"{path}contacts/"]
    return [words(client.get(each)) for each in paths]


def test_nobody_is_told_when_nobody_is(cast: Cast, log_in: LogIn, site: Installation) -> None:
    for who in ("buyer", "end_customer"):
        for page in pages(cast, log_in, site, who):
            assert NOBODY in page
            assert "get mail about this site:" not in page


@pytest.mark.parametrize(
    ("company", "reader"),
    [("harbor", "end_customer"), ("bayview", "buyer")],
)
def test_the_other_companys_contacts_are_told_of_without_an_address(
    cast: Cast, log_in: LogIn, site: Installation, company: str, reader: str
) -> None:
    name = getattr(cast, company).name
    add(cast, site, getattr(cast, company), "chief@secret.example", *list(Topic)[:2])
    for page in pages(cast, log_in, site, reader):
        assert (
            f"Contacts of {name} get mail about this site: confirmations, notices before terms end."
            in page
        )
        assert NOBODY not in page
        assert "secret.example" not in page
        assert "Chief" not in page


def test_notices_that_reach_nobody_are_told_to_be_so(
    cast: Cast, log_in: LogIn, site: Installation
) -> None:
    add(cast, site, cast.harbor, "chief@site.example", Topic.CONFIRMATIONS)
    for who in ("buyer", "end_customer"):
        assert NO_NOTICES in pages(cast, log_in, site, who)[0]
    add(cast, site, cast.bayview, "head@site.example", Topic.EXPIRY)
    for who in ("buyer", "end_customer"):
        page = pages(cast, log_in, site, who)[0]
        assert NO_NOTICES not in page
        assert "90 days before" in page


def test_a_contact_who_left_the_company_is_not_said_to_be_told(
    cast: Cast, log_in: LogIn, site: Installation
) -> None:
    add(cast, site, cast.harbor, cast.viewer.email, *Topic)
    cast.viewer.memberships.all().delete()
    assert NOBODY in pages(cast, log_in, site, "buyer")[0]
