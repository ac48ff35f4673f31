"""What whoever orders was told before, and says yes to."""

from collections.abc import Collection
from dataclasses import dataclass


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
