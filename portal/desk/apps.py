from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "portal.desk"
    label = "desk"
    verbose_name = _("Sales desk")
    default = True


class DeskAdminConfig(admin.AdminConfig):
    """Django's admin with our site in the place of its own."""

    default = False
    default_site = "portal.desk.site.Desk"

    def ready(self) -> None:
        """Takes allauth's tables off the desk: they hold secrets and would pass our rules by."""
        super().ready()
        from allauth.account.models import EmailAddress  # noqa: PLC0415 - models load after apps
        from allauth.mfa.models import Authenticator  # noqa: PLC0415
        from allauth.usersessions.models import UserSession  # noqa: PLC0415
        from django.contrib.admin import site  # noqa: PLC0415

        site.unregister([EmailAddress, Authenticator, UserSession])
