"""The roles of the vendor's staff: one table, which `manage.py load_roles` writes into groups."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

ROOMS = ("orders", "licensing", "notifications", "companies", "outbox")  # apps that sales sees


@dataclass(frozen=True)
class StaffRole:
    """A group of the same name: the apps that it sees, and the permissions that it has besides."""

    name: str
    sees: tuple[str, ...]
    may: tuple[str, ...] = ()


DECIDES = (
    "orders.issue_order",
    "orders.hold_order",
    "orders.reject_order",
    "orders.cancel_order",
    "orders.enter_order",
    "orders.add_purchaseorderdocument",
    "outbox.retry_message",
    "notifications.change_noticeschedule",
    "licensing.add_serialentered",
    "outbox.deal_with_message",
    "notifications.resend_confirmation",
)
KEEPS = (  # rights over customers and the catalog, and beyond its rules
    "orders.overrule_requirements",
    "companies.add_company",
    "companies.change_company",
    "companies.change_membership",
    "companies.delete_membership",
    "companies.add_invitation",
    "companies.change_invitation",
    "licensing.add_installation",
    "licensing.change_installation",
    "notifications.add_contact",
    "notifications.change_contact",
    "notifications.delete_contact",
    "licensing.add_family",
    "licensing.change_family",
    "licensing.add_product",
    "licensing.change_product",
    "licensing.add_upgradepath",
    "licensing.change_upgradepath",
)
ADMITS = (  # rights over people and their permissions
    "companies.add_user",
    "companies.change_user",
    "auth.add_group",
    "auth.change_group",
)

SALES = StaffRole("Sales", ROOMS, DECIDES)
SALES_MANAGER = StaffRole("Sales manager", ROOMS, DECIDES + KEEPS)
AUDITOR = StaffRole("Auditor", (*ROOMS, "auth", "admin"))
ADMINISTRATOR = StaffRole("Administrator", (*ROOMS, "auth", "admin"), DECIDES + KEEPS + ADMITS)
ROLES = (SALES, SALES_MANAGER, AUDITOR, ADMINISTRATOR)


class UnknownPermissions(Exception):
    """The table names permissions that do not exist: a spelling mistake, or a missing migrate."""


@transaction.atomic
def load_roles() -> None:
    """Creates the groups, or gives them exactly what the table says. Members stay."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    unknown = {code for role in ROLES for code in role.may if code not in known}
    if unknown:
        raise UnknownPermissions(", ".join(sorted(unknown)))
    for role in ROLES:
        group, _created = Group.objects.get_or_create(name=role.name)
        group.permissions.set(known[code] for code in known if grants(role, code))


def grants(role: StaffRole, code: str) -> bool:
    """Whether the role has the permission, written like `orders.view_order`."""
    app, _dot, codename = code.partition(".")
    return code in role.may or (app in role.sees and codename.startswith("view_"))
