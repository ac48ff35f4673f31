from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from companies.checks import check_link_key


class CompaniesConfig(AppConfig):
    name = "companies"
    verbose_name = _("Companies")

    def ready(self) -> None:
        from companies.actions import follow_address  # noqa: PLC0415 - has models
        from companies.name_indexes import keep_on_sqlite  # noqa: PLC0415 - has models
        from companies.signals import address_changed  # noqa: PLC0415

        address_changed.connect(follow_address)
        post_migrate.connect(keep_on_sqlite)
        checks.register(check_link_key, checks.Tags.security, deploy=True)
