"""Samples of the mails about accounts, which allauth sends by our templates."""

from __future__ import annotations

from functools import partial

from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.core.mail import EmailMessage
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import User
from notifications.samples import AT, READER, sample
from outbox.links import mailed_link

ACCOUNT_MAILS: dict[str, Promise] = {  # by template
    "account/email/welcome": _("Account: set a first password"),
    "account/email/password_reset_key": _("Account: choose a new password"),
    "account/email/unknown_account": _("Account: no such account"),
    "account/email/password_reset": _("Account: password was reset"),
    "account/email/password_changed": _("Account: password was changed"),
    "account/email/password_set": _("Account: password was set"),
    "account/email/email_confirmation": _("Account: confirm a new address"),
    "account/email/email_changed": _("Account: address was changed"),
    "account/email/email_deleted": _("Account: address was removed"),
    "mfa/email/totp_activated": _("Account: app was turned on"),
    "mfa/email/totp_deactivated": _("Account: app was turned off"),
    "mfa/email/recovery_codes_generated": _("Account: new recovery codes"),
    "mfa/email/webauthn_added": _("Account: passkey was added"),
    "mfa/email/webauthn_removed": _("Account: passkey was removed"),
}


def account_mail(template: str, language: str) -> EmailMessage:
    link = mailed_link("/account/password/reset/key/sample/")
    context = {
        "user": User(email=READER),
        "email": READER,
        "link": link,
        "password_reset_url": link,
        "activate_url": mailed_link("/account/confirm-email/sample/"),
        "from_email": READER,
        "to_email": "ann@harbor.example",
        "deleted_email": READER,
        "timestamp": AT,
        "ip": "192.0.2.17",
        "user_agent": "Firefox",
    }
    with request_context(None):  # keeps the reader of the preview out of it
        mail: EmailMessage = get_adapter().render_mail(template, READER, context)
    return mail


def register() -> None:
    for template, title in ACCOUNT_MAILS.items():
        kind = template.replace("/email/", "-").replace("_", "-")
        sample(kind, title)(partial(account_mail, template))


register()
