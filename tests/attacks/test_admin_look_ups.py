"""An attacker among the staff: an Auditor, who may look at all rows, wants to be an Administrator.

Neither mails nor password hashes are shown to an Auditor. But whatever a list answers differently
to a right guess and to a wrong one can be read letter by letter: so every trick is tried with the
beginning of the secret and with something else, and no answer may tell which was which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from companies.models import User
from outbox.models import Message
from tests.companies.mail import newest_mail, text_of
from tests.desk.staffed import Staffed
from tests.pages import settled

GUESSED = 8  # letters: more than anybody has by chance
LOOKUPS = ["__regex", "__iregex", "__startswith", "__contains", "__icontains", "__gte"]


class Attacker:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.tried = 0

    def learns(self, path: str, right: dict[str, str], wrong: dict[str, str]) -> bool:
        """Whether two answers differ by more than what was asked."""
        self.tried += 1
        return self.seen(path, right) != self.seen(path, wrong)

    def seen(self, path: str, query: dict[str, str]) -> tuple[Any, ...]:
        answer = self.client.get(path, query)
        text = answer.content.decode(errors="replace")
        for value in query.values():
            text = text.replace(value, "?")
        shown = settled(text, "href")
        return answer.status_code, answer.headers.get("Location", "").split("?")[0], shown


@pytest.fixture
def attacker(staffed: Staffed) -> Attacker:
    client = staffed.client("Auditor")
    client.raise_request_exception = False
    return Attacker(client)


@pytest.fixture
def administrator(staffed: Staffed) -> User:
    return staffed.users["Administrator"]


@pytest.fixture
def token(administrator: User) -> str:
    """The token of the link in a mail that waits; nothing else has it."""
    Client().post("/account/password/reset/", {"email": administrator.email})
    found = re.search(r"/reset/key/(\S+?)/", text_of(newest_mail()))
    assert found
    return found[1]


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def ways_to(target: type[Model], column: str) -> Iterator[tuple[str, str]]:
    """From each list to the column of that table: directly, and over one relation or two."""
    for model in admin.site._registry:
        if model is target:
            yield list_of(model), column
        for first in model._meta.get_fields(include_hidden=True):
            if first.related_model is target:
                yield list_of(model), f"{first.name}__{column}"
            if first.related_model is None or isinstance(first.related_model, str):
                continue
            for second in first.related_model._meta.get_fields(include_hidden=True):
                if second.related_model is target:
                    yield list_of(model), f"{first.name}__{second.name}__{column}"


def in_hex(text: str) -> str:
    """As PostgreSQL writes bytes."""
    return text.encode().hex()


@pytest.mark.siege
def test_the_link_in_a_private_mail_is_read_by_no_filter(attacker: Attacker, token: str) -> None:
    right, wrong = token[:GUESSED], "x" * GUESSED
    columns = ["raw", "+__raw", "privatecontent__raw", "content__raw", "record", "subject"]
    for column in columns:
        for lookup in LOOKUPS:
            for written in (str, in_hex):
                name, guesses = f"{column}{lookup}", (written(right), written(wrong))
                asked = [{name: guess} for guess in guesses]
                assert not attacker.learns(list_of(Message), *asked), name
    assert attacker.tried == 72


@pytest.mark.siege
def test_a_password_hash_is_read_by_no_filter_of_any_list(
    attacker: Attacker, administrator: User
) -> None:
    right = administrator.password[-GUESSED:]
    wrong = "x" * GUESSED
    tried = set()
    for path, column in ways_to(User, "password"):
        for lookup in ("__contains", "__regex"):
            tried.add(path)
            asked = [{f"{column}{lookup}": re.escape(guess)} for guess in (right, wrong)]
            assert not attacker.learns(path, *asked), (path, column)
    assert len(tried) >= 9  # lists that have to do with users
    assert attacker.tried > 60


@pytest.mark.siege
def test_neither_is_found_by_search_nor_by_order(
    attacker: Attacker, administrator: User, token: str
) -> None:
    password = administrator.password[-GUESSED:]
    for model in admin.site._registry:
        for secret in (token[:GUESSED], password):
            asked = [{"q": guess} for guess in (secret, "x" * GUESSED)]
            assert not attacker.learns(list_of(model), *asked), model
    before = attacker.seen(list_of(User), {"o": "password"})
    administrator.password = "a" * 20
    administrator.save()
    assert attacker.seen(list_of(User), {"o": "password"}) == before


def test_neither_is_told_by_a_popup(attacker: Attacker, administrator: User) -> None:
    """`_to_field` finds a row by the column that it names."""
    guesses = administrator.password, "x" * len(administrator.password)
    for column in ("password", "email", "full_name"):
        pages = [f"{list_of(User)}{quote(guess)}/change/" for guess in guesses]
        statuses = [
            attacker.client.get(page, {"_to_field": column, "_popup": "1"}).status_code
            for page in pages
        ]
        assert statuses == [400, 400]
        popup = attacker.client.get(list_of(User), {"_popup": "1", "_to_field": column})
        assert popup.status_code == 400


@pytest.mark.siege
def test_neither_is_suggested_to_a_chooser(
    attacker: Attacker, administrator: User, token: str
) -> None:
    for model in admin.site._registry:
        for field in model._meta.get_fields(include_hidden=True):
            source = {
                "app_label": model._meta.app_label,
                "model_name": str(model._meta.model_name),
                "field_name": field.name,
            }
            for secret in (token[:GUESSED], administrator.password[-GUESSED:]):
                asked = [source | {"term": guess} for guess in (secret, "x" * GUESSED)]
                assert not attacker.learns("/admin/autocomplete/", *asked), source


def test_control_a_difference_is_seen(attacker: Attacker, administrator: User) -> None:
    """A shown column may be asked for: the attacker's eyes are open."""
    assert attacker.learns(list_of(User), {"q": administrator.email}, {"q": "x" * GUESSED})
