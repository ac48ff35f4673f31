"""Too many tries are answered alike at every door: 429, when to try again, and what to do.

`test_every_limit.py` reaches each limit by what a visitor sends; here each address is asked.
"""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from limits.declared import ALL, DAY, GUESSES, HOUR, LOG_IN_ACCOUNT, RESEND_ORDER
from limits.models import Counter
from orders.models import Order
from tests.cast import NOW, Cast
from tests.customers.order_form import values
from tests.limits.addresses import every_address
from tests.ordering import order_held
from tests.pages import attributes, has, words
from tests.tries import MANY, too_many, use_up, use_up_all
from tests.world import World, undone

HTMX = {"hx-request": "true"}
AS_SCRIPT = {"accept": "application/json"}
WRONG = "ISS-0000-0000-0000-0000"


@pytest.mark.parametrize("role", ["anonymous", "buyer", "sales"])
def test_each_address_that_counts_gives_the_one_answer(world: World, role: str) -> None:
    """Also one that is added: what is counted there is not known here."""
    counting = []
    for path, form in every_address(world).items():
        for method, data in (("get", None), ("post", form)):
            for headers in ({}, HTMX, AS_SCRIPT):
                with undone():
                    answer = getattr(world.client(role), method)(path, data, headers=headers)
                    list(answer)  # a download is read to its end, or its file stays open
                    counted = list(Counter.objects.filter(kind__in=[each.name for each in ALL]))
                if not counted:
                    continue
                with undone():  # the same once more, as if it had never been done
                    Counter.objects.bulk_create(counted)
                    use_up_all()
                    answer = getattr(world.client(role), method)(path, data, headers=headers)
                    assert answer.status_code == 429, (method, path, headers, answer)
                    too_many(answer)
                    counting.append((method, path))
    assert len({path for method, path in counting if method == "post"}) > 60
    assert any(method == "get" for method, _path in counting)


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_a_part_of_a_page_is_answered_by_the_sentence_alone(world: World, role: str) -> None:
    post = world.posts["order_bulk_go_on"]
    client = world.client(role)
    client.post(post.path, post.data, headers=HTMX)
    use_up_all()
    response = client.post(post.path, post.data, headers=HTMX)
    said, _ = too_many(response)
    assert "What you typed is still here." in said
    assert not has(response, "form")


def test_what_was_sent_is_said_to_be_sent_again(world: World) -> None:
    client = world.client("buyer")
    client.get("/installations/?q=Pier")
    client.post("/orders/unknown/cancel/")
    use_up_all()
    opened, _ = too_many(client.get("/installations/?q=Pier"))
    assert "then load this page again. " in opened
    sent, _ = too_many(client.post("/orders/unknown/cancel/"))
    assert "Nothing was done with what you sent." in sent
    assert "your browser sends it once more" in sent


# Forms keep what was typed --------------------------------------------------------------------


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def assert_kept(response: Any, text: str, *typed: str) -> None:
    """The form is there, with what is wrong beside it and all that was typed."""
    said, _ = too_many(response)
    assert text in said
    for each in typed:
        assert each in attributes(response, "[value]", "value")


def test_the_order_form_keeps_its_fields(cast: Cast) -> None:
    use_up(GUESSES, cast.buyer.pk)
    form = values(company=str(cast.harbor.pk), kind="existing", po_number="4711", serial_ISS=WRONG)
    text = "Too many serial numbers that were not found."
    for more in ({}, {"preview": "1"}):  # sent, and looked up while somebody types
        response = logged_in(cast.buyer).post("/orders/new/", form | more)
        assert_kept(response, text, "4711", WRONG)
    assert not Order.objects.exists()


def test_the_serial_of_a_held_order_keeps_its_field(cast: Cast) -> None:
    held = order_held(cast)
    use_up(GUESSES, cast.buyer.pk)
    response = logged_in(cast.buyer).post(
        f"/orders/{held.reference}/serial/", {"serial_ISS": WRONG}
    )
    assert_kept(response, "Too many serial numbers that were not found.", WRONG)


def test_an_invitation_keeps_its_address(world: World) -> None:
    client, form = world.client("owner"), world.posts["company"]
    client.post(form.path, form.data)
    use_up_all()
    more = form.data | {"email": "one.more@dealer.example"}
    response = client.post(form.path, more)
    assert_kept(response, "Your company sent many invitations", "one.more@dealer.example")


def test_an_invitation_sent_again_is_a_button_and_gets_the_page(world: World) -> None:
    client, form = world.client("owner"), world.posts["company_resend"]
    client.post(form.path, form.data)
    use_up_all()
    said, _ = too_many(client.post(form.path, form.data))
    assert "Your company sent many invitations" in said
    assert "Nothing was sent now." in said


@pytest.mark.parametrize("role", ["buyer", "superuser"])
def test_a_confirmation_keeps_its_addresses(world: World, role: str) -> None:
    use_up(RESEND_ORDER, world.issued.pk)
    pages = {
        "buyer": f"/orders/{world.issued.reference}/confirmation/",
        "superuser": f"/admin/orders/order/{world.issued.pk}/confirmation/",
    }
    response = world.client(role).post(pages[role], {"to": "chief@site.example"})
    assert_kept(response, "It was sent again many times", "chief@site.example")


def test_the_log_in_keeps_the_address(cast: Cast) -> None:
    client, form = Client(), {"login": cast.buyer.email, "password": "wrong"}
    client.post("/account/login/", form)
    use_up_all()
    assert_kept(client.post("/account/login/", form), "Too many", cast.buyer.email)


# And it says when -----------------------------------------------------------------------------


def test_who_waits_as_long_as_it_says_goes_on(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(cast.buyer)
        use_up(GUESSES, cast.buyer.pk)
        clock.shift(HOUR - 125)
        held = order_held(cast)

        def ask() -> Any:
            return client.post(f"/orders/{held.reference}/serial/", {"serial_ISS": WRONG})

        said, seconds = too_many(ask())
        assert "Wait 3 minutes, or say" in said
        assert seconds == 125
        clock.shift(seconds - 1)
        assert too_many(ask())[1] == 1
        clock.shift(1)
        assert ask().status_code == 200


def test_an_account_that_is_closed_says_for_how_many_days(cast: Cast) -> None:
    client, form = Client(), {"login": cast.buyer.email, "password": "wrong"}
    with time_machine.travel(NOW, tick=False):
        client.post("/account/login/", form)
        Counter.objects.filter(kind=LOG_IN_ACCOUNT.name).update(count=MANY)
        said, seconds = too_many(client.post("/account/login/", form))
    assert seconds == 30 * DAY
    assert "Else wait 30 days." in said
    assert words("reset your password") in said
