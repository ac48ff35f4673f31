"""The one answer to too many tries: status 429, `Retry-After`, and a text that says what to do.

A page that keeps what was typed says it beside the field or above the form. The view makes that
page as always and calls `say`; whatever has no such page is answered by `refusal`.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from companies.models import User
from limits.wording import wait


@dataclass(frozen=True, slots=True)
class Said:
    seconds: int  # until the next try is looked at
    account: User | None  # the account that was tried, without a log-in


def say(request: HttpRequest, seconds: int, *, account: User | None = None) -> None:
    """The page that answers this request says that it was too many; 0 seconds: it was not."""
    if seconds:
        request.too_many_tries = Said(seconds, account)  # type: ignore[attr-defined]  # for `as_said`


def said(request: HttpRequest) -> Said | None:
    return getattr(request, "too_many_tries", None)


def as_said(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Every response goes through here."""
    found = said(request)
    return _refused(response, found.seconds) if found else response


def refusal(request: HttpRequest, seconds: int, text: str = "") -> HttpResponse:
    """A page of its own, or the sentence alone where htmx asks for a part of a page."""
    template = "parts/too_many_tries.html" if getattr(request, "htmx", False) else "429.html"
    sent = request.method == "POST"
    context = {"wait": wait(seconds), "text": text, "sent": sent}
    return _refused(render(request, template, context), seconds)


def _refused(response: HttpResponse, seconds: int) -> HttpResponse:
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS.value  # plain, for the log
    response["Retry-After"] = str(seconds)
    return response
