"""Records that a replacement serial was entered at the server, and who said so."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from companies.models import User
from licensing.models import Installation, Serial, SerialEntered
from licensing.permissions import SAY_ENTERED, check_maintain


class SerialReplaced(Exception):
    """The serial is no longer current: a newer one is to be entered instead."""


@transaction.atomic
def confirm_entered(
    serial: Serial, *, at: dt.datetime, by: User | None = None, name: str = ""
) -> SerialEntered:
    """Records it for a user who looks after the installation, or for a name from the mailed link.

    The first record stays. Raises SerialReplaced, and ValidationError when the name is out of
    bounds.
    """
    installation = Installation.objects.select_for_update().get(pk=serial.installation_id)
    if by is not None:
        check_maintain(by, installation, SAY_ENTERED)
    serial = Serial.objects.select_related("entered__by").get(pk=serial.pk)
    if not serial.is_current:
        raise SerialReplaced
    if known := getattr(serial, "entered", None):
        return known  # type: ignore[no-any-return]  # getattr is not typed
    entered = SerialEntered(serial=serial, by=by, name="" if by else name.strip(), at=at)
    entered.full_clean()
    entered.save()
    return entered
