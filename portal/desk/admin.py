"""What the desk offers, each in a module of its own. Django imports this one to find them."""

from portal.desk import (
    catalog_admin,
    company_admin,
    contacts,
    installations,
    mail,
    notices,
    orders,
    people_admin,
)

__all__ = [
    "catalog_admin",
    "company_admin",
    "contacts",
    "installations",
    "mail",
    "notices",
    "orders",
    "people_admin",
]
