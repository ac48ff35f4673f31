"""What the desk offers, each in a module of its own. Imported once all models are there."""

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
