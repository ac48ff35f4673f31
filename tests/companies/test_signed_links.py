"""Links that live long: which keys sign them, which are still believed, and for how long."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.checks import run_checks
from django.test import Client
from pytest_django import Settings

from companies import checks
from notifications.links import Subscriber, wishes_url
from notifications.notices.changeover import entered_url
from orders.quoting.answer_link import path_for
from tests.world import World

ROOT = Path(__file__).parents[2]
OURS = ("portal", "orders", "notifications", "licensing", "companies", "limits", "outbox", "texts")
OLD, NEW = "o1d-" * 20, "n3w-" * 20


@dataclass(frozen=True)
class Kind:
    """A link of ours: as it is mailed, and as it was mailed before LINK_KEY came."""

    today: Callable[[World], str]
    before: Callable[[World], str]  # the token


def held(world: World) -> Any:
    return world.held.events.latest("pk")


def subscriber(world: World) -> Subscriber:
    return Subscriber(world.site.reference, world.cast.harbor.pk, "installer@site.example")


KINDS = {
    "order_answer": Kind(
        lambda world: path_for(held(world)),
        lambda world: signing.dumps({"hold": held(world).pk}, salt="orders.links"),
    ),
    "mail_wishes": Kind(
        lambda world: wishes_url(subscriber(world)),
        lambda world: signing.Signer(salt="notifications.links").sign_object(
            [world.site.reference, world.cast.harbor.pk, "installer@site.example"]
        ),
    ),
    "serial_entered": Kind(
        lambda world: entered_url(world.replaced.serials.current().get()),
        lambda world: signing.Signer(salt="notifications.changeover").sign_object(
            {"serial": world.replaced.serials.current().get().pk}
        ),
    ),
}
each_kind = pytest.mark.parametrize("name", KINDS)


def opens(world: World, name: str, token: str) -> bool:
    """Whether the page is about what was signed."""
    path = world.paths[name].rsplit("/", 2)[0] + f"/{token}/"
    response = Client().get(path)
    about = {
        "order_answer": world.held.po_number,
        "mail_wishes": world.site.site_name,
        "serial_entered": world.replaced.site_name,
    }[name]
    return response.status_code == 200 and about in response.content.decode()


def mailed(world: World, name: str) -> str:
    return KINDS[name].today(world).rstrip("/").rsplit("/", 1)[1]


@each_kind
def test_a_link_mailed_before_there_was_a_key_for_links_works(world: World, name: str) -> None:
    assert opens(world, name, KINDS[name].before(world))


@each_kind
def test_a_changed_secret_key_ends_no_link(world: World, name: str, settings: Settings) -> None:
    token = mailed(world, name)
    settings.SECRET_KEY = NEW
    assert opens(world, name, token)


@each_kind
def test_a_changed_link_key_ends_the_links_unless_the_old_one_is_kept(
    world: World, name: str, settings: Settings
) -> None:
    settings.LINK_KEY = OLD
    token = mailed(world, name)
    settings.LINK_KEY = NEW
    assert not opens(world, name, token)
    settings.LINK_KEY_FALLBACKS = [OLD]
    assert opens(world, name, token)
    assert mailed(world, name) != token


@each_kind
def test_links_from_before_live_on_by_a_fallback_of_either_kind(
    world: World, name: str, settings: Settings
) -> None:
    settings.SECRET_KEY = OLD
    token = KINDS[name].before(world)
    settings.SECRET_KEY = NEW
    assert not opens(world, name, token)
    for fallbacks in ("SECRET_KEY_FALLBACKS", "LINK_KEY_FALLBACKS"):
        setattr(settings, fallbacks, [OLD])
        assert opens(world, name, token), fallbacks
        setattr(settings, fallbacks, [])


@each_kind
def test_nobody_signs_for_one_kind_what_opens_another(world: World, name: str) -> None:
    others = [mailed(world, other) for other in KINDS if other != name]
    assert not any(opens(world, name, token) for token in others)


def test_only_the_link_about_a_held_order_ends_by_its_age(world: World) -> None:
    tokens = {name: mailed(world, name) for name in KINDS}
    with time_machine.travel(timedelta(days=31), tick=False):
        found = {name: opens(world, name, token) for name, token in tokens.items()}
    assert found == {"order_answer": False, "mail_wishes": True, "serial_entered": True}


def test_nothing_else_in_the_house_signs() -> None:
    """A new kind of link is signed by LINK_KEY as well, and stands in docs/operations.md."""
    signs = re.compile(r"signing\.\w+\(|\bSigner\(|salted_hmac|settings\.SECRET_KEY")
    found = {
        str(file.relative_to(ROOT))
        for app in OURS
        for file in (ROOT / app).rglob("*.py")
        if signs.search(file.read_text())
    }
    in_the_browser = {  # and in forms that are open in it: nothing of it is ever in a mail
        "portal/accounts/known_browser.py",
        "portal/accounts/typed.py",
    }
    assert found - in_the_browser - {"limits/counters.py"} == {  # whose keys are hashes
        "companies/signed_links.py",
        "companies/checks.py",
    }
    salts = {
        salt
        for app in OURS
        for file in (ROOT / app).rglob("*.py")
        for salt in re.findall(r'^_SALT = "(.+)"', file.read_text(), re.M)
    }
    of_mail = {
        "orders.links",
        "notifications.links",
        "notifications.changeover",
    }
    assert salts == of_mail | {"portal.typed"}


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("", ["companies.E001"]),
        ("0123456789" * 4, ["companies.E001"]),
        ("abcd" * 20, ["companies.E001"]),
        ("0123456789" * 5, []),
        ("the SECRET_KEY of these tests, which is long enough", ["companies.E002"]),
        ("an older SECRET_KEY of these tests, not to be taken", ["companies.E002"]),
    ],
)
def test_a_key_that_is_short_or_another_is_found_by_check(
    settings: Settings, key: str, found: list[str]
) -> None:
    settings.SECRET_KEY = "the SECRET_KEY of these tests, which is long enough"
    settings.SECRET_KEY_FALLBACKS = ["an older SECRET_KEY of these tests, not to be taken"]
    settings.LINK_KEY = key
    assert [error.id for error in checks.check_link_key()] == found
    ours = [error.id for error in run_checks(include_deployment_checks=True)]
    assert [name for name in ours if str(name).startswith("companies.")] == found
