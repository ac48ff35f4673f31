"""Logs as data: one line for each event, without anything private.

FIELDS lists the fields that code may add to a line. Mail addresses, serial numbers and the rows
that a database quotes in its errors are removed from every line, tracebacks included.
"""

import logging
import re

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# The fields allowed in `extra=`. Other attributes of a record are left out: Django adds whole
# requests.
FIELDS = (
    *("method", "path", "status", "duration_ms"),
    *("message_id", "attempt", "error", "next_try", "mails"),
    *("waiting", "oldest_seconds", "not_delivered"),
    *("account", "factor", "company", "view"),
    *("letters", "language"),
    *("installation", "confirmation"),  # which one, by no name and no serial
)

PRIVATE = (
    # <0f3a…@vendor.example> is a Message-ID; any other word with an @ in it is an address.
    (
        re.compile(r"(<[0-9a-f]{32}@[^\s>]+>)|[^\s<>()\[\]\"'=,;/]+@[^\s<>()\[\]\"',;:/]+"),
        lambda found: found[1] or "[address]",
    ),
    (re.compile(r"\b[a-z]{2,8}(?:-[0-9a-z]{4}){4}\b", re.IGNORECASE), lambda _: "[serial]"),
    # PostgreSQL quotes a row that it refuses.
    (re.compile(r"DETAIL:.*?(?=\n\n|\Z)", re.DOTALL), lambda _: "DETAIL: [left out]"),
)


def formatter(*, as_json: bool) -> logging.Formatter:
    """For the settings: JSON for machines, or lines for people."""
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
    """Adds the number of the worker."""
    event["pid"] = event["_record"].process
    return event


def _hide_path(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hides the path, secret parts included, at the end of Django's messages about a request."""
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
