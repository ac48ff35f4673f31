"""Counting tries: exact, for a whole window, outside of transactions, and in a bounded table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from limits import counters, sweeping
from limits.counters import CountedInATransaction
from limits.declared import ALL, Limit, Per, Window
from limits.models import Counter
from tests.cast import NOW
from tests.tries import add_foreign

pytestmark = pytest.mark.both_databases

FIVE = Limit("five", Per.KEY, (Window(5, 60),))
TWO_WINDOWS = Limit("two", Per.KEY, (Window(2, 60), Window(3, 3600)))
THREADS, EACH = 8, 5


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def is_over(limit: Limit, *subject: object, once: str = "") -> bool:
    return bool(counters.count(limit.of(*subject, once=once)).over)


def test_as_many_as_the_limit_are_within_it(db: None) -> None:
    assert [is_over(FIVE, "me") for _ in range(7)] == [False] * 5 + [True] * 2
    assert not is_over(FIVE, "you")


def test_a_window_ends_its_length_after_the_first_try_whatever_comes_between(
    db: None, clock: time_machine.Traveller
) -> None:
    for _ in range(59):
        is_over(FIVE, "me")
        clock.shift(1)
    assert is_over(FIVE, "me")
    clock.shift(2)
    assert [is_over(FIVE, "me") for _ in range(6)] == [False] * 5 + [True]


def test_each_window_of_a_limit_holds(db: None, clock: time_machine.Traveller) -> None:
    assert [is_over(TWO_WINDOWS, "me") for _ in range(3)] == [False, False, True]
    clock.shift(61)
    assert is_over(TWO_WINDOWS, "me")  # the fourth within an hour
    clock.shift(3600)
    assert not is_over(TWO_WINDOWS, "me")


def test_it_tells_how_long_to_wait(db: None, clock: time_machine.Traveller) -> None:
    for _ in range(6):
        verdict = counters.count(FIVE.of("me"))
    assert verdict.seconds == 60
    clock.shift(50)
    assert counters.count(FIVE.of("me")).seconds == 10


def test_all_windows_of_all_tries_are_one_statement(db: None) -> None:
    tries = [TWO_WINDOWS.of("me"), TWO_WINDOWS.of("you"), FIVE.of("me", once="text")]
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            counters.count(*tries)
        assert len(captured) == 1


def test_the_same_text_counts_once_in_a_window(db: None, clock: time_machine.Traveller) -> None:
    for text in ("a", "b", "a", "b", "c", "d", "e", "e"):
        assert not is_over(FIVE, "me", once=text)
    assert is_over(FIVE, "me", once="f")
    assert is_over(FIVE, "me", once="a")  # by now all are too many
    assert not is_over(FIVE, "you", once="a")
    clock.shift(61)
    assert not is_over(FIVE, "me", once="a")


def test_what_was_none_is_given_back_to_its_own_window_only(
    db: None, clock: time_machine.Traveller
) -> None:
    first = counters.count(FIVE.of("me"))
    counters.give_back(first.counted)
    assert [is_over(FIVE, "me") for _ in range(6)] == [False] * 5 + [True]
    clock.shift(61)
    is_over(FIVE, "me")
    counters.give_back(first.counted)  # late: that window is over
    assert [is_over(FIVE, "me") for _ in range(5)] == [False] * 4 + [True]


def test_looking_counts_nothing_and_a_forgotten_one_begins_anew(db: None) -> None:
    for _ in range(5):
        is_over(FIVE, "me")
    assert [each.is_used_up for each in counters.peek(FIVE.of("me")).counted] == [True]
    assert [each.count for each in counters.peek(FIVE.of("me")).counted] == [5]
    counters.forget(FIVE.of("me"))
    assert not is_over(FIVE, "me")


def test_the_table_holds_no_address_and_no_serial(db: None) -> None:
    counters.count(FIVE.of("192.0.2.7", "somebody@dealer.example", once="ISS-7K3M"))
    [row] = Counter.objects.values()
    held = " ".join(map(str, row.values())).lower()
    assert not [each for each in ("192.0", "somebody", "iss-7", "7k3m") if each in held]


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "%s", "' OR 1=1", "é" * 5000, "a b", ""])
def test_any_subject_and_any_text_is_counted(db: None, odd: str) -> None:
    assert [is_over(FIVE, odd, once=f"{odd}{n}") for n in range(6)] == [False] * 5 + [True]


def test_names_are_their_own_and_what_is_typed_is_no_other_subject() -> None:
    assert len({each.name for each in ALL}) == len(ALL)
    assert all(each.windows and len(each.name) <= 30 for each in ALL)
    assert FIVE.of("a", "b c") == FIVE.of("a", "b", "c")  # so what is typed comes last


# In a transaction ---------------------------------------------------------------------------


ASKS: dict[str, Callable[[], Any]] = {
    "count": lambda: counters.count(FIVE.of("me")),
    "give back": lambda: counters.give_back([]),
    "forget": lambda: counters.forget(FIVE.of("me")),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=list(ASKS))
def test_asking_in_a_transaction_raises(db: None, ask: Callable[[], Any]) -> None:
    """The test itself is in one, which counts as little as for `atomic(durable=True)`."""
    ask()
    with transaction.atomic(), pytest.raises(CountedInATransaction):
        ask()


@pytest.mark.django_db(transaction=True)
def test_it_raises_there_in_a_real_one_as_well() -> None:
    with transaction.atomic(), pytest.raises(CountedInATransaction):
        counters.count(FIVE.of("me"))
    counters.count(FIVE.of("me"))
    assert [each.count for each in counters.peek(FIVE.of("me")).counted] == [1]


# At once ------------------------------------------------------------------------------------


def at_once(ask: Callable[[], bool]) -> int:
    """How many of many at once are let through."""
    let_in: list[bool] = []
    barrier = threading.Barrier(THREADS)

    def work() -> None:
        try:
            barrier.wait()
            let_in.extend(ask() for _ in range(EACH))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(let_in)


@pytest.mark.django_db(transaction=True)
def test_no_more_than_the_limit_pass_at_once() -> None:
    assert at_once(lambda: not is_over(FIVE, "me")) == 5


@pytest.mark.django_db(transaction=True)
def test_control_reading_and_then_writing_lets_more_pass() -> None:
    """As with a cache: everybody reads before the first one has written."""
    all_have_read = threading.Barrier(THREADS)

    def read_then_write() -> bool:
        within = not any(each.is_used_up for each in counters.peek(FIVE.of("me")).counted)
        all_have_read.wait()
        if within:
            is_over(FIVE, "me")
        return within

    assert at_once(read_then_write) >= THREADS > 5


@pytest.mark.django_db(transaction=True)
def test_many_of_several_at_once_never_wait_for_each_other_in_a_circle() -> None:
    tries = [FIVE.of(number) for number in range(20)]

    def ask() -> bool:
        mine = tries if threading.get_ident() % 2 else tries[::-1]
        counters.give_back(counters.count(*mine).counted)
        return True

    assert at_once(ask) == THREADS * EACH


# The table ----------------------------------------------------------------------------------


def test_the_command_deletes_what_is_over_and_says_how_many(
    db: None, clock: time_machine.Traveller, capsys: pytest.CaptureFixture[str]
) -> None:
    is_over(TWO_WINDOWS, "me")
    clock.shift(120)
    call_command("sweep_limits")
    assert capsys.readouterr().out == "1 counters were over, 0 were too many.\n"
    assert Counter.objects.count() == 1
    call_command("sweep_limits")
    assert capsys.readouterr().out == ""


def test_endless_keys_push_out_each_other_and_nobody_who_is_held(db: None) -> None:
    for _ in range(6):
        is_over(FIVE, "held")
    is_over(TWO_WINDOWS, "other limit")
    add_foreign(FIVE, 750)
    assert sweeping.sweep(most=100) == sweeping.Swept(0, 651)
    assert Counter.objects.filter(kind="five").count() == 100
    assert Counter.objects.filter(kind="two").count() == 2
    assert is_over(FIVE, "held")


def test_without_the_command_the_table_is_bounded_too(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = sweeping.sweep.__defaults__
    monkeypatch.setattr(sweeping.sweep, "__defaults__", (1500,))
    assert most == (sweeping.MOST,)
    add_foreign(FIVE, 5000)
    assert Counter.objects.count() <= 1500 + counters.NEW_UNTIL_SWEPT


def test_sweeping_waits_for_nobody_and_leaves_what_somebody_counts(db: None) -> None:
    add_foreign(FIVE, 250)
    with time_machine.travel(time.time() + 3600, tick=False), _no_more_than(4):
        sweeping.sweep()
    assert not Counter.objects.exists()


@contextmanager
def _no_more_than(statements: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    ours = [each for each in captured if "SAVEPOINT" not in each["sql"]]
    assert len(ours) <= statements, ours
