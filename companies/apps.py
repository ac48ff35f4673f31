from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from companies.checks import check_link_key


class CompaniesConfig(AppConfig):
    name = "companies"
    verbose_name = _("Companies")

    def ready(self) -> None:
        checks.register(check_link_key, checks.Tags.security, deploy=True)
