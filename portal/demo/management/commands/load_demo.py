import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from companies.models import Company, User
from orders.models import Order
from portal.demo.build import build
from portal.demo.story import HARBOR, STORY


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
        """Whether all of the story happened. Raises CommandError when it was interrupted."""
        if not Company.objects.filter(name=HARBOR, auto_issue=True).exists():
            return False
        told = {ordered.po_number for site in STORY for ordered in site.orders}
        placed = set(Order.objects.filter(po_number__in=told).values_list("po_number", flat=True))
        if placed != told:
            raise CommandError(
                "Loading the demo data was interrupted. Delete the database, "
                "var/portal.sqlite3 unless you set another, and start again."
            )
        return True

    def _refuse_other_data(self) -> None:
        if User.objects.exists() or Company.objects.exists():
            raise CommandError(
                "This database holds other data, so the demo stays out of it. "
                "Point DATABASE_URL or PORTAL_VAR to an empty one."
            )

    def _password(self) -> str:
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set. All demo users log in with it.")
        return password
