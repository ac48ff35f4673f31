"""The effects of an order if it were placed now, for the form. It reads and decides only.

The decision is the one that the issue makes (`orders.actions.deciding.forecast_of`), on what
is there now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from licensing.coverage import MissingBase, NotCovered
from licensing.models import Installation
from orders.actions.deciding import (
    Prepared,
    Turn,
    Units,
    forecast_of,
    lines_to_decide,
    turns_of,
    units_of,
    warnings,
)
from orders.actions.duplicates import find_guards, similar_sites
from orders.models import Order, OrderLine
from orders.placement import Consent, NewLine, Quote
from orders.quoting import guess_limit
from orders.quoting.identify import Resolved, resolve
from orders.rules.allocation import LineProblem, check_products
from orders.rules.forecast import Forecast, NewLot
from orders.rules.holding import HeldFor, reason_to_hold
from orders.rules.problems import (
    Earlier,
    Guard,
    InstallationChanged,
    OrderRefused,
    Problem,
    SerialMissing,
    ToAcknowledge,
    Warned,
)


@dataclass(frozen=True, slots=True)
class Preview:
    resolved: Resolved | None = None
    problems: Sequence[Problem] = ()  # with the serials, while the installation is unknown
    prepared: Prepared | None = None
    guards: Sequence[Guard] = ()  # each allows the order once it is confirmed
    warned: Sequence[Warned] = ()  # they send the order to review
    similar: Sequence[Earlier] = ()  # sites that the orderer perhaps means
    changed: InstallationChanged | None = None
    held_for: HeldFor | None = None
    flaws: Sequence[LineProblem] = ()  # of a held order's lines, at any site
    consent: Consent = field(default_factory=Consent)

    @property
    def installation(self) -> Installation | None:
        return self.resolved.installation if self.resolved else None

    @property
    def plan(self) -> Forecast | None:
        return self.prepared.plan if self.prepared else None

    @property
    def turns(self) -> list[Turn]:
        return turns_of(self.prepared) if self.prepared else []

    @property
    def units(self) -> list[Units]:
        return units_of(self.plan) if self.plan else []

    @property
    def line_problems(self) -> Sequence[LineProblem]:
        return self.plan.line_problems if self.plan else self.flaws

    @property
    def missing(self) -> Sequence[MissingBase | NotCovered]:
        return self.plan.missing if self.plan else ()

    @property
    def lots(self) -> Mapping[int, NewLot]:
        """The new lot of each line, with its end."""
        return {lot.line: lot for lot in self.plan.lots} if self.plan else {}

    @property
    def is_stopped(self) -> bool:
        """Whether a problem must be solved before the order can be placed."""
        lacking = self.missing and not self.consent.overrule
        return bool(self.line_problems or lacking or self.problems)

    @property
    def goes(self) -> str:
        """The state that the order gets when it is placed: held, in review, or issued at once."""
        if self.held_for:
            return "" if self.is_stopped else "held"
        if self.prepared is None or not self.prepared.lines or self.is_stopped:
            return ""
        at_once = self.prepared.order.company.auto_issue and not self.warned
        return "issued" if at_once else "review"


def preview(
    order: Order,
    lines: Sequence[NewLine],
    quotes: Sequence[Quote],
    *,
    paths: Collection[tuple[str, str]],
    consent: Consent,
    at: dt.datetime,
) -> Preview:
    """The order is not saved: its company, kind, site, PO number and `placed_by` are what was
    typed so far. Of a new installation no quotes are read. Quoting serials that are not found
    counts as when it is placed."""
    order.placed_at = at
    resolved: Resolved | None = None
    if not order.is_new:
        try:
            with guess_limit.counted(order.placed_by, quotes):
                resolved = resolve(quotes, company=order.company)
        except OrderRefused as refusal:
            return _unresolved(refusal, order, lines_to_decide(order, lines, paths), consent)
        order.installation = resolved.installation
    return _resolved(order, lines_to_decide(order, lines, paths), resolved, consent)


def _unresolved(
    refusal: OrderRefused, order: Order, rows: Sequence[OrderLine], consent: Consent
) -> Preview:
    """The preview of an order without a known installation, checked like
    `orders.actions.placing`.
    """
    held_for = reason_to_hold(refusal.problems) if consent.without_serial else None
    if held_for:
        flaws = [flaw for row in rows if (flaw := check_products(row.as_ordered()))]
        guards = find_guards(order, rows, consent.seen)
        return Preview(guards=guards, held_for=held_for, flaws=flaws, consent=consent)
    nothing_typed = isinstance(refusal.problems[0], SerialMissing)
    return Preview(problems=() if nothing_typed else refusal.problems, consent=consent)


def _resolved(
    order: Order, rows: Sequence[OrderLine], resolved: Resolved | None, consent: Consent
) -> Preview:
    prepared = forecast_of(order, rows, at=order.placed_at)
    warned = warnings(prepared, resolved)
    found = find_guards(order, rows, consent.seen)
    changed = [guard for guard in found if isinstance(guard, InstallationChanged)]
    return Preview(
        resolved,
        prepared=prepared,
        guards=[
            *(guard for guard in found if guard not in changed),
            *(ToAcknowledge(each) for each in prepared.plan.warnings),
        ],
        warned=warned,
        similar=similar_sites(order),
        changed=changed[0] if changed else None,
        consent=consent,
    )
