from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.desk.roles import ROLES, UnknownPermissions, load_roles


class Command(BaseCommand):
    help = "Makes the groups of the staff's roles, or gives them again what their role may do."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            load_roles()
        except UnknownPermissions as error:
            raise CommandError(f"No such permissions: {error}. Run migrate first.") from error
        if options["verbosity"]:
            self.stdout.write(f"Roles: {', '.join(role.name for role in ROLES)}.")
