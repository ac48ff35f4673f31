from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from notifications.checks import check_fonts


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from companies.signals import address_changed  # noqa: PLC0415
        from notifications import contacts, mail_alerts  # noqa: F401, PLC0415 - mail_alerts listens
        from outbox import content  # noqa: PLC0415

        content.register("confirmation", "notifications.confirmation.writing.draw")
        checks.register(check_fonts, deploy=True)
        address_changed.connect(contacts.follow_address)
