"""The models of the desk, each in its own module. Imported once all models are there."""

from portal.desk import (
    catalog_admin,
    company_admin,
    contacts,
    installations,
    mail,
    notices,
    people_admin,
)
from portal.desk.orders import admin as orders

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
