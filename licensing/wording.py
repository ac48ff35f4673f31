"""Sentences about the future of a serial number, by the policy of its license type.

Pages, mails and PDFs print these sentences, and write none themselves.
"""

from collections.abc import Collection, Mapping

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.serial_policy import Action, Outcome

UPDATES: Mapping[Action, Promise] = {
    Action.ADD: gettext_lazy("add-on"),
    Action.UPGRADE: gettext_lazy("upgrade"),
    Action.RENEW: gettext_lazy("renewal"),
}
_SAME = gettext_lazy("The same as before. Quote it on every order for this site.")
_SAME_UNTIL = gettext_lazy(
    "The same as before. Quote it until the next %(updates)s for this site replaces it."
)
_FOR_EVER: Mapping[Outcome, Promise] = {
    Outcome.NEW: gettext_lazy("Quote it on every later order for this site."),
    Outcome.STAYS: _SAME,
    Outcome.REPLACES: gettext_lazy("Quote this one from now on."),
    Outcome.NOT_CHANGED: _SAME,
}
_UNTIL_REPLACED: Mapping[Outcome, Promise] = {
    Outcome.NEW: gettext_lazy("Quote it until the next %(updates)s for this site replaces it."),
    Outcome.STAYS: _SAME_UNTIL,
    Outcome.REPLACES: gettext_lazy(
        "Quote this one from now on, until the next %(updates)s for this site replaces it."
    ),
    Outcome.NOT_CHANGED: _SAME_UNTIL,
}


def updates(reissue_on: Collection[Action]) -> str:
    """The updates that replace the serial, like “add-on, upgrade or renewal”; may be empty."""
    words = [str(word) for action, word in UPDATES.items() if action in reissue_on]
    return get_text_list(words, _("or"))


def to_quote(outcome: Outcome, reissue_on: Collection[Action]) -> str:
    """Says on which orders to quote the serial that an order has led to."""
    if not reissue_on:
        return str(_FOR_EVER[outcome])
    return str(_UNTIL_REPLACED[outcome]) % {"updates": updates(reissue_on)}


def to_quote_now(reissue_on: Collection[Action]) -> str:
    """The same for a current serial, without the order that led to it."""
    if not reissue_on:
        return _("The same for every order. Always quote it.")
    return str(_UNTIL_REPLACED[Outcome.NEW]) % {"updates": updates(reissue_on)}


def next_time(family: str, reissue_on: Collection[Action]) -> str:
    """The advice of a confirmation about later orders."""
    if not reissue_on:
        return _("The %(family)s number stays the same.") % {"family": family}
    text = _("The %(family)s number changes with each %(updates)s: quote the newest one.")
    return text % {"family": family, "updates": updates(reissue_on)}
