"""Verbs of administrators for accounts: mail a password link, reset the second factor.

Each checks that the administrator may change that account: see `portal.desk.rights`.
"""

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest

from companies.models import User
from portal.accounts import security_log
from portal.desk.rights import check_change


def mail_password_link(user: User, *, by: User, request: HttpRequest) -> None:
    """Queues a mail with a link to set a password. The link works once, for three days."""
    check_change(user, by=by)
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    adapter = get_adapter(request)
    link = adapter.get_reset_password_from_key_url(f"{user_pk_to_url_str(user)}-{token}")
    adapter.send_mail("account/email/welcome", user.email, {"user": user, "link": link})
    security_log.note(security_log.Event.LINK_MAILED, user=user)


@transaction.atomic
def reset_second_factor(user: User, *, by: User) -> None:
    """Helps a user who lost phone and codes: removes all factors and ends all sessions."""
    check_change(user, by=by)
    Authenticator.objects.filter(user=user).delete()
    security_log.note(security_log.Event.FACTORS_RESET, user=user)
    for session in UserSession.objects.filter(user=user):
        session.end()
