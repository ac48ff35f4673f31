"""What views know of a request."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from companies.models import User

MAX_QUERY = 120  # characters that are searched for


def user_of(request: HttpRequest) -> User:
    """The logged-in user; for views behind `login_required`."""
    if isinstance(request.user, AnonymousUser):
        raise TypeError("This view must ask for a log-in.")
    return request.user


def reference_in(request: HttpRequest, name: str) -> str:
    """The reference in that part of the query; empty for what can't be one, like a NUL byte."""
    text = request.GET.get(name, "")
    return text if text.isascii() and text.isalnum() else ""


def query_of(request: HttpRequest) -> str:
    """What was typed into a search box, without what can't be seen, like NUL bytes.

    A blank of another kind, as in names that were copied, stays a blank.
    """
    blanks = (" " if each.isspace() else each for each in request.GET.get("q", ""))
    return "".join(filter(str.isprintable, blanks)).strip()[:MAX_QUERY]
