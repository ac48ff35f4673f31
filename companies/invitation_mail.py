"""The mail that invites a person. The token of the link stands in this mail only."""

import hashlib
import secrets

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import override

from companies.models import Invitation, User
from companies.time_zones import local_date
from companies.wording import WHAT_ROLES_DO
from outbox.actions import ends
from outbox.letters import render
from outbox.links import mailed_link


def new_token() -> str:
    """256 random bits, in the form that the link has."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """The hash that we keep. The token is random enough to need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def send(invitation: Invitation, token: str) -> None:
    """Queues the mail in the caller's transaction.

    It is in the language of the invited person if they are a user, else in that of the inviter.
    """
    invited = User.objects.with_address(invitation.address).first()
    mail = message(invitation, token, (invited or invitation.invited_by).language)
    ends(mail, invitation.expires_at)
    mail.send()


def message(invitation: Invitation, token: str, language: str) -> EmailMultiAlternatives:
    """Names people by their addresses: no name that a stranger chose stands in the mail."""
    with override(language):
        role, does = invitation.get_role_display(), str(WHAT_ROLES_DO[invitation.role])
    context = {
        "company": invitation.company,
        "role": role,
        "what_the_role_does": does,
        "invited_by": invitation.invited_by.email,
        "email": invitation.address,
        "last_day": local_date(invitation.expires_at, invitation.company.time_zone),
        "link": mailed_link(reverse("invitation", args=[token])),
    }
    letter = render("invitation", language, context)
    mail = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[invitation.address],
        reply_to=[settings.SALES_EMAIL],
    )
    mail.attach_alternative(letter.html, "text/html")
    return mail
