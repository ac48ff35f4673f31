"""Dates and terms in the words of the customers' pages."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def day_of(value: dt.date) -> str:
    """A day in the page's language, like Mar 14, 2025. A moment becomes a day of its time zone."""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date()
    return date_format(value)


def ends_in(days: int) -> str:
    """The text for a lot whose last valid day is that many days away."""
    if days == 0:
        return _("Ends today")
    return ngettext("Ends in %(days)d day", "Ends in %(days)d days", days) % {"days": days}


def ended_on(last_day: dt.date) -> str:
    return _("Ended %(day)s") % {"day": day_of(last_day)}
