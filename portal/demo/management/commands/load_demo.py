import os
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from companies.models import Company, User
from portal.demo.build import build
from portal.demo.story import HARBOR
from portal.settings import kept


class Command(BaseCommand):
    help = "Fills an empty database with the demo's people, companies and orders."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError outside demo mode, and on a database with other data."""
        if not settings.DEMO:
            raise CommandError("The demo is loaded in demo mode only. Set PORTAL_MODE=demo.")
        password = self._password()
        if not Company.objects.filter(name=HARBOR).exists():
            self._refuse_other_data()
            self._refuse_weak(password)
        missing = build(password)
        message = f"Demo data: {missing} orders placed." if missing else "Demo data: up to date."
        if options["verbosity"]:
            self.stdout.write(message)

    def _refuse_other_data(self) -> None:
        if User.objects.exists() or Company.objects.exists():
            raise CommandError(
                "This database holds other data, so the demo stays out of it. "
                "Point DATABASE_URL or PORTAL_VAR to an empty one."
            )

    def _refuse_weak(self, password: str) -> None:
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(f"DEMO_PASSWORD: {' '.join(error.messages)}") from error

    def _password(self) -> str:
        password = os.environ.get("DEMO_PASSWORD", "") or kept("demo_password")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set. All demo users log in with it.")
        return password
