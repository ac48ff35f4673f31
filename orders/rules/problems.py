"""The reasons to refuse or review an order, as codes and figures.

`orders.wording` makes sentences of them. A refusal with a `token` goes away once the orderer
confirms it: the token names the finding, so that nothing else is confirmed.

A `code` is stored and stands in forms: a class may get another name, its code stays.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from licensing.coverage import MissingBase, NotCovered
from orders.rules.allocation import LineProblem
from orders.rules.moves import NEEDS_ACTIVE_COMPANY, NEEDS_REASON, Move, State, is_allowed


@dataclass(frozen=True, slots=True)
class SerialMissing:
    """The order is for an existing installation but quotes no serial number."""

    code: ClassVar[str] = "serial_missing"


@dataclass(frozen=True, slots=True)
class SerialNotFound:
    """The serial belongs to no installation of the ordering company.

    Unknown serials and those of other companies get the same answer, so that users can't probe.
    """

    code: ClassVar[str] = "serial_not_found"
    family: str  # of the field that it was typed into
    mistyped: bool = False  # its check character is wrong
    near: tuple[str, ...] = ()  # serials of the company's that differ by one slip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A site of the ordering company that a quote may mean, and its serial as it is written."""

    site: str
    number: str


@dataclass(frozen=True, slots=True)
class SerialAmbiguous:
    """Serials of several sites of the company read like the quote; none is exactly like it."""

    code: ClassVar[str] = "serial_ambiguous"
    family: str  # of the field that it was typed into
    candidates: tuple[Candidate, ...]  # empty if the user may not see all of them


@dataclass(frozen=True, slots=True)
class TooManyMisses:
    """The user has quoted more unknown serials in an hour than a person mistypes."""

    seconds: int  # until one more is looked up
    code: ClassVar[str] = "too_many_misses"


@dataclass(frozen=True, slots=True)
class SerialsOfTwoSites:
    """The quoted serials identify different installations."""

    code: ClassVar[str] = "serials_of_two_sites"


@dataclass(frozen=True, slots=True)
class SerialNotNeeded:
    """The order is for a new installation, which has no serial number yet."""

    code: ClassVar[str] = "serial_not_needed"


@dataclass(frozen=True, slots=True)
class InstallationOfAnotherCompany:
    """The installation went to another dealer or end customer after the order."""

    code: ClassVar[str] = "installation_of_another_company"


@dataclass(frozen=True, slots=True)
class CompanyClosed:
    """The company was deactivated: its orders can only end."""

    code: ClassVar[str] = "company_closed"
    company: str


@dataclass(frozen=True, slots=True)
class MoveNotPossible:
    code: ClassVar[str] = "move_not_possible"
    state: State
    move: Move


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    code: ClassVar[str] = "reason_missing"
    move: Move


@dataclass(frozen=True, slots=True)
class Earlier:
    """An order or an installation that is there already, and what its link says.

    Where the link leads is for the page to say: customers and sales have pages of their own.
    """

    name: str
    on: dt.date | None = None
    order: str = ""  # its reference; of the two one is empty
    site: str = ""  # reference of the installation

    @property
    def reference(self) -> str:
        return self.order or self.site


@dataclass(frozen=True, slots=True)
class SamePurchaseOrder:
    """The company already used this PO number for the same installation or site."""

    code: ClassVar[str] = "same_po"
    po_number: str
    earlier: tuple[Earlier, ...]

    @property
    def token(self) -> str:
        return _token(self.code, self.po_number, *(each.reference for each in self.earlier))


@dataclass(frozen=True, slots=True)
class SameLines:
    """The same lines were ordered for the installation a few days ago."""

    code: ClassVar[str] = "same_lines"
    earlier: tuple[Earlier, ...]

    @property
    def token(self) -> str:
        return _token(self.code, *(each.reference for each in self.earlier))


@dataclass(frozen=True, slots=True)
class SameSite:
    """The company has an installation of that name, or an open order for one."""

    code: ClassVar[str] = "same_site"
    site_name: str
    earlier: tuple[Earlier, ...]

    @property
    def token(self) -> str:
        return _token(self.code, self.site_name, *(each.reference for each in self.earlier))


@dataclass(frozen=True, slots=True)
class InstallationChanged:
    """Another change came in after the forecast that the orderer saw."""

    code: ClassVar[str] = "changed"
    site_name: str
    seen: int
    now: int  # the number of the newest revision

    @property
    def token(self) -> str:
        return _token(self.code, str(self.now))


@dataclass(frozen=True, slots=True)
class ToAcknowledge:
    """The order has more units than the base licenses cover: the orderer must confirm it."""

    code: ClassVar[str] = "to_acknowledge"
    warning: NotCovered

    @property
    def token(self) -> str:
        warning = self.warning
        return _token(warning.code, warning.part_number, str(warning.units), str(warning.base))


@dataclass(frozen=True, slots=True)
class OtherFamilyQuoted:
    """The installation has a serial of a family on the order, and the order does not quote it."""

    code: ClassVar[str] = "other_family"
    family: str


@dataclass(frozen=True, slots=True)
class StartAskedFor:
    """The customer wants a subscription to start on another day than the day of issue."""

    code: ClassVar[str] = "start_asked_for"
    part_number: str
    starts_on: dt.date


@dataclass(frozen=True, slots=True)
class UsedPurchaseOrder:
    """The PO number was used for the installation; this was found when the serial was supplied."""

    code: ClassVar[str] = "used_po"
    po_number: str


Found = SamePurchaseOrder | SameLines | SameSite | InstallationChanged
Guard = Found | ToAcknowledge
Warned = NotCovered | OtherFamilyQuoted | StartAskedFor | UsedPurchaseOrder
Remark = Found | Warned | MissingBase  # the last one if sales overruled it
Problem = (
    SerialMissing
    | SerialNotFound
    | SerialAmbiguous
    | TooManyMisses
    | SerialsOfTwoSites
    | SerialNotNeeded
    | InstallationOfAnotherCompany
    | CompanyClosed
    | LineProblem
    | MissingBase
    | NotCovered
    | Guard
    | MoveNotPossible
    | ReasonMissing
)


def _token(*parts: str) -> str:
    return "|".join(parts)


class OrderRefused(Exception):
    """The order, or a move of it, is refused; nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)


def check_move(
    state: State, move: Move, reason: str = "", needs_reason: Collection[Move] = NEEDS_REASON
) -> None:
    """Raises OrderRefused unless the order may make that move now, with that reason."""
    if not is_allowed(state, move):
        raise OrderRefused([MoveNotPossible(state, move)])
    if move in needs_reason and not reason.strip():
        raise OrderRefused([ReasonMissing(move)])


def check_company(name: str, move: Move, *, active: bool) -> None:
    """Raises OrderRefused if a move would continue an order of a deactivated company."""
    if move in NEEDS_ACTIVE_COMPANY and not active:
        raise OrderRefused([CompanyClosed(name)])
