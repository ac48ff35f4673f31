"""Reads and decides the effects of an order without writing anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from companies.time_zones import local_date
from licensing.actions import Holdings, read_holdings
from licensing.coverage import NotCovered
from licensing.models import Family, Serial, UpgradePath
from licensing.serial_policy import Outcome
from orders.models import Order, OrderLine
from orders.placement import NewLine
from orders.quoting.identify import Resolved
from orders.rules.forecast import Forecast, NewLot, SiteHoldings, forecast
from orders.rules.problems import OrderRefused, StartAskedFor, Warned
from orders.wording import FORECASTS

NOTHING_HELD = Holdings({}, [])


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order and its installation as they were read, and the decision about them."""

    order: Order
    lines: Sequence[OrderLine]
    holdings: Holdings
    plan: Forecast


def prepare(order: Order, *, at: dt.datetime) -> Prepared:
    """Takes three statements. The result holds only while the installation is locked.

    Raises OrderRefused when the lines can't be issued into that installation on that day.
    """
    prepared = forecast_of(order, list(order.lines.ready_to_decide()), at=at)
    check_can_be_issued(prepared)
    return prepared


def check_can_be_issued(prepared: Prepared) -> None:
    """Raises OrderRefused with what stops the issue, unless sales overruled it."""
    plan = prepared.plan
    missing = () if prepared.order.overruled else plan.missing
    if plan.line_problems or missing:
        raise OrderRefused([*plan.line_problems, *missing])


def forecast_of(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    at: dt.datetime,
    holdings: Holdings | None = None,
) -> Prepared:
    """The effects of the lines, problems included; the order need not be saved.

    It reads the holdings in two statements unless they are given.
    """
    if holdings is None:
        holdings = read_holdings(order.installation) if order.installation else NOTHING_HELD
    plan = forecast(
        SiteHoldings(frozenset(holdings.serials), holdings.lots),
        [line.as_ordered() for line in lines],
        {line.product.family_id: line.product.family.reissue_on for line in lines},
        local_date(at, order.dealer.time_zone),
    )
    return Prepared(order, lines, holdings, plan)


def lines_to_decide(
    order: Order, lines: Sequence[NewLine], paths: Collection[tuple[str, str]]
) -> list[OrderLine]:
    """The lines of an order that is not saved, as `ready_to_decide` reads those of others.

    `paths` are the upgrade paths, pairs of part numbers.
    """
    rows = [line.as_row(order, position) for position, line in enumerate(lines, start=1)]
    for row in rows:
        row.is_upgrade_path = (row.source_id, row.product_id) in paths  # type: ignore[attr-defined]  # annotated
    return rows


def paths_of(lines: Sequence[NewLine]) -> frozenset[tuple[str, str]]:
    """The upgrade paths from what the lines change; no statement if they only add."""
    sources = {line.source.pk for line in lines if line.source}
    if not sources:
        return frozenset()
    paths = UpgradePath.objects.filter(active=True, from_product__in=sources)
    return frozenset(paths.order_by().values_list("from_product", "to_product"))


def families_of(prepared: Prepared) -> dict[str, Family]:
    """By code: the families on the order, and those of the installation's serials."""
    held = {code: serial.family for code, serial in prepared.holdings.serials.items()}
    return held | {line.product.family_id: line.product.family for line in prepared.lines}


def warnings(prepared: Prepared, resolved: Resolved | None) -> tuple[Warned, ...]:
    """The warnings that send the order to review, even if its company issues at once."""
    families = {line.product.family_id for line in prepared.lines}
    quoted = resolved.not_quoted(families, prepared.holdings.serials.keys()) if resolved else ()
    overruled = [missing for missing in prepared.plan.missing if isinstance(missing, NotCovered)]
    return (*quoted, *prepared.plan.warnings, *overruled, *_starts(prepared))


def _starts(prepared: Prepared) -> list[StartAskedFor]:
    """The requested start days, for sales to check. Sales itself may choose any start."""
    if prepared.order.ordered_for_id:
        return []
    return [
        StartAskedFor(line.product_id, line.starts_on) for line in prepared.lines if line.starts_on
    ]


@dataclass(frozen=True, slots=True)
class Turn:
    """The effect on a family's serial; a new number is made only when the order is issued."""

    family: str
    outcome: Outcome
    before: Serial | None  # the current one, if there is one yet

    @property
    def label(self) -> str:
        return str(FORECASTS[self.outcome])


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a part that run on the day of the order, before and after the order."""

    part_number: str
    before: int
    after: int
    lots: Sequence[NewLot]  # the lots that the order adds, with their terms

    @property
    def is_changed(self) -> bool:
        return bool(self.lots) or self.before != self.after

    @property
    def is_counted(self) -> bool:
        """Whether any of them run that day; of a renewal the term tells more than 0 and 0."""
        return bool(self.before or self.after)

    @property
    def waiting(self) -> Sequence[NewLot]:
        """The lots whose units are not counted yet, since their term starts later."""
        return [lot for lot in self.lots if lot.held_before == lot.held_after]


def turns_of(prepared: Prepared) -> list[Turn]:
    """The effects on serials, in the order of the families."""
    serials, outcomes = prepared.holdings.serials, prepared.plan.outcomes
    families = families_of(prepared)
    return [
        Turn(code, outcomes[code], serials.get(code))
        for code in sorted(outcomes, key=lambda code: (families[code].position, code))
    ]


def units_of(plan: Forecast) -> list[Units]:
    """The held and the new units; the held parts come first, in the order of the catalog."""
    before = {part.part_number: units for part, units in plan.before.items()}
    after = {part.part_number: units for part, units in plan.after.items()}
    names = dict.fromkeys([*before, *after, *(lot.part_number for lot in plan.lots)])
    return [
        Units(
            name,
            before.get(name, 0),
            after.get(name, 0),
            [lot for lot in plan.lots if lot.part_number == name],
        )
        for name in names
    ]
