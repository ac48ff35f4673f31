from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction

from companies.name_check import write_anew
from companies.names import Named


class Command(BaseCommand):
    help = "Writes anew what names are the same by, sorted by and found by. Changes no name."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        named = [model for model in apps.get_models() if issubclass(model, Named)]
        for model in sorted(named, key=lambda model: model.__name__):
            count = write_anew(model)
            self.stdout.write(f"{count} {model._meta.verbose_name_plural} written anew.")
