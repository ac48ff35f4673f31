"""Logs as data: one line for each event, and nothing private in any of them.

What code may add to a line is listed in FIELDS. Mail addresses, serial numbers and the rows
that a database quotes in its errors are taken out of everything, tracebacks included.
"""

import logging
import re

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What may be added by `extra=`. Anything else that comes with a record stays out: Django
# hands over whole requests.
FIELDS = (
    *("method", "path", "status", "duration_ms"),
    *("message_id", "attempt", "error", "next_try", "mails"),
    *("waiting", "oldest_seconds", "not_delivered"),
    *("account", "factor", "company", "view"),
)

PRIVATE = (
    # <0f3a…@vendor.example> is a Message-ID; any other word with an @ in it is an address.
    (
        re.compile(r"(<[0-9a-f]{32}@[^\s>]+>)|[^\s<>()\[\]\"'=,;/]+@[^\s<>()\[\]\"',;:/]+"),
        lambda found: found[1] or "[address]",
    ),
    (re.compile(r"\b[a-z]{2,8}(?:-[0-9a-z]{4}){4}\b", re.IGNORECASE), lambda _: "[serial]"),
    # PostgreSQL quotes the row that it does not take.
    (re.compile(r"DETAIL:.*?(?=\n\n|\Z)", re.DOTALL), lambda _: "DETAIL: [left out]"),
)


def formatter(*, as_json: bool) -> logging.Formatter:
    """For the settings: JSON for machines, or lines that a person reads."""
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        plain = structlog.dev.plain_traceback  # others show local variables
        renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_process,
            _hide_path,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_private,
            renderer,
        ],
    )


def _add_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Which of the workers it was."""
    event["pid"] = event["_record"].process
    return event


def _hide_path(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django ends what it says about a request with its path, secret parts included."""
    if request := getattr(event["_record"], "request", None):
        event["event"] = event["event"].replace(request.path, "[path]")
    return event


def hide_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _hidden(value) for name, value in event.items()}


def _hidden(value: object) -> object:
    if not isinstance(value, str):
        return value
    for pattern, instead in PRIVATE:
        value = pattern.sub(instead, value)
    return value
