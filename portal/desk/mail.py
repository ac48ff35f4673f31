"""The outbox: the state of every mail, and the tasks of sales about undelivered mail."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from companies.text_fields import TextFormField
from orders.models import Order
from outbox import actions
from outbox.models import MAX_NOTE, NOT_DELIVERED, ArchivedMessage, Message
from portal.accounts.typed import filled_in, kept
from portal.desk.previews import SEES as PREVIEW
from portal.desk.read_only import ReadOnlyAdmin
from portal.order.deliveries import TAGS, orders_of
from portal.templatetags.portal import moment, tag
from portal.web.masked_links import masked
from portal.web.requests import user_of
from texts.addresses import part_of_stored

ERROR_SHOWN = 120  # characters in the list
NOT_FAILED = gettext_lazy("This mail has not failed. There is nothing to try again.")
EXPIRED = gettext_lazy(
    "This mail has expired: its link no longer works. The recipient can ask for a new mail."
)

ERASED = gettext_lazy(
    "This mail was private, and was erased once it was sent. The recipient can ask for a new mail."
)


class TaskFilter(admin.SimpleListFilter):
    """Undelivered mail: the open tasks, and those dealt with."""

    title = gettext_lazy("not delivered")
    parameter_name = "task"
    OPEN, DEALT_WITH = "open", "dealt_with"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(self.OPEN, _("To do")), (self.DEALT_WITH, _("Dealt with"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        undelivered = queryset.filter(state__in=NOT_DELIVERED)
        if self.value() == self.OPEN:
            return undelivered.filter(dealt_with_at=None)
        if self.value() == self.DEALT_WITH:
            return undelivered.exclude(dealt_with_at=None)
        return queryset


class DealtWithForm(forms.Form):
    note = TextFormField(
        label=gettext_lazy("What was done"),
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For example: called; the confirmation went to another address."),
        error_messages={
            "required": gettext_lazy("Say what was done, so that your colleagues know.")
        },
    )


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
    list_filter = (TaskFilter, "state")
    search_fields = ("subject", "record", "message_id__exact")  # and more: see below
    search_help_text = gettext_lazy("Part of a subject, an address or a record")
    ordering = ("-pk",)
    list_per_page = 50
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
        "failed",
        "server_said",
        "dealt_with",
        "of_use_until",
        "order",
        "record",
        "message_id",
        "text",
    )
    readonly_fields = fields
    change_form_template = "admin/outbox/message/change_form.html"
    change_list_template = "admin/outbox/message/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Leaves out the content, which may be large; the page of one mail reads it."""
        return super().get_queryset(request).defer("raw", "head")

    def ways_to_find(self, text: str) -> list[Q]:
        """Searches addresses, too, in their stored form."""
        if not (ways := super().ways_to_find(text)):
            return []
        listed = Message.objects.alias(to=Cast("recipients", TextField())).order_by()
        to_them = listed.filter(to__contains=part_of_stored(text))
        return [*ways, Q(pk__in=to_them.values("pk"))]

    # Columns and fields

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> Any:
        """Shows the fields about a failure only for failed mail, and so on."""
        empty = {
            "due": not (obj and self.due(obj)),
            "sent": not (obj and obj.sent_at),
            "failed": not (obj and obj.failed_for),
            "server_said": not (obj and obj.last_error),
            "dealt_with": not (obj and obj.dealt_with_at),
            "of_use_until": not (obj and obj.expires_at),
            "order": not (obj and obj.record),
        }
        return [name for name in self.fields if not empty.get(name)]

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
        """When another worker may take a mail that a worker has now."""
        waits = message.state in (Message.State.QUEUED, Message.State.SENDING)
        return moment(message.due_at if waits else None)

    @admin.display(description=gettext_lazy("queued"), ordering="queued_at")
    def queued(self, message: Message) -> str:
        return moment(message.queued_at)

    @admin.display(description=gettext_lazy("sent"), ordering="sent_at")
    def sent(self, message: Message) -> str:
        return moment(message.sent_at)

    @admin.display(description=gettext_lazy("last error"))
    def error(self, message: Message) -> str:
        return Truncator(masked(message.last_error)).chars(ERROR_SHOWN)

    @admin.display(description=gettext_lazy("last error"))
    def server_said(self, message: Message) -> str:
        """The mail server's words. They may quote the mail, so links are masked."""
        return masked(message.last_error)

    @admin.display(description=gettext_lazy("of use until"))
    def of_use_until(self, message: Message) -> str:
        """Shown for private mail: then its content is erased, sent or not."""
        return moment(message.expires_at)

    @admin.display(description=gettext_lazy("failed"))
    def failed(self, message: Message) -> str:
        return format_html("{}. {}", message.get_failed_for_display(), moment(message.failed_at))

    @admin.display(description=gettext_lazy("dealt with"))
    def dealt_with(self, message: Message) -> str:
        by = _("By %(who)s:") % {"who": message.dealt_with_by}
        when = moment(message.dealt_with_at)
        return format_html("{} {} {}", by, message.dealt_with_note, when)

    @admin.display(description=gettext_lazy("order"))
    def order(self, message: Message) -> str:
        """The link to send its confirmation to another address."""
        found = orders_of([message]).get(message.record)
        return order_link(found) if found else "-"

    @admin.display(description=gettext_lazy("text"))
    def text(self, message: Message) -> str:
        """Shown for records only, with their links masked.

        Private mail, like a password reset, is only for its recipient, and so are the links in any
        mail.
        """
        if message.state == Message.State.EXPIRED:
            return _("This mail was private. It expired, and its text is erased.")
        if not message.record:
            return _("This mail is private. Only its recipient sees the text.")
        return format_html('<pre class="slip" tabindex="0">{}</pre>', masked(text_of(message)))

    # Another try

    def get_urls(self) -> list[URLPattern]:
        desk = self.admin_site.admin_view
        retry, deal_with = desk(require_POST(self.retry)), kept(desk(self.deal_with))
        return [
            path("<int:pk>/retry/", retry, name="outbox_message_retry"),
            path("<int:pk>/deal-with/", deal_with, name="outbox_message_deal_with"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_preview": user_of(request).has_perm(PREVIEW), **(extra_context or {})}
        return super().changelist_view(request, context)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return actions.can_retry(user_of(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        message: Message = context["original"]
        again = message.may_be_tried_again(timezone.now())
        context |= {
            "title": self.subject_line(message),
            "subtitle": None,
            "may_retry": again and self.has_retry_permission(request),
            "may_deal_with": message.is_task and actions.can_deal_with(user_of(request)),
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
                "%(count)d has not failed, or has expired, and was left alone.",
                "%(count)d have not failed, or have expired, and were left alone.",
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
            messages.error(request, _why_not_again(message))
        return redirect("admin:outbox_message_change", message.pk)

    def deal_with(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not actions.can_deal_with(user_of(request)):
            raise PermissionDenied
        message = get_object_or_404(self.get_queryset(request), pk=pk)
        form = DealtWithForm(request.POST if request.method == "POST" else None)
        filled_in(request, form)
        if not message.is_task:
            messages.error(request, _("There is nothing to do about this mail."))
            return redirect("admin:outbox_message_change", message.pk)
        if form.is_valid() and self._deal_with(request, message, form.cleaned_data["note"]):
            messages.success(request, _("The mail is dealt with. It is off the list of tasks."))
            return redirect("admin:outbox_message_change", message.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Not delivered to %(address)s") % {"address": self.to(message)},
            "opts": Message._meta,
            "one": message,
            "form": form,
            "order": orders_of([message]).get(message.record),
        }
        return render(request, "admin/outbox/message/deal_with.html", context)

    @transaction.atomic
    def _deal_with(self, request: HttpRequest, message: Message, note: str) -> bool:
        by = user_of(request)
        done = actions.deal_with(message, by=by, at=timezone.now(), note=note)
        if done:
            self.log_change(request, message, _("Dealt with: %(note)s") % {"note": note})
        return done

    @transaction.atomic
    def _retry(self, request: HttpRequest, message: Message) -> bool:
        """Queues the mail again and notes the user in its history."""
        queued = actions.retry(message, by=user_of(request), at=timezone.now())
        if queued:
            self.log_change(request, message, _("Queued again to be sent."))
        return queued


@admin.register(ArchivedMessage)
class ArchivedMessageAdmin(ReadOnlyAdmin):
    """Private mail that was done long ago: to whom it went, about what, and when."""

    list_display = ("subject_line", "to", "status", "queued", "sent")
    list_filter = ("state",)
    search_fields = ("subject", "message_id__exact")
    search_help_text = gettext_lazy("Part of a subject")
    ordering = ("-number",)
    list_per_page = 50
    show_full_result_count = False
    fields = ("status", "to", "subject", "queued", "sent", "message_id")
    readonly_fields = fields

    subject_line = MessageAdmin.subject_line
    to = MessageAdmin.to
    status = MessageAdmin.status
    queued = MessageAdmin.queued
    sent = MessageAdmin.sent


def _why_not_again(message: Message) -> str:
    if message.state == Message.State.RETURNED:
        return str(ERASED)
    return str(EXPIRED if message.is_over(timezone.now()) else NOT_FAILED)


def order_link(order: Order) -> str:
    """The link to the order's deliveries, where its confirmation is sent again."""
    path = reverse("admin:orders_order_change", args=[order.pk])
    return format_html('<a href="{}#deliveries">{}</a>', path, order)


def text_of(message: Message) -> str:
    """The plain text that was or will be sent."""
    mail = email.message_from_bytes(actions.content_of(message), policy=email.policy.default)
    body = mail.get_body(preferencelist=("plain",))
    return str(body.get_content()) if body else ""
