"""The choices of an address by the link in a mail of its installation's dealer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from licensing.models import Installation
from notifications.contacts import choose_wishes
from notifications.links import Subscriber
from notifications.models import Contact
from notifications.rules.recipients import Topic


def set_wishes(
    *,
    installation: Installation,
    address: str,
    topics: Collection[Topic],
    language: str = "",
    at: dt.datetime | None = None,
) -> Contact:
    subscriber = Subscriber(installation.reference, installation.company_id, address)
    return choose_wishes(subscriber, topics=topics, language=language, at=at)
