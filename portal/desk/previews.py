"""Previews of every mail that we send, with sample data, in every language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from notifications.confirmation import samples  # noqa: F401 - they register their samples
from notifications.notices import samples as notice_samples  # noqa: F401 - they register their samples
from notifications.samples import SAMPLES, Sample
from portal.accounts import samples as account_samples  # noqa: F401 - registers its samples
from portal.order.downloads import MAIL_POLICY
from portal.web.requests import user_of

SEES = "notifications.view_confirmation"  # the permission to read real ones
DOWNLOAD_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    path: str


@require_safe
def mail_previews(request: HttpRequest) -> HttpResponse:
    _permitted(request)
    context = _frame(request, _("Mail previews")) | {"samples": list(SAMPLES.values())}
    return render(request, "admin/previews/list.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it passes arguments on
def mail_preview(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    sample, mail = _sample(request, kind, language)
    context = _frame(request, str(sample.title)) | {
        "sample": sample,
        "mail": mail,
        "language": language,
        "has_html": html_of(mail) is not None,
        "attachments": [
            Attachment(
                _name(part, number),
                reverse("admin:mail_preview_attachment", args=[kind, language, number]),
            )
            for number, part in enumerate(mail.attachments)
        ],
    }
    return render(request, "admin/previews/mail.html", context)


@require_safe
@xframe_options_sameorigin
def mail_preview_html(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    _, mail = _sample(request, kind, language)
    html = html_of(mail)
    if html is None:
        raise Http404
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


@require_safe
def mail_preview_attachment(
    request: HttpRequest, kind: str, language: str, number: int
) -> HttpResponse:
    """The attachment as a download, as in a mail."""
    mail = _sample(request, kind, language)[1]
    try:
        part = mail.attachments[number]
    except IndexError:
        raise Http404 from None
    _, content, media_type = part
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "Content-Disposition": f'attachment; filename="{_name(part, number)}"',
        },
    )


def urls(desk: Callable[..., Any]) -> list[URLPattern]:
    """The addresses of the previews. `desk` is the site's guard of its views."""
    one = "mail-previews/<slug:kind>/<slug:language>/"
    return [
        path("mail-previews/", desk(mail_previews), name="mail_previews"),
        path(one, desk(mail_preview), name="mail_preview"),
        path(f"{one}html/", desk(mail_preview_html), name="mail_preview_html"),
        path(f"{one}<int:number>/", desk(mail_preview_attachment), name="mail_preview_attachment"),
    ]


def _permitted(request: HttpRequest) -> None:
    if not user_of(request).has_perm(SEES):
        raise PermissionDenied


def _sample(request: HttpRequest, kind: str, language: str) -> tuple[Sample, EmailMessage]:
    _permitted(request)
    if kind not in SAMPLES or language not in dict(settings.LANGUAGES):
        raise Http404
    return SAMPLES[kind], SAMPLES[kind].mail(language)


def html_of(mail: EmailMessage) -> str | None:
    parts = mail.alternatives if isinstance(mail, EmailMultiAlternatives) else []
    return next((str(content) for content, kind in parts if kind == "text/html"), None)


def _name(part: Any, number: int) -> str:
    """The file name of an attachment; our own names have no quotes."""
    return str(part[0] or f"attachment-{number + 1}")


def _frame(request: HttpRequest, title: str) -> dict[str, Any]:
    languages = [(code, name) for code, name in settings.LANGUAGES]
    return {**admin.site.each_context(request), "title": title, "languages": languages}
