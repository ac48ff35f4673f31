"""What a confirmation tells, in no language: read by the mail, its plain text and its PDF alike.

It is kept with the confirmation, so that all of them can be made again and say the same:
`texts.as_json` writes and reads it. A field that comes later needs a default.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from licensing.serial_policy import Action, Outcome


@dataclass(frozen=True, slots=True)
class SerialFact:
    """What the order did to the serial of a license type."""

    family: str
    number: str
    outcome: Outcome
    replaced: str = ""  # the number before, where this one replaces it
    changes: bool = False  # whether updates of its license type replace it
    entered_url: str = ""  # where to say that it is on the server, where that is asked


@dataclass(frozen=True, slots=True)
class SourceFact:
    """The units that an upgrade took out, or that a renewal goes on for."""

    part_number: str
    before: int
    after: int
    last_day: dt.date | None


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of the order, and the units of its part before and after it."""

    action: Action
    quantity: int  # as ordered
    part_number: str
    before: int
    after: int
    last_day: dt.date | None = None
    starts_later: dt.date | None = None  # for units that do not run yet on the day of issue
    kit_units: int = 0  # of a kit: how many of which part came in; those are counted
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
    number: int  # of the revision
    revised: bool  # an update of an existing installation
    site_name: str
    installation: str  # its reference
    po_number: str
    order_number: str
    order_path: str
    issued_at: dt.datetime
    issued_on: dt.date  # the dealer's calendar day
    serials: tuple[SerialFact, ...]
    lines: tuple[LineFact, ...]
    held: tuple[HeldFact, ...]

    @property
    def revision(self) -> str:
        return f"R{self.number}"
