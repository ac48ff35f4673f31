from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CompaniesConfig(AppConfig):
    name = "companies"
    verbose_name = _("Companies")

    def ready(self) -> None:
        from companies.name_indexes import keep_on_sqlite  # noqa: PLC0415 - has models

        post_migrate.connect(keep_on_sqlite)
