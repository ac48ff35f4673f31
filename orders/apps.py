from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from orders.checks import check_documents_dir


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        checks.register(check_documents_dir, "orders", deploy=True)
