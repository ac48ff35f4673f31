"""The answer while the database can't be reached: 503, with the time to try again.

It is Django's handler of errors, so that it answers for every view, middleware and error page. This
module reads no database.
"""

import logging
import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_AFTER = 30  # seconds
# PostgreSQL: connection exceptions, stopped or starting, no connection left. An error without a
# code means that the client could not connect.
_AWAY = ("08", "57P01", "57P02", "57P03", "53300")
_SQLITE_AWAY = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR")

logger = logging.getLogger(__name__)


def error_page(request: HttpRequest) -> HttpResponse:
    """Called while the error is being handled."""
    error = sys.exc_info()[1]
    if error is None or not is_away(error):
        return server_error(request)
    # The error's text names hosts and users, and each request until recovery would log a traceback.
    logger.error("database away", extra={"error": type(error).__name__})
    page = render_to_string("503.html")
    answer = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer["Retry-After"] = str(RETRY_AFTER)
    vars(answer)["_has_been_logged"] = True  # otherwise Django logs the traceback
    return answer


def is_away(error: BaseException) -> bool:
    """Whether the database is away. A deadlock or a missing table is an error like others."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if name := getattr(cause, "sqlite_errorname", ""):
        return str(name).startswith(_SQLITE_AWAY)
    state = getattr(cause, "sqlstate", None)
    return state is None or str(state).startswith(_AWAY)
