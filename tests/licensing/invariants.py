"""The invariants of the ledger, at any time; used by races, faults and the state machine."""

from licensing.models import Serial
from orders.audit import ledger


def violations() -> list[str]:
    """Empty when the ledger is whole."""
    return [*ledger.violations(), *_serials_that_should_have_stayed()]


def _serials_that_should_have_stayed() -> list[str]:
    """Not true of a live database, where staff may change what reissues."""
    replaced = Serial.objects.filter(generation__gt=1).select_related("family")
    return [f"{serial}: replaced" for serial in replaced if not serial.family.reissue_on]
