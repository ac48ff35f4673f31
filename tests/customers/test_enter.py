"""The Enter key in a field presses the first button of the form.

No form that does what can't be undone has its own button there.
"""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from orders.models import Order
from outbox.models import Message
from tests.cast import Cast
from tests.customers.order_form import send, values
from tests.customers.reading import LogIn
from tests.pages import every, values_of, words
from tests.world import ROLES, World

TYPED = ("text", "search", "email", "password", "number", "date", "url", "tel", "checkbox", "radio")
CAN_BE_UNDONE = {  # by the address of the form: what was sent can be changed, or taken back
    "contacts": "A contact is removed again. Adding mails nobody.",
    "contact": "It is changed again.",
    "installation_notices": "They are changed again.",
    "mail_wishes": "They are changed again.",
    "order_answer": "It asks about the site that was found before it goes on.",
    "invitation": "They want to join, and may leave.",
}
PLACES_NOTHING = {"disabled", "refresh", "find_site"}


def test_enter_does_nothing_that_can_not_be_undone(world: World) -> None:
    for name, first in sorted(first_buttons(world)):
        harmless = first in PLACES_NOTHING or name in CAN_BE_UNDONE
        assert harmless, f"Enter sends the form of {name}: begin it with enter_sends_nothing.html."


def test_every_such_form_is_seen(world: World) -> None:
    seen = first_buttons(world)
    assert {name for name, _ in seen} >= CAN_BE_UNDONE.keys()
    assert {name for name, first in seen if first == "refresh"} == {"draft", "order_new"}
    assert {name for name, first in seen if first == "disabled"} == {
        "company",
        "order_confirmation",
        "order_serial",
        "serial_entered",
    }


def first_buttons(world: World) -> set[tuple[str, str]]:
    """The forms that Enter can send: the name of their page, and of their first button."""
    return {
        (name, first_button(form))
        for name, path, html in pages(world)
        for form in every(html, 'main form[method="post"]')
        if any(is_typed(each) for each in every(form, "input"))
        for name in [name_of(world, form, path)]
    }


def pages(world: World) -> Iterator[tuple[str, str, str]]:
    held = f"/orders/{world.held.reference}/"
    for role in ROLES:
        client = world.client(role)
        for name, path in [*world.paths.items(), ("order", held)]:
            response = client.get(path)
            response.getvalue()  # to the end: a file is open still
            if response.status_code == 200 and "html" in response["Content-Type"]:
                yield name, path, response.content.decode()


def name_of(world: World, form: LexborNode, path: str) -> str:
    """The name of the address that the form is sent to."""
    to = form.attributes.get("action") or path
    return next(name for name, known in world.paths.items() if known == to)


def is_typed(field: LexborNode) -> bool:
    return (field.attributes.get("type") or "text") in TYPED


def first_button(form: LexborNode) -> str:
    first = next(each for each in every(form, "button, input") if is_submit(each))
    return "disabled" if "disabled" in first.attributes else first.attributes.get("name") or ""


def is_submit(each: LexborNode) -> bool:
    default = "submit" if each.tag == "button" else "text"
    return (each.attributes.get("type") or default) == "submit"


# The order form --------------------------------------------------------------------------


def test_enter_in_the_order_form_shows_what_would_happen_and_places_nothing(
    cast: Cast, log_in: LogIn
) -> None:
    response = send(log_in(cast.buyer), cast, {**values(), "refresh": "1"})
    assert response.status_code == 200
    assert "First serial will be issued" in words(response)
    assert values_of(response, "po_number") == ["4711"]
    assert not Order.objects.exists()
    assert not Message.objects.exists()


def test_enter_where_a_site_is_looked_for_finds_it(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1)
    typed = {**values(), "kind": "existing", "find": site.site_name, "refresh": "1"}
    assert values_of(send(log_in(cast.buyer), cast, typed), "use_site") == [site.reference]
