"""Which users have a second factor. Log-in, companies and passwords ask here."""

from allauth.mfa.models import Authenticator

from companies.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes come with them


def has_second_factor(user: User) -> bool:
    """Whether the user has set up a second factor. One statement."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())
