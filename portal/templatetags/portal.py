"""Template tags: icons, serial numbers with a copy button, tags, dates, contacts for help."""

import re
from datetime import date, datetime
from functools import cache, lru_cache
from html import escape
from typing import Any, TypedDict

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from licensing.models import Serial
from licensing.serial_numbers import reads_like_ours
from licensing.telling import Then, ToldSerial
from orders.rules.problems import Earlier
from portal.accounts.typed import FIELD, token_for

from .icons import ICONS

register = template.Library()

# The kind of a tag -> its color (a class of parts.css) and its icon
TAGS = {
    "stays": ("stays", "stays"),
    "replaced": ("replaced", "replaced"),
    "first": ("first", "first"),
    "unchanged": ("", "unchanged"),
    "new": ("first", "first"),
    "replaces": ("replaced", "replaced"),
    "not_changed": ("", "unchanged"),
    "draft": ("", "draft"),
    "submitted": ("", "submitted"),
    "review": ("review", "review"),
    "in_review": ("review", "review"),
    "held": ("held", "held"),
    "issued": ("", "done"),
    "rejected": ("rejected", "error"),
    "canceled": ("", "canceled"),
    "soon": ("soon", "clock"),
    "expired": ("expired", "warning"),
    "renewed": ("stays", "done"),
    "warning": ("warn", "warning"),
}
_WORDS = re.compile(r"([^\s,;:()“”.]+)")
FAMILY = re.compile(r"[A-Z]{2,5}\Z")


@cache
def _drawing(name: str, css: str) -> SafeString:
    """Made once in a process: a list has hundreds of them."""
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        f"icon {css}".strip(),
        mark_safe(ICONS[name]),  # noqa: S308 our own drawings
    )


@register.simple_tag
def icon(name: str, large: bool = False) -> SafeString:
    """A decorative icon. The word beside it carries the meaning."""
    return _drawing(name, "icon-lg" if large else "")


@register.simple_tag(takes_context=True)
def written_by(context: Context, page: str = "") -> SafeString:
    """Stands beside the csrf_token of a form that `portal.accounts.typed` keeps when a session
    ends.

    `page` is the page that shows the form, unless it is the form's own address.
    """
    request = context["request"]
    if not request.user.is_authenticated:
        return mark_safe("")
    token = token_for(request.user, page or request.get_full_path())
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, token)


@register.simple_tag(takes_context=True)
def serial(
    context: Context,
    one: Serial,
    *,
    as_of: Then | None = None,
    copy: bool = False,
    briefly: bool = False,
    large: bool = False,
    site: str = "",
) -> SafeString:
    """A serial number with its standing, as the reader of the page may know it.

    No other tag prints one. `as_of` is the last that somebody may know who may not see the site:
    the revision or the moment that the page is about. `copy` puts a button beside the number to
    quote today, a `large` one with a word; `briefly` leaves the standing to the words beside it.
    """
    told = context["teller"].tell(one, as_of=as_of, briefly=briefly)
    button = _copy_serial(told, site, large) if copy and not told.as_of else SafeString("")
    if told.is_current:
        return SafeString(f"{_grouped(told.number)}{button}")
    number = _struck_out(told.number) if told.is_replaced else _grouped(told.number)
    if briefly:
        return number
    return format_html('<span class="told">{} {}</span>', number, _standing(told, button))


def _standing(told: ToldSerial, button: SafeString) -> SafeString:
    current = format_html("{}{}", _grouped(told.current), button)
    values = {
        "successor": _grouped(told.successor, "old"),
        "current": format_html('<span class="serial-line">{}</span>', current),
        "day": day(told.replaced_on),
        "as_of": day(told.as_of),
    }
    sentences = ((format_html(sentence, **values),) for sentence in told.says)
    return format_html_join(" ", '<span class="standing">{}</span>', sentences)


def _copy_serial(told: ToldSerial, site: str, large: bool) -> SafeString:
    label = _("Copy %(family)s serial of %(site)s") if site else _("Copy %(family)s serial")
    button = _copy_button if large else copy
    return button(told.current, label % {"family": told.family, "site": site})


def _struck_out(number: str) -> SafeString:
    """For those who don't see the line, a word says so."""
    return format_html(
        '<span class="visually-hidden">{}</span> <s>{}</s>', _("Old:"), _grouped(number, "old")
    )


@register.simple_tag
def quoted(number: str) -> SafeString:
    """A number as somebody wrote it, or may have meant it: it says nothing of its standing."""
    return _grouped(number, "quoted")


