"""A process that is killed at a step: `python -m tests.notifications.dying STEP COMMAND…`.

`--halved` before the command takes its transactions away, as a control.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import django
from django.core.management import execute_from_command_line

# The name of a function, and whether the kill comes before it or after it.
STEPS = {
    "begun": ("notifications.confirmation.writing.write", "before"),
    "drawn": ("notifications.confirmation.writing._keep", "before"),
    "copied": ("notifications.confirmation.writing._end_tries", "before"),
    "given to its mails": ("notifications.confirmation.writing._freeze", "after"),
    "kept": ("notifications.confirmation.writing._keep", "after"),
    "asked for by a mail": ("outbox.actions.mime_of", "before"),
    "put together": ("outbox.actions.mime_of", "after"),
}


def main(step: str, *command: str) -> None:
    django.setup()
    from django.db import transaction  # noqa: PLC0415 - after the settings are read

    if command[0] == "--halved":
        command = command[1:]
        vars(transaction)["atomic"] = lambda *_, **__: nullcontext()
    path, when = STEPS[step]
    module_name, _, name = path.rpartition(".")
    __import__(module_name)
    module = sys.modules[module_name]
    setattr(module, name, deadly(getattr(module, name), when))
    execute_from_command_line(["manage.py", *command])


def deadly(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    def last(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return last


if __name__ == "__main__":
    main(*sys.argv[1:])
