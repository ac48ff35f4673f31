"""The demo's data: made by the real actions, once, in an empty database."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from companies.models import Company, User
from licensing.catalog import load_catalog
from licensing.models import Installation
from orders.models import Order
from portal.demo import build
from portal.demo.story import STORY
from portal.desk.roles import load_roles
from tests.licensing.invariants import violations
from tools.serve import READY

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "shown at each start"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)


def load_demo() -> None:
    load_roles()
    call_command("load_demo", verbosity=0)


def test_the_demo_is_what_the_readme_shows() -> None:
    load_catalog()
    load_demo()
    dealers = {company.name: company.auto_issue for company in Company.objects.all()}
    assert dealers == {
        "Harbor Security": True,
        "Harbor Security West": False,
        "Summit Systems": False,
        "Bayview Schools": False,
    }
    assert Installation.objects.count() >= 12
    states = set(Order.objects.values_list("state", flat=True))
    assert states == {"held", "in_review", "issued", "rejected"}
    assert violations() == []


def test_the_banner_names_all_log_ins_with_their_roles_and_each_of_them_works() -> None:
    load_catalog()
    load_demo()
    told = dict(re.findall(r"^  (\S+@\S+) +(.+)$", READY, re.MULTILINE))
    assert set(told) == {user.email for user in User.objects.all()}
    for email, role in told.items():
        client = Client()
        answer = client.post("/account/login/", {"login": email, "password": PASSWORD}, follow=True)
        user = User.objects.get(email=email)
        assert answer.redirect_chain[-1][0] == ("/admin/" if user.is_staff else "/home/"), email
        assert answer.status_code == 200, email
        roles = [str(place.get_role_display()) for place in user.memberships.all()]
        roles += [group.name for group in user.groups.all()]
        assert role.split(":")[0].split(" of ")[0] in roles, email


def test_loading_again_keeps_everything() -> None:
    load_catalog()
    load_demo()
    before = list(Order.objects.values())
    load_demo()
    assert list(Order.objects.values()) == before


def test_a_password_that_the_rule_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    load_catalog()
    monkeypatch.setenv("DEMO_PASSWORD", "too short")
    with pytest.raises(CommandError, match="DEMO_PASSWORD: This password is too short"):
        load_demo()
    assert not Company.objects.exists()


def test_it_stays_out_of_a_database_that_holds_anything_else() -> None:
    load_catalog()
    Company.objects.create(name="A real customer")
    with pytest.raises(CommandError, match="holds other data"):
        load_demo()
    assert Company.objects.count() == 1


@pytest.mark.siege
@pytest.mark.parametrize("orders", [0, 1, 14])
def test_what_was_interrupted_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, orders: int
) -> None:
    load_catalog()
    left = iter(range(orders))
    place = build._place

    def interrupted(event: build.Event) -> Order:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return place(event)

    with monkeypatch.context() as patch:
        patch.setattr(build, "_place", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_demo()
    assert Order.objects.count() == orders
    load_demo()
    assert Order.objects.count() == sum(len(site.orders) for site in STORY)
    assert violations() == []


def test_it_is_for_demo_mode_only(settings: pytest.FixtureRequest) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="demo mode only"):
        load_demo()
    assert not Company.objects.exists()
