"""Each place says of a serial's future the same as the policy of its license type does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.utils.translation import override

from licensing.models import Family, Installation, Product, Serial
from licensing.serial_policy import Action, Outcome
from licensing.wording import next_time, to_quote, to_quote_now, updates
from notifications.confirmation.facts import ConfirmationFacts, SerialFact
from notifications.confirmation.samples import sample_facts
from notifications.confirmation.wording import compose
from orders.models import Order
from tests.cast import NOW, Cast, current
from tests.customers.reading import LogIn, page
from tests.notifications.reading import html_of, pdf_of, pdf_pages, sent, text_of
from tests.pages import words, words_of
from texts.as_json import from_json, to_json

FOR_EVER = "Quote it on every later order for this site."


def until(updates: str) -> str:
    return f"Quote it until the next {updates} for this site replaces it."


POLICIES: dict[str, tuple[tuple[Action, ...], str, str]] = {
    "nothing": ((), FOR_EVER, "The same for every order. Always quote it."),
    "all": (
        tuple(Action),
        until("add-on, upgrade or renewal"),
        until("add-on, upgrade or renewal"),
    ),
    "upgrade": ((Action.UPGRADE,), until("upgrade"), until("upgrade")),
    "add-and-renew": (
        (Action.ADD, Action.RENEW),
        until("add-on or renewal"),
        until("add-on or renewal"),
    ),
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def of_policy(cast: Cast, policy: tuple[Action, ...]) -> Installation:
    """A site with a first serial of a license type with that policy."""
    switches = {f"reissue_on_{action}": action in policy for action in Action}
    family = Family.objects.create(code="NVR", name="Recorders", position=9, **switches)
    Product.objects.create(part_number="NVR-Base", family=family, unit=Product.Unit.SERVER)
    return cast.site(NVR_Base=2)


@pytest.mark.parametrize(("policy", "first", "now"), POLICIES.values(), ids=POLICIES.keys())
def test_each_place_says_what_the_policy_does(
    cast: Cast, log_in: LogIn, policy: tuple[Action, ...], first: str, now: str
) -> None:
    site = of_policy(cast, policy)
    order = Order.objects.get()
    assert order.revision
    mail = sent(order.revision.confirmation.deliveries.get())
    pdf = " ".join(" ".join(pdf_pages(pdf_of(mail))).split())
    buyer = log_in(cast.buyer)
    assert first in " ".join(text_of(mail).split())
    assert first in words(html_of(mail))
    assert first in pdf
    assert words_of(page(buyer, order.get_absolute_url()), ".turn-note") == [first]
    assert now in words_of(page(buyer, site.get_absolute_url()), ".plate-note")
    advice = next_time("NVR", policy)
    assert all(advice in text for text in (text_of(mail), words(html_of(mail)), pdf))
    assert "numbers above on every later" not in pdf


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_serial_that_stays_for_ever_is_told_as_one_for_every_order(
    outcome: Outcome,
) -> None:
    assert "until" not in to_quote(outcome, ())
    for policy in POLICIES.values():
        if policy[0]:
            told = to_quote(outcome, policy[0])
            assert f"until the next {updates(policy[0])} for this site replaces it." in told
            assert "every" not in told


def test_a_replaced_serial_is_told_until_when_it_is_quoted(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    order = cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    assert order.revision
    text = " ".join(text_of(sent(order.revision.confirmation.deliveries.get())).split())
    now = Serial.objects.current().get(installation=site, family="VAI")
    until = "until the next add-on, upgrade or renewal for this site replaces it."
    assert f"{now} Quote this one from now on, {until} It replaces" in text


def test_facts_of_before_say_what_they_knew() -> None:
    """They had one switch for all updates."""
    fact = SerialFact("VAI", "VAI-9PWK-H3FD-6MZR-T8QA", Outcome.NEW, changes=True)
    stored = to_json(sample_facts(serials=(fact,)))
    for serial in stored["serials"]:
        del serial["replaced_on"]
    told = compose(from_json(stored, ConfirmationFacts))
    assert told.serials[0].to_quote == until("add-on, upgrade or renewal")
    assert told.advice[1] == (
        "The VAI number changes with each add-on, upgrade or renewal: quote the newest one."
    )


def test_it_is_said_in_spanish() -> None:
    with override("es"):
        assert to_quote(Outcome.NEW, (Action.ADD, Action.RENEW)) == (
            "Indíquelo hasta que la próxima ampliación o renovación para este sitio lo reemplace."
        )
        assert to_quote_now(()) == "El mismo para todos los pedidos. Indíquelo siempre."
