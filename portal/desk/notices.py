"""The runs of `manage.py send_notices`, and the mails that each of them sent."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from notifications.models.notices import NoticeRun
from portal.desk.read_only import ReadOnlyAdmin
from portal.templatetags.portal import moment, tag

MAILS_SHOWN = 200


@admin.register(NoticeRun)
class NoticeRunAdmin(ReadOnlyAdmin):
    list_display = ("started", "ended", "outcome", "installations", "mails", "failures", "host")
    ordering = ("-pk",)
    list_per_page = 50
    fields = list_display
    readonly_fields = fields
    change_form_template = "admin/notifications/noticerun/change_form.html"

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, run: NoticeRun) -> str:
        return moment(run.started_at)

    @admin.display(description=_("ended"), ordering="ended_at")
    def ended(self, run: NoticeRun) -> str:
        return moment(run.ended_at)

    @admin.display(description=_("outcome"))
    def outcome(self, run: NoticeRun) -> str:
        if run.ended_at is None:
            return tag("warning", _("Not ended"))
        return tag("warning", _("Failed in part")) if run.failures else tag("issued", _("Done"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        run: NoticeRun = context["original"]
        mails = run.notice_mails.select_related("installation")
        shown = list(mails.order_by("pk")[: MAILS_SHOWN + 1])
        context |= {
            "title": _("Run of notices"),
            "subtitle": None,
            "told": shown[:MAILS_SHOWN],
            "more_told": len(shown) > MAILS_SHOWN,
        }
        return super().render_change_form(request, context, *args, **kwargs)
