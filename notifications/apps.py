from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from notifications.checks import check_fonts


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications import mail_alerts  # noqa: F401, PLC0415 - it listens to the worker

        checks.register(check_fonts, deploy=True)
