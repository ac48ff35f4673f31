"""The mail that invites somebody. Only it has the token of the link."""

import hashlib
import secrets

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from companies.models import Invitation, User
from companies.time_zones import local_date
from companies.wording import WHAT_ROLES_DO


def new_token() -> str:
    """256 random bits, as they stand in the link."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What we keep of a token. It is random enough to need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def send(invitation: Invitation, token: str) -> None:
    """Queues the mail in the caller's transaction, in the language of whoever gets it, or else
    of whoever invites.

    People are named by their addresses: what they call themselves is nothing that we would
    put into a mail to a stranger.
    """
    with translation.override(_language(invitation)):
        _send(invitation, token)


def _language(invitation: Invitation) -> str:
    user = User.objects.filter(email__iexact=invitation.email).first()
    return (user or invitation.invited_by).language


def _send(invitation: Invitation, token: str) -> None:
    context = {
        "company": invitation.company,
        "role": invitation.get_role_display(),
        "what_the_role_does": WHAT_ROLES_DO[invitation.role],
        "invited_by": invitation.invited_by.email,
        "email": invitation.email,
        "last_day": local_date(invitation.expires_at, invitation.company.time_zone),
        "link": f"{settings.PORTAL_URL}{reverse('invitation', args=[token])}",
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
    }
    subject = render_to_string("mail/invitation.subject.txt", context)
    send_mail(
        " ".join(subject.split()),
        render_to_string("mail/invitation.txt", context),
        None,
        [invitation.email],
        html_message=render_to_string("mail/invitation.html", context),
    )
