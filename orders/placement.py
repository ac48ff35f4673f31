"""What whoever orders was told before, and says yes to."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Required, TypedDict

from companies.models import Company, User
from licensing.models import Product
from licensing.serial_policy import Action
from orders.models import Order, OrderLine
from orders.rules.documents import Document


@dataclass(frozen=True, slots=True)
class Seen:
    """A state of an installation."""

    reference: str
    revision: int  # number of the newest one


@dataclass(frozen=True, slots=True)
class Consent:
    confirmed: Collection[str] = ()  # tokens of guards, as `orders.rules.problems` makes them
    without_serial: bool = False  # sales shall look the installation up: the order is held
    accepts_warnings: bool = False  # whatever they are: the order goes to review
    overrule: str = ""  # why sales lets it go on without what its products require
    seen: Seen | None = None  # the installation as it was when the forecast was shown


NONE = Consent()


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be placed."""

    product: Product
    quantity: int
    action: Action = Action.ADD
    source: Product | None = None  # what is upgraded or renewed
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
    """A serial number as it was written on the order, and the field it was written into."""

    family: str
    text: str


class Placing(TypedDict, total=False):
    """What both kinds of order share; see `_place`."""

    company: Required[Company]
    po_number: Required[str]
    lines: Required[Sequence[NewLine]]
    by: Required[User]
    ordered_for: User | None
    notify: Sequence[str]
    document: Document | None
    consent: Consent
    submission: uuid.UUID | None
    rehearsal: bool
    at: dt.datetime | None
