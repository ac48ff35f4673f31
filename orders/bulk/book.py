"""The facts that the orders of a file are decided by, as its earlier orders will leave them.

A preview reads it for many orders at once and keeps it in memory: it decides by the decision of the
verb (`orders.actions.placing.decide`), writes nothing, and takes no lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from companies.models import Company
from licensing.actions import Holdings, read_holdings_of
from licensing.models import Installation, Serial
from licensing.serial_policy import Outcome
from orders.actions.deciding import NOTHING_HELD, Prepared, families_of
from orders.actions.duplicates import Before, check_guards, read_before
from orders.actions.placing import Course, check_bounds, decide, find_site
from orders.models import Order, OrderLine
from orders.placement import Consent, Quote
from orders.quoting.identify import Known, Resolved, identify, read_known
from orders.rules.forecast import lots_after
from orders.rules.moves import State
from orders.rules.remarks import to_json

UNWRITTEN = 2**62  # keys of installations that are only foreseen begin here


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order of the file that is not saved, its lines, and the serials that it quotes."""

    order: Order
    rows: Sequence[OrderLine]
    quotes: Sequence[Quote]


@dataclass(slots=True)
class Book:
    known: Known
    current: dict[tuple[int, str], str]  # serial numbers by installation and family, as they are
    holdings: dict[int, Holdings]  # by installation
    before: Before
    keys: Iterator[int] = field(default_factory=lambda: count(UNWRITTEN))

    def place(self, wanted: Wanted, consent: Consent) -> Course:
        """Decides like the verb, and remembers what the order will have done.

        The order then reads as if it was placed. Raises OrderRefused and ValidationError.
        """
        order, rows = wanted.order, wanted.rows
        found = find_site(order, wanted.quotes, consent, self.known)
        order.installation = found.installation if isinstance(found, Resolved) else None
        check_bounds(order, rows)
        guards = partial(check_guards, order, rows, consent, self.before)
        holdings = self.holdings_of(order)
        course = decide(order, rows, found, consent, guards=guards, holdings=holdings)
        order.state, order.held_for = course.state, course.held_for or ""
        order.remarks = [to_json(remark) for remark in course.remarks]
        if course.state is State.ISSUED and course.prepared:
            self._issue(course.prepared)
        self.before.add(order, rows)
        return course

    def holdings_of(self, order: Order) -> Holdings:
        return self.holdings[order.installation.pk] if order.installation else NOTHING_HELD

    def _issue(self, prepared: Prepared) -> None:
        order, held = prepared.order, prepared.holdings
        site = order.installation or self._new_site(order)
        families, new = families_of(prepared), {}
        for code, outcome in prepared.plan.outcomes.items():
            if outcome in (Outcome.NEW, Outcome.REPLACES):
                new[code] = Serial(installation=site, family=families[code])
                self._demote(held.serials.get(code))
        ordered = [row.as_ordered() for row in prepared.lines]
        lots = lots_after(held.lots, ordered, prepared.plan)
        self.holdings[site.pk] = Holdings({**held.serials, **new}, lots)
        order.installation = site

    def _new_site(self, order: Order) -> Installation:
        return Installation(pk=next(self.keys), company=order.company, site_name=order.site_name)

    def _demote(self, replaced: Serial | None) -> None:
        """A quote may mean it still, after all that are current."""
        alike = self.known.get(replaced.lookup_key, ()) if replaced else ()
        for serial in alike:
            serial.is_current = serial.is_current and serial != replaced


def read_book(wanted: Sequence[Wanted], company: Company) -> Book:
    """Takes seven statements at most, whatever the number of orders, and one for their lines."""
    quotes = {quote for each in wanted for quote in each.quotes}
    known = read_known(quotes, company=company)
    for each in wanted:
        each.order.installation = _site_of(each, known)
    sites = [each.order.installation for each in wanted if each.order.installation]
    holdings = read_holdings_of(sites)
    current = {
        (site, family): serial.number
        for site, held in holdings.items()
        for family, serial in held.serials.items()
    }
    before = read_before([(each.order, each.rows) for each in wanted])
    return Book(known, current, holdings, before)


def _site_of(wanted: Wanted, known: Known) -> Installation | None:
    """The site to read about, if all quotes are found. Two sites are refused later."""
    if wanted.order.is_new:
        return None
    identified = identify(wanted.quotes, company=wanted.order.company, known=known)
    if identified.unknown or identified.ambiguous:
        return None
    return next((serial.installation for serial in identified.found.values()), None)
