"""A mail to be queued."""

from typing import Any

from django.core.mail import EmailMultiAlternatives


def mail(**changes: Any) -> EmailMultiAlternatives:
    arguments: dict[str, Any] = {
        "subject": "Order 7k3m9qwx4t: your licenses",
        "body": "Hello Ann,\n.a line with a dot\nFrom here on: ünïcode ✓\n",
        "from_email": "License portal <licenses@vendor.example>",
        "to": ["Ann Buyer <ann@dealer.example>"],
    }
    return EmailMultiAlternatives(**arguments | changes)
