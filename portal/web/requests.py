"""Values that views read from a request."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from companies.models import User

MAX_QUERY = 120  # characters of a search
MAX_DIGITS = 9


def user_of(request: HttpRequest) -> User:
    """The logged-in user; for views behind `login_required`."""
    if isinstance(request.user, AnonymousUser):
        raise TypeError("This view must ask for a log-in.")
    return request.user


def reference_in(request: HttpRequest, name: str) -> str:
    """The reference in that part of the query; empty for an impossible one, like a NUL byte."""
    text = request.GET.get(name, "")
    return text if text.isascii() and text.isalnum() else ""


def number_in(request: HttpRequest, name: str) -> int:
    """The number in that part of the query; 0 for all else."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else 0


def query_of(request: HttpRequest) -> str:
    """The text of a search box, without invisible characters like NUL bytes.

    Other kinds of blanks, as in copied names, become plain blanks.
    """
    blanks = (" " if each.isspace() else each for each in request.GET.get("q", ""))
    return "".join(filter(str.isprintable, blanks)).strip()[:MAX_QUERY]