@register.filter
def with_quotes(text: str) -> SafeString:
    """Prints what somebody wrote then; `quoted` prints the serial numbers in it."""
    return SafeString("".join(map(_as_quoted, _WORDS.split(text))))


def _as_quoted(word: str) -> str:
    return _grouped(word, "quoted") if reads_like_ours(word) else escape(word)


@register.simple_tag
def example(number: str, old: bool = False) -> SafeString:
    """A made-up number, for the pages that explain the rule."""
    return _struck_out(number) if old else _grouped(number)


def _grouped(number: str, css: str = "") -> SafeString:
    """In groups, to read, select and break at its own dashes.

    A serial from elsewhere without dashes stays one group.
    """
    written = escape(number)
    family, dash, rest = written.partition("-")
    if dash and FAMILY.match(family):
        written = f'<span class="fam">{family}</span>-{rest}'
    groups = written.replace("-", '<span class="sep">-</span><wbr>')
    return SafeString(f'<span class="{f"serial {css}".strip()}" translate="no">{groups}</span>')


@register.simple_tag
def copy(number: object, label: object) -> SafeString:
    """A small copy button. The label names the copied text: “Copy ISS serial”."""
    return SafeString(
        f'<button class="copy" type="button" data-copy="{conditional_escape(str(number))}">'
        f"{_copy_icons()}"
        f'<span class="visually-hidden">{conditional_escape(str(label))}</span></button>'
    )


def _copy_button(number: object, label: object) -> SafeString:
    """A large copy button with a word. The label names the copied text to screen readers."""
    return format_html(
        '<button class="btn btn-quiet" type="button" data-copy="{}">{}'
        '<span class="when-idle" aria-hidden="true">{}</span>'
        '<span class="when-copied" aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></button>',
        number,
        _copy_icons(),
        _("Copy"),
        _("Copied"),
        label,
    )


@cache
def _copy_icons() -> SafeString:
    return format_html("{}{}", _drawing("copy", "when-idle"), _drawing("check", "when-copied"))


@register.simple_tag
def tag(kind: str, text: object) -> SafeString:
    """A state as an icon and a word, never as a color alone."""
    color, name = TAGS[kind]
    look, word = f"tag {color}".strip(), conditional_escape(str(text))
    return SafeString(f'<span class="{look}">{_drawing(name, "")}{word}</span>')


@register.simple_tag
def day(value: date | None) -> SafeString:
    """A date in the page's language, like Mar 14, 2025.

    A moment becomes a day of the current time zone.
    """
    if value is None:
        return SafeString("")
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return _day(value, get_language())


@lru_cache(maxsize=4096)
def _day(value: date, _language: str | None) -> SafeString:
    """In the current language, which is given so that each has its own."""
    return format_html(
        '<time datetime="{}" class="nowrap">{}</time>',
        value.isoformat(),
        date_format(value),
    )


@register.simple_tag
def moment(value: datetime | None) -> SafeString:
    """A date and time like Mar 14, 2025, 2:08 PM CST, in the current time zone."""
    if value is None:
        return SafeString("")
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return format_html(
        '<time datetime="{}" class="nowrap">{}</time>',
        local.isoformat(timespec="minutes"),
        date_format(local, "DATETIME_FORMAT"),
    )


@register.filter
def page_of(earlier: Earlier) -> str:
    """Where customers find the order or the installation that is there already."""
    if earlier.site:
        return reverse("installation", args=[earlier.site])
    return reverse("order", args=[earlier.order])


@register.simple_tag(takes_context=True)
def here(context: Context, section: str) -> SafeString:
    """Marks the section of the main navigation that the current page belongs to.

    The section “order” covers every address whose name begins with it: orders, order_new.
    """
    match: Any = getattr(context.get("request"), "resolver_match", None)
    name = (match and match.url_name) or ""
    return SafeString(' aria-current="page"' if name.startswith(section) else "")


class Sales(TypedDict):
    phone: str
    dial: str
    email: str


@register.simple_tag
def sales() -> Sales:
    """The contact for customers. It is a tag, so that pages without a request have it, too."""
    phone = settings.SALES_PHONE
    digits = re.sub(r"\D", "", phone)
    international = phone.startswith("+") or (len(digits) == 11 and digits.startswith("1"))
    return {
        "phone": phone,
        "dial": f"tel:{'+' if international else ''}{digits}",
        "email": settings.SALES_EMAIL,
    }
