"""The outbox: what became of every mail, and another try for what failed."""

from __future__ import annotations

import email
import email.policy
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from outbox import actions
from outbox.models import Message
from portal.desk.read_only import ReadOnlyAdmin
from portal.requests import user_of
from portal.templatetags.portal import moment, tag

RETRY = "outbox.retry_message"
TAGS = {  # how the state looks
    Message.State.QUEUED: "submitted",
    Message.State.SENDING: "review",
    Message.State.SENT: "issued",
    Message.State.FAILED: "rejected",
}
ERROR_SHOWN = 120  # characters in the list


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = (
        "subject_line",
        "to",
        "status",
        "attempts",
        "due",
        "error",
        "queued",
        "sent",
    )
    list_filter = ("state",)
    search_fields = ("subject", "recipients__icontains", "record", "message_id__exact")
    search_help_text = gettext_lazy("Part of a subject, an address or a record")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    actions = ("try_again",)
    fields = (
        "status",
        "to",
        "sender",
        "subject",
        "attempts",
        "due",
        "queued",
        "sent",
        "last_error",
        "record",
        "message_id",
        "text",
    )
    readonly_fields = fields
    change_form_template = "admin/outbox/message/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Without the content, which may be large; the page of one mail reads it."""
        return super().get_queryset(request).defer("raw")

    # Columns and fields

    @admin.display(description=gettext_lazy("subject"), ordering="subject")
    def subject_line(self, message: Message) -> str:
        return Truncator(message.subject).chars(80) or _("(no subject)")

    @admin.display(description=gettext_lazy("recipients"))
    def to(self, message: Message) -> str:
        return ", ".join(message.recipients)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def status(self, message: Message) -> str:
        return tag(TAGS[Message.State(message.state)], message.get_state_display())

    @admin.display(description=gettext_lazy("next try"), ordering="due_at")
    def due(self, message: Message) -> str:
        """For a mail that a worker has now: when another one may take it."""
        waits = message.state in (Message.State.QUEUED, Message.State.SENDING)
        return moment(message.due_at if waits else None)

    @admin.display(description=gettext_lazy("queued"), ordering="queued_at")
    def queued(self, message: Message) -> str:
        return moment(message.queued_at)

    @admin.display(description=gettext_lazy("sent"), ordering="sent_at")
    def sent(self, message: Message) -> str:
        return moment(message.sent_at)

    @admin.display(description=gettext_lazy("last error"), ordering="last_error")
    def error(self, message: Message) -> str:
        return Truncator(message.last_error).chars(ERROR_SHOWN)

    @admin.display(description=gettext_lazy("text"))
    def text(self, message: Message) -> str:
        """Of records only. Private mail, like a password reset, is nobody's business here."""
        if not message.record:
            return _("This mail is private. Its text is shown to nobody here.")
        return format_html('<pre class="slip" tabindex="0">{}</pre>', text_of(message))

    # Another try

    def get_urls(self) -> list[URLPattern]:
        retry = self.admin_site.admin_view(require_POST(self.retry))
        return [
            path("<int:pk>/retry/", retry, name="outbox_message_retry"),
            *super().get_urls(),
        ]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm(RETRY)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        message: Message = context["original"]
        failed = message.state == Message.State.FAILED
        context |= {
            "title": self.subject_line(message),
            "subtitle": None,
            "may_retry": failed and self.has_retry_permission(request),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=gettext_lazy("Try again to send"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        mails = list(chosen)
        queued = sum(self._retry(request, message) for message in mails)
        done = ngettext(
            "%(count)d mail is queued again.", "%(count)d mails are queued again.", queued
        )
        messages.success(request, done % {"count": queued})
        if left := len(mails) - queued:
            text = ngettext(
                "%(count)d has not failed and was left alone.",
                "%(count)d have not failed and were left alone.",
                left,
            )
            messages.warning(request, text % {"count": left})

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_retry_permission(request):
            raise PermissionDenied
        message = get_object_or_404(self.get_queryset(request), pk=pk)
        if self._retry(request, message):
            messages.success(request, _("The mail is queued again, with all its tries."))
        else:
            messages.error(
                request, _("This mail has not failed, so there is nothing to try again.")
            )
        return redirect("admin:outbox_message_change", message.pk)

    @transaction.atomic
    def _retry(self, request: HttpRequest, message: Message) -> bool:
        """With a note of who did it, which the mail's history shows."""
        queued = actions.retry(message, timezone.now())
        if queued:
            self.log_change(request, message, _("Queued again to be sent."))
        return queued


def text_of(message: Message) -> str:
    """The plain text that was or will be sent."""
    mail = email.message_from_bytes(bytes(cast("bytes", message.raw)), policy=email.policy.default)
    body = mail.get_body(preferencelist=("plain",))
    return str(body.get_content()) if body else ""
