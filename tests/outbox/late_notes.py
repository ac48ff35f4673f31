"""A mail worker that notes its answers later than it should: python -m tests.outbox.late_notes.

The control of a test: it notes what the server answered after the last mail of a batch, not before
the next one.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django
from django.core.management import execute_from_command_line

django.setup()

from outbox import actions  # noqa: E402 - Django is set up first
from outbox.models import Message  # noqa: E402

note, give_back = actions._note, actions.give_back
held: list[Callable[[], bool]] = []


def note_later(message: Message, **outcome: Any) -> bool:
    held.append(partial(note, message, **outcome))
    return True


def note_all(messages: Sequence[Message]) -> None:
    for each in held:
        each()
    held.clear()
    give_back(messages)


if __name__ == "__main__":
    actions._note, actions.give_back = note_later, note_all
    execute_from_command_line(["manage.py", "deliver_mail", *sys.argv[1:]])
