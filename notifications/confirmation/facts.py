"""The facts of a confirmation, without language: the mail, its plain text and its PDF read them.

It is kept with the confirmation, so that all of them can be made again and say the same:
`texts.as_json` writes and reads it. A field that comes later needs a default.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from licensing.serial_policy import Action, Outcome


@dataclass(frozen=True, slots=True)
class SerialFact:
    """The effect of the order on the serial of a license type."""

    family: str
    number: str
    outcome: Outcome
    replaced: str = ""  # the number that this one replaces, if any
    changes: bool = False  # whether updates of its license type replace the number
    entered_url: str = ""  # where to report that it is on the server, if the type asks it
    replaced_on: tuple[Action, ...] = ()  # which updates do; facts of long ago only say `changes`

    @property
    def reissue_on(self) -> tuple[Action, ...]:
        """The policy of its license type at the issue."""
        return self.replaced_on or (tuple(Action) if self.changes else ())


@dataclass(frozen=True, slots=True)
class SourceFact:
    """The units that an upgrade takes out or that a renewal extends."""

    part_number: str
    before: int
    after: int
    last_day: dt.date | None


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of the order, and the units of its part before and after it."""

    action: Action
    quantity: int  # of units, as ordered
    part_number: str
    before: int
    after: int
    last_day: dt.date | None = None
    starts_later: dt.date | None = None  # if the units do not run yet on the day of issue
    kit_units: int = 0  # if the part is a kit: units of the part that it contains
    kit_part: str = ""
    source: SourceFact | None = None


@dataclass(frozen=True, slots=True)
class HeldFact:
    """Units that the installation holds after the order."""

    part_number: str
    quantity: int
    last_day: dt.date | None = None
    starts_later: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ConfirmationFacts:
    number: int  # the number of the revision
    revised: bool  # whether it updates an existing installation
    site_name: str
    installation: str  # the reference of the installation
    po_number: str
    order_number: str
    order_path: str
    issued_at: dt.datetime
    issued_on: dt.date  # the day in the dealer's time zone
    serials: tuple[SerialFact, ...]
    lines: tuple[LineFact, ...]
    held: tuple[HeldFact, ...]
    dealer: str = ""  # empty in what was kept before these were
    end_customer: str = ""  # empty if the installation has none

    @property
    def revision(self) -> str:
        return f"R{self.number}"
