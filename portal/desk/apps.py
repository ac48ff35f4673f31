from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "portal.desk"
    label = "desk"
    verbose_name = _("Sales desk")
    default = True


class DeskAdminConfig(admin.SimpleAdminConfig):
    """Django's admin with our site in place of its own, and with our models only.

    Other apps, like allauth, would register tables that hold secrets and evade our rules.
    """

    default_site = "portal.desk.site.Desk"

    def ready(self) -> None:
        super().ready()
        import_module("portal.desk.admin")
