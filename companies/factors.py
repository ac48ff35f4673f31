"""Who has a second factor set up, as far as that counts for log-in, companies and passwords."""

from allauth.mfa.models import Authenticator

from companies.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes come with them


def has_second_factor(user: User) -> bool:
    """One statement."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())
