"""Django's admin with our own site; a module of its own, because it is named in settings."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    default_site = "portal.desk.site.DeskSite"

    def ready(self) -> None:
        """Takes allauth's tables off the desk: they hold secrets and would pass our rules by."""
        super().ready()
        from allauth.account.models import EmailAddress  # noqa: PLC0415 - models load after apps
        from allauth.mfa.models import Authenticator  # noqa: PLC0415
        from allauth.usersessions.models import UserSession  # noqa: PLC0415

        admin.site.unregister([EmailAddress, Authenticator, UserSession])
