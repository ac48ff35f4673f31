"""Keeps the text typed into a form whose session has ended, and restores it after the log-in.

Such a form names its user by a signed value. When it is sent without a log-in, its text waits in
the session of that browser, where only that browser can put text, and fills the form once the same
user has logged in there. Nothing is done with it until the user presses the button again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.forms import BaseForm, FileField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from companies.models import User

FIELD = "written_by"
WAITING = "typed"  # in the session: a list, the newest last
MAX_FORMS = 3  # waiting forms of a browser
MAX_BYTES = 64 * 1024  # of a form
LIVES = 12 * 60 * 60  # seconds that the text waits for the log-in
_SALT = "portal.typed"
_NOT_TYPED = {FIELD, "csrfmiddlewaretoken"}

View = Callable[..., HttpResponse]
Form = TypeVar("Form", bound=BaseForm)


def token_for(user: User, page: str) -> str:
    """The signed value for a form of that user, shown on that page."""
    return signing.dumps([user.pk, page], salt=_SALT)


def writer_of(request: HttpRequest) -> tuple[User, str] | None:
    """The user and the page of a form sent without a log-in; nothing if the value is not signed."""
    if request.method != "POST" or request.user.is_authenticated:
        return None
    token, longest = request.POST.get(FIELD, ""), settings.SESSION_COOKIE_AGE
    try:
        key, page = signing.loads(token, salt=_SALT, max_age=longest)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=key, is_active=True).first()
    return (user, page) if user else None


def kept(view: View) -> View:
    """Wraps a view outside of its log-in check: the text waits, and the log-in leads back to it."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        writer = writer_of(request)
        if writer is None:
            return view(request, *args, **kwargs)
        user, page = writer
        _wait(request, user)
        return led_to_log_in(request, page)

    return inner


def led_to_log_in(request: HttpRequest, page: str) -> HttpResponse:
    """Redirects to the log-in; after a request of htmx the whole page goes there."""
    answer = redirect_to_login(page)
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": answer.url})
    return answer


def taken(request: HttpRequest, path: str = "") -> QueryDict | None:
    """The text that waits for this user and this form, once. The form's target address names it."""
    waiting = request.session.get(WAITING)
    if request.method != "GET" or not waiting or not request.user.is_authenticated:
        return None
    sent_to = path or request.path
    found = [each for each in waiting if each["path"] == sent_to and _is_for(request.user, each)]
    request.session[WAITING] = [each for each in waiting if each not in found]
    if not found:
        return None
    messages.warning(
        request,
        _("You were logged out before this was sent. What you typed is here: send it once more."),
    )
    return _as_typed(found[-1]["data"])


def filled_in(request: HttpRequest, form: Form, path: str = "") -> Form:
    """The form, not sent yet, filled with the text that waits for it."""
    data = None if form.is_bound else taken(request, path)
    if data is not None:
        fill_in(form, data)
    return form


def fill_in(form: BaseForm, data: QueryDict) -> None:
    for name, field in form.fields.items():
        if not isinstance(field, FileField):
            form.initial[name] = field.widget.value_from_datadict(data, {}, form.add_prefix(name))


def forget_others(request: HttpRequest | None, user: User, **_signal: Any) -> None:
    """Removes other users' forms from the session at each log-in."""
    if request is not None and WAITING in request.session:
        mine = [each for each in request.session[WAITING] if _is_for(user, each)]
        request.session[WAITING] = mine


def _wait(request: HttpRequest, user: User) -> None:
    data = {name: request.POST.getlist(name) for name in request.POST.keys() - _NOT_TYPED}
    if sum(len(text) for values in data.values() for text in values) > MAX_BYTES:
        return
    this = {"user": user.pk, "path": request.path, "data": data, "at": int(time.time())}
    others = [each for each in request.session.get(WAITING, []) if each["path"] != request.path]
    request.session[WAITING] = [*others, this][-MAX_FORMS:]


def _is_for(user: Any, waiting: dict[str, Any]) -> bool:
    return bool(waiting["user"] == user.pk and time.time() - waiting["at"] < LIVES)


def _as_typed(data: dict[str, list[str]]) -> QueryDict:
    typed = QueryDict(mutable=True)
    for name, values in data.items():
        typed.setlist(name, values)
    return typed
