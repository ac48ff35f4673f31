import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from companies.models import Company, User
from portal.demo.build import build
from portal.demo.story import BAYVIEW, HARBOR, SUMMIT


class Command(BaseCommand):
    help = "Fills an empty database with the demo's people, companies and orders."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError outside demo mode, and on a database that holds anything else."""
        if not settings.DEMO:
            raise CommandError("The demo is loaded in demo mode only. Set PORTAL_MODE=demo.")
        if self._is_there():
            message = "Demo data: there already."
        else:
            self._refuse_other_data()
            message = f"Demo data: {build(self._password())} orders placed."
        if options["verbosity"]:
            self.stdout.write(message)

    def _is_there(self) -> bool:
        demo = {HARBOR, SUMMIT, BAYVIEW}
        return Company.objects.filter(name__in=demo).count() == len(demo)

    def _refuse_other_data(self) -> None:
        if User.objects.exists() or Company.objects.exists():
            raise CommandError(
                "This database holds other data, so the demo stays out of it. "
                "Point DATABASE_URL or PORTAL_VAR to an empty one."
            )

    def _password(self) -> str:
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set. Set it to the password of all demo users.")
        return password
