"""Browsers in words, for the list of sessions."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# A part of a user agent -> the browser's name. The first match counts: each browser claims to be
# the ones after it.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@register.filter
def browser(user_agent: str) -> str:
    """Like “Firefox on Windows”. An unknown browser stays as it is, cut short."""
    name = next((BROWSERS[mark] for mark in BROWSERS if mark in user_agent), "")
    system = next((SYSTEMS[mark] for mark in SYSTEMS if mark in user_agent), "")
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or user_agent[:40] or _("Unknown browser")
