"""Serial numbers can't be guessed: another company's is answered like one that never was."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from itertools import groupby

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from companies.models import User
from licensing.actions import import_installation
from licensing.models import Family, Serial
from licensing.serial_numbers import ALPHABET, check_character, mint, written
from limits.declared import GUESSES
from orders.models import Order
from orders.placement import Quote
from orders.quoting.identify import identify, resolve
from orders.rules.problems import OrderRefused, SerialNotFound
from tests.cast import NOW, Cast
from tests.customers.order_form import errors, values
from tests.kept_rows import kept
from tests.statements import shapes

TRIES = 10_000
AT_ONCE = 250  # in one look-up, so that it goes fast
HTTP_GUESSES = 300


@kept
def theirs(cast: Cast) -> list[str]:
    """Serials of Harbor's, current and replaced, ours and from elsewhere; none is Summit's."""
    vai = cast.site(ISS_Expert=1, VS_ES1=1).serials.get(family="VAI")
    cast.issue(cast.order_existing(vai.number, VS_ES1=2))
    import_installation(
        company=cast.harbor,
        site_name="Old Mill",
        serials={Family.objects.get(pk="ISS"): "2019-004417-B"},
        by=cast.sales,
        at=NOW,
    )
    cast.issue(cast.order_new("Pier 1", company=cast.summit, by=cast.outsider))
    harbor = Serial.objects.filter(installation__company=cast.harbor)
    return list(harbor.values_list("number", flat=True))


def guesses(theirs: list[str], count: int) -> Iterator[str]:
    """Half of them could be right by their check character; every fifth is a real one."""
    chance = random.Random(4711)
    while count:
        count -= 1
        number = mint(chance.choice(["ISS", "VAI"])) if count % 2 else _any_number(chance)
        yield chance.choice(theirs) if count % 5 == 0 else number


def _any_number(chance: random.Random) -> str:
    return written("ISS", "".join(chance.choices(ALPHABET, k=16)))


def test_ten_thousand_guesses_find_nothing(cast: Cast, theirs: list[str]) -> None:
    quotes = [Quote("ISS", text) for text in guesses(theirs, TRIES)]
    real = [quote for quote in quotes if quote.text in theirs]
    assert len(real) == TRIES // 5
    batches = [quotes[at : at + AT_ONCE] for at in range(0, TRIES, AT_ONCE)]
    found = [identify(batch, company=cast.summit).found for batch in batches]
    assert found == [{}] * len(batches)
    assert identify(real, company=cast.harbor).unknown == []  # who may see them finds them all


def shapes_of(cast: Cast, text: str) -> list[str]:
    """The statements of a look-up, with what was quoted left out."""
    with CaptureQueriesContext(connection) as captured, pytest.raises(OrderRefused) as refusal:
        resolve([Quote("ISS", text)], company=cast.summit)
    assert [type(problem) for problem in refusal.value.problems] == [SerialNotFound]
    return shapes(captured)


def test_unknown_and_foreign_ones_are_looked_up_by_the_same_statements(
    cast: Cast, theirs: list[str]
) -> None:
    unknown = shapes_of(cast, mint("ISS"))
    assert len(unknown) == 2  # the look-up, and what is near
    for text in theirs:
        assert shapes_of(cast, text) == unknown


# Over HTTP ---------------------------------------------------------------------------------


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def guess(client: Client, cast: Cast, text: str) -> tuple[int, list[str], list[str]]:
    """Status, error texts and statements of an order that quotes it."""
    company = str(cast.summit.pk)
    data = values(kind="existing", serial_ISS=text, company=company, submission=str(uuid.uuid4()))
    with CaptureQueriesContext(connection) as captured:
        response = client.post("/orders/new/", data)
    return response.status_code, errors(response), shapes(captured)


@pytest.mark.siege
def test_two_hundred_orders_that_guess_are_answered_alike_and_then_limited(
    cast: Cast, theirs: list[str]
) -> None:
    """Real ones among them or not: the same status, text and statements, until it is too many."""
    client = client_of(cast.outsider)
    foreign = [number for number in theirs if number.startswith("ISS-")]
    tried = [mint("ISS") if each % 3 else foreign[0] for each in range(HTTP_GUESSES)]
    with time_machine.travel(timezone.now(), tick=False):  # all within one minute, however slow
        answers = [guess(client, cast, text) for text in tried]
    phases = [list(same) for _, same in groupby(answers, key=lambda answer: answer[:2])]
    assert [same.count(same[0]) for same in phases] == [len(same) for same in phases]
    not_found, too_many, refused = (same[0] for same in phases)
    assert not_found[1][0].startswith("No installation of yours has this serial number.")
    assert too_many[1][0].startswith("Too many serial numbers that were not found.")
    assert refused[0] == 429
    assert len(set(tried[: len(phases[0])])) == GUESSES.windows[0].tries
    assert not Order.objects.filter(company=cast.summit, kind="existing").exists()


def test_mistyped_ones_are_told_by_their_check_character_alone(
    cast: Cast, theirs: list[str]
) -> None:
    """One wrong character in a foreign serial says no more than in one that never was."""
    client = client_of(cast.outsider)
    real = next(number for number in theirs if number.startswith("ISS-"))
    answers = [guess(client, cast, mistyped(number)) for number in (real, mint("ISS"))]
    assert answers[0] == answers[1]
    assert "typing error" in answers[0][1][0]


def mistyped(number: str) -> str:
    characters = number.removeprefix("ISS-").replace("-", "")
    wrong = next(each for each in ALPHABET if each != check_character(characters[:-1]))
    return written("ISS", characters[:-1] + wrong)
