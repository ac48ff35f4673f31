"""The data of an order to place, and the orderer's consent to what the form showed."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Required, TypedDict

from companies.models import Company, User
from licensing.models import Product, Serial
from licensing.serial_policy import Action
from orders.models import Order, OrderLine
from orders.models.bulk import BulkUpload
from orders.rules.documents import Document


@dataclass(frozen=True, slots=True)
class Seen:
    """A state of an installation."""

    reference: str
    revision: int  # number of the newest revision


@dataclass(frozen=True, slots=True)
class Consent:
    confirmed: Collection[str] = ()  # tokens of guards, as `orders.rules.problems` makes them
    without_serial: bool = False  # sales shall find the installation: the order is held
    accepts_warnings: bool = False  # accepts all warnings: the order goes to review
    overrule: str = ""  # the reason of sales to issue without required licenses
    seen: Seen | None = None  # the installation when the forecast was shown


NONE = Consent()


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be placed."""

    product: Product
    quantity: int
    action: Action = Action.ADD
    source: Product | None = None  # the product that is upgraded or renewed
    lot_end: dt.date | None = None
    starts_on: dt.date | None = None

    def as_row(self, order: Order, position: int) -> OrderLine:
        return OrderLine(
            order=order,
            position=position,
            action=self.action,
            product=self.product,
            quantity=self.quantity,
            source=self.source,
            lot_end=self.lot_end,
            starts_on=self.starts_on,
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """A serial number as it was typed, and the field that it was typed into."""

    family: str
    text: str


class Placing(TypedDict, total=False):
    """The fields that both kinds of order share; see `_place`."""

    company: Required[Company]
    po_number: Required[str]
    lines: Required[Sequence[NewLine]]
    by: Required[User]
    ordered_for: User | None
    notify: Sequence[str]
    document: Document | None
    consent: Consent
    submission: uuid.UUID | None
    in_file: BulkUpload | None
    known: Mapping[str, Sequence[Serial]] | None  # by look-up key, see `orders.quoting.identify`
    at: dt.datetime | None
