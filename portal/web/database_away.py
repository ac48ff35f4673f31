"""What is answered while the database can't be reached: 503, and when to try again.

It is Django's handler of errors, so that it answers for every view, middleware and error page;
nothing here reads the database.
"""

import logging
import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_AFTER = 30  # seconds
# PostgreSQL: connection exceptions, stopped or starting, no connection left. Where there is no
# code at all, it was the client that found nobody.
_AWAY = ("08", "57P01", "57P02", "57P03", "53300")
_SQLITE_AWAY = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR")

logger = logging.getLogger(__name__)


def error_page(request: HttpRequest) -> HttpResponse:
    """The error is being handled while this is called."""
    error = sys.exc_info()[1]
    if error is None or not is_away(error):
        return server_error(request)
    # Its text names hosts and users, and its traceback comes with each request until it is back.
    logger.error("database away", extra={"error": type(error).__name__})
    page = render_to_string("503.html")
    answer = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer["Retry-After"] = str(RETRY_AFTER)
    vars(answer)["_has_been_logged"] = True  # or Django adds the traceback
    return answer


def is_away(error: BaseException) -> bool:
    """Not a deadlock or a missing table, which are errors like others."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if name := getattr(cause, "sqlite_errorname", ""):
        return str(name).startswith(_SQLITE_AWAY)
    state = getattr(cause, "sqlstate", None)
    return state is None or str(state).startswith(_AWAY)
