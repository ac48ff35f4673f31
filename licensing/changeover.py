"""A new serial replaced the old one, and has to be entered at the server: somebody says it was."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from companies.models import User
from licensing.models import Installation, Serial, SerialEntered
from licensing.permissions import SAY_ENTERED, check_maintain


class SerialReplaced(Exception):
    """It is not current any more: a newer one is to be entered instead."""


@transaction.atomic
def confirm_entered(
    serial: Serial, *, at: dt.datetime, by: User | None = None, name: str = ""
) -> SerialEntered:
    """By a user who looks after the installation, or by the name that whoever has the link gives.

    Who said so first stays. Raises SerialReplaced, and ValidationError for a name out of bounds.
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
