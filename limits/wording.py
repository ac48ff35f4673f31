"""How long somebody has to wait, in words."""

from __future__ import annotations

from django.utils.translation import ngettext

from limits.declared import DAY, HOUR, MINUTE


def wait(seconds: int) -> str:
    """For the middle of a sentence, "5 minutes" or "3 days": never shorter than it takes."""
    if seconds > 2 * DAY:
        days = -(-seconds // DAY)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if seconds > 2 * HOUR:
        hours = -(-seconds // HOUR)
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    minutes = max(1, -(-seconds // MINUTE))
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
