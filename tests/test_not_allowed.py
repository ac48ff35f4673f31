"""The page for what somebody may not do: it says why, and what they can do about it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.pages import linked, links, only, values_of, words
from tests.world import World

VIEWER_MAY_NOT = (
    "order_cancel",
    "order_serial",
    "order_confirmation",
    "installation_entered",
    "installation_notices",
    "contact_remove",
    "company_role",
)


def as_viewer(world: World, name: str) -> Any:
    return world.client("viewer").post(world.paths[name], world.posts[name].data)


@pytest.mark.parametrize("name", VIEWER_MAY_NOT)
def test_it_says_who_may_and_whom_to_ask(world: World, name: str) -> None:
    page = as_viewer(world, name)
    assert page.status_code == 403
    main = only(page, "main")
    assert "Only buyers and owners" in words(main) or "Only owners" in words(main)
    assert f"You are logged in as {world.cast.viewer.email}." in words(main)
    assert "ask an owner of Harbor Security" in words(main)
    assert {"/company/", "/home/"} <= set(links(main))


def test_another_user_can_log_in_and_is_led_back(world: World) -> None:
    client, path = world.client("viewer"), world.paths["order_cancel"]
    page = client.get(path)
    assert "Log in as another user" in words(page)
    (back,) = values_of(only(page, "main"), "next")
    left = client.post("/account/logout/", {"next": back})
    assert left["Location"] == path
    assert client.get(path)["Location"] == f"/account/login/?next={path}"


def test_it_is_in_the_language_of_the_reader(world: World) -> None:
    world.cast.viewer.language = "es"
    world.cast.viewer.save()
    page = as_viewer(world, "order_cancel")
    assert only(page, "html").attributes["lang"] == "es"
    assert "Only" not in words(only(page, "main"))


def test_staff_are_told_to_ask_the_desk(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.sales)
    page = client.get("/admin/orders/order/add/")
    assert page.status_code == 403
    assert "Ask an administrator of the license desk for the right." in words(page)
    assert "Only sales with" not in words(page)


def test_a_form_without_its_key_is_told_what_to_do(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.buyer)
    page = client.post("/orders/new/", {"po_number": "1"})
    assert page.status_code == 403
    assert "We did not take this form" in words(only(page, "h1"))
    assert "Go back, load the page again, and send the form once more." in words(page)
    assert ("/", "Go to the home page") in linked(page)
    stranger = Client(enforce_csrf_checks=True)
    in_spanish = stranger.post("/account/login/", headers={"Accept-Language": "es"})
    assert only(in_spanish, "html").attributes["lang"] == "es"
    assert "We did not take" not in words(in_spanish)
