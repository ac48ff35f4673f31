"""Rows that are made once are whole for each test, whatever the one before did to them."""

import pytest

from licensing.models import Installation
from tests.cast import Cast
from tests.kept_rows import kept

pytestmark = pytest.mark.both_databases


@kept
def site(cast: Cast) -> Installation:
    return cast.site(VS_ES1=1)


@pytest.mark.parametrize("time", ["first", "again"])
def test_each_finds_what_was_made(cast: Cast, site: Installation, time: str) -> None:
    """A changed row is as it was, as an object and in the database."""
    assert (site.site_name, cast.harbor.name) == ("Harbor Point Terminal", "Harbor Security")
    assert Installation.objects.get() == site
    assert site.company == cast.harbor
    site.site_name = cast.harbor.name = "Changed"
    site.save()
    cast.harbor.save()
    cast.site(VS_ES1=1)


def test_what_nobody_asked_for_is_not_there(cast: Cast) -> None:
    assert not Installation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_commits_has_rows_of_their_own(cast: Cast, site: Installation) -> None:
    assert Installation.objects.get() == site


def test_nothing_is_left_of_it(db: None) -> None:
    assert not Installation.objects.exists()
