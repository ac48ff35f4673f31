from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from outbox.checks import check_bounce_url, check_mail_url


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = _("Outbox")

    def ready(self) -> None:
        checks.register(check_mail_url, "outbox")
        checks.register(check_bounce_url, "outbox")
