"""The language of a page: the user's, else one chosen in this browser, else the browser's."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from companies import actions
from companies.models import User
from companies.text_fields import TextFormField

SESSION_KEY = "language"  # chosen on the way to the log-in
MAX_PATH = 2000  # characters


def own_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Sets the user's language. Runs after Django's middleware, which reads cookie and browser."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        response = get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("The language of all pages and, once you are logged in, of your mail."),
        error_messages={
            "required": _("Choose a language."),
            "invalid_choice": _("Choose one of the languages in the list."),
        },
    )
    back = TextFormField(required=False, max_length=MAX_PATH, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """The page to choose a language. The buttons below all pages send their choice here, too."""
    form = LanguageForm(request.POST if request.method == "POST" else None, initial=_asked(request))
    if not form.is_valid():
        return render(request, "account/language.html", {"form": form})
    chosen = form.cleaned_data["language"]
    response = redirect(_way_back(request, form.cleaned_data["back"]))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    if isinstance(request.user, User):
        actions.choose_language(request.user, language=chosen, by=request.user)
    else:
        request.session[SESSION_KEY] = chosen
    return response


def _asked(request: HttpRequest) -> dict[str, str]:
    """The language that a link carries, so that its reader can read the page."""
    asked = request.GET.get("language", "")
    if asked in dict(settings.LANGUAGES):
        translation.activate(asked)
    return {"language": translation.get_language(), "back": request.GET.get("back", "")}


def _way_back(request: HttpRequest, path: str) -> str:
    """The address to return to, if it is on this site."""
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(path, here, require_https=request.is_secure())
    return path if is_ours else "account_language"


def keep_choice(request: HttpRequest | None, user: User, **_signal: Any) -> None:
    """Saves at log-in the language that the user chose just before."""
    chosen = request.session.pop(SESSION_KEY, None) if request is not None else None
    if chosen is not None:
        actions.choose_language(user, language=chosen, by=user)
