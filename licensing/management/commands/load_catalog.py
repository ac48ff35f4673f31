from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from licensing.catalog import load_catalog


class Command(BaseCommand):
    help = "Adds the license types and products of the vendor's catalog that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added = load_catalog()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["verbosity"]:
            self.stdout.write(f"Catalog: {added} added." if added else "Catalog: up to date.")
