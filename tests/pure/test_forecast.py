"""The effects of an order, decided without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from licensing.coverage import HeldLot, MissingBase, NotCovered
from licensing.parts import Part
from licensing.serial_policy import Action, Outcome
from orders.rules.forecast import NewLot, SiteHoldings, forecast, lots_after
from orders.rules.lines import OrderedLine
from tests.pure.catalog import PARTS, POLICY

ON = dt.date(2026, 11, 24)
EXPERT, PLUS, PACK = (
    PARTS[f"ISS-{name}"] for name in ("Expert", "ExpertPlus", "ExpertStarterPack")
)
BACKUP, FAILOVER, REDUNDANT = (PARTS[f"ISS-{name}"] for name in ("Backup", "Failover", "Redundant"))
FEDERATION, FED_FAILOVER = PARTS["ISS-Federation"], PARTS["ISS-FedFailover"]
STRICT = replace(BACKUP, requires_one_each=True)
ES1 = PARTS["VS-ES1"]


def lines(*ordered: tuple[Part, int]) -> list[OrderedLine]:
    return [
        OrderedLine(position, Action.ADD, part, quantity)
        for position, (part, quantity) in enumerate(ordered, start=1)
    ]


def holds(*parts: Part, last_day: dt.date | None = None) -> SiteHoldings:
    lots = [HeldLot(part, 3, dt.date(2025, 1, 1), last_day) for part in parts]
    return SiteHoldings(frozenset(part.family for part in parts), lots)


def test_outcomes_name_every_family_of_order_and_site() -> None:
    plan = forecast(holds(EXPERT, ES1), lines((ES1, 2)), POLICY, ON)
    assert plan.outcomes == {"ISS": Outcome.NOT_CHANGED, "VAI": Outcome.REPLACES}


def test_a_new_site_gets_its_first_serials() -> None:
    plan = forecast(SiteHoldings(), lines((EXPERT, 1), (ES1, 1)), POLICY, ON)
    assert plan.outcomes == {"ISS": Outcome.NEW, "VAI": Outcome.NEW}


def test_lots_carry_terms_and_count_holdings_up_line_by_line() -> None:
    plan = forecast(holds(EXPERT), lines((PACK, 2), (EXPERT, 1), (ES1, 5)), POLICY, ON)
    assert plan.lots == (
        NewLot(1, "ISS-Expert", 8, ON, None, held_before=3, held_after=11),
        NewLot(2, "ISS-Expert", 1, ON, None, held_before=11, held_after=12),
        NewLot(3, "VS-ES1", 5, ON, dt.date(2027, 11, 23), held_before=0, held_after=5),
    )


def test_an_expired_lot_does_not_count_as_held() -> None:
    plan = forecast(holds(ES1, last_day=dt.date(2026, 11, 23)), lines((ES1, 1)), POLICY, ON)
    assert (plan.lots[0].held_before, plan.lots[0].held_after) == (0, 1)


NO_EXPERT = {part: MissingBase(part.part_number, "ISS-Expert", 1) for part in PARTS.values()}
NO_FEDERATION = MissingBase("ISS-FedFailover", "ISS-Federation", 1)
MISSING = {
    # what the site holds, what is ordered → what is missing: refused
    "backup-none": (SiteHoldings(), [BACKUP], [NO_EXPERT[BACKUP]]),
    "backup-held": (holds(EXPERT), [BACKUP], []),
    "failover-none": (SiteHoldings(), [FAILOVER], [NO_EXPERT[FAILOVER]]),
    "failover-held": (holds(EXPERT), [FAILOVER], []),
    "redundant-none": (SiteHoldings(), [REDUNDANT], [NO_EXPERT[REDUNDANT]]),
    "redundant-held": (holds(EXPERT), [REDUNDANT], []),
    "fed-failover-none": (holds(EXPERT), [FED_FAILOVER], [NO_FEDERATION]),
    "fed-failover-held": (holds(FEDERATION), [FED_FAILOVER], []),
    "federation-needs-nothing": (SiteHoldings(), [FEDERATION], []),
    "federation-is-no-expert": (holds(FEDERATION), [BACKUP], [NO_EXPERT[BACKUP]]),
    "ordered-together": (SiteHoldings(), [BACKUP, EXPERT], []),
    "ordered-as-a-kit": (SiteHoldings(), [PACK, BACKUP], []),
    "a-kit-needs-what-is-in-it-needs": (
        SiteHoldings(),
        [Part("ISS-BackupPack", "ISS", kit_of=BACKUP, kit_quantity=3)],
        [MissingBase("ISS-Backup", "ISS-Expert", 3)],
    ),
    "expert-plus-held-counts": (holds(PLUS), [BACKUP], []),
    "expert-plus-ordered-counts": (SiteHoldings(), [PLUS, BACKUP], []),
    "what-is-held-already-is-not-asked-about": (holds(BACKUP), [FEDERATION], []),
    "another-one-of-what-is-held-is": (
        holds(BACKUP),
        [BACKUP],
        [MissingBase("ISS-Backup", "ISS-Expert", 4)],
    ),
    "each-missing-one-once": (
        SiteHoldings(),
        [BACKUP, FED_FAILOVER, BACKUP],
        [MissingBase("ISS-Backup", "ISS-Expert", 2), NO_FEDERATION],
    ),
}


@pytest.mark.parametrize(("site", "ordered", "missing"), MISSING.values(), ids=MISSING.keys())
def test_what_nothing_is_there_for(
    site: SiteHoldings, ordered: list[Part], missing: list[MissingBase]
) -> None:
    plan = forecast(site, lines(*((part, 1) for part in ordered)), POLICY, ON)
    assert (list(plan.missing), plan.warnings) == (missing, ())


def short(part: str, units: int, base: int) -> NotCovered:
    return NotCovered(part, "ISS-Expert", units, base)


SHORT: dict[
    str, tuple[SiteHoldings, list[tuple[Part, int]], list[NotCovered], list[NotCovered]]
] = {
    # what the site holds (3 of each), what is ordered → refused for, warned of
    "as-many-as-there-are": (holds(EXPERT), [(BACKUP, 3)], [], []),
    "one-more": (holds(EXPERT), [(BACKUP, 4)], [], [short("ISS-Backup", 4, 3)]),
    "expert-and-plus-together": (holds(EXPERT, PLUS), [(BACKUP, 6)], [], []),
    "one-more-than-both": (
        holds(EXPERT, PLUS),
        [(BACKUP, 7)],
        [],
        [short("ISS-Backup", 7, 6)],
    ),
    "against-each-product-for-itself": (holds(EXPERT), [(BACKUP, 3), (FAILOVER, 3)], [], []),
    "both-short": (
        holds(EXPERT),
        [(BACKUP, 4), (REDUNDANT, 5)],
        [],
        [short("ISS-Backup", 4, 3), short("ISS-Redundant", 5, 3)],
    ),
    "held-ones-count": (holds(EXPERT, BACKUP), [(BACKUP, 1)], [], [short("ISS-Backup", 4, 3)]),
    "a-kit-covers-four": (SiteHoldings(), [(PACK, 2), (BACKUP, 8)], [], []),
    "a-kit-does-not-cover-five": (
        SiteHoldings(),
        [(PACK, 1), (BACKUP, 5)],
        [],
        [short("ISS-Backup", 5, 4)],
    ),
    "ordered-later-on-the-same-order": (holds(EXPERT), [(BACKUP, 4), (EXPERT, 1)], [], []),
    "strict-in-the-catalog": (holds(EXPERT), [(STRICT, 4)], [short("ISS-Backup", 4, 3)], []),
    "strict-and-enough": (holds(EXPERT), [(STRICT, 3)], [], []),
}


@pytest.mark.parametrize(("site", "ordered", "refused", "warned"), SHORT.values(), ids=SHORT.keys())
def test_what_too_little_is_there_for(
    site: SiteHoldings,
    ordered: list[tuple[Part, int]],
    refused: list[NotCovered],
    warned: list[NotCovered],
) -> None:
    plan = forecast(site, lines(*ordered), POLICY, ON)
    assert (list(plan.missing), list(plan.warnings)) == (refused, warned)


# Base licenses that are upgraded away: no such pair is in the catalog, but staff may make one

LARGE = Part("ISS-Large", "ISS")  # does not count as an Expert


def upgrades(*ordered: tuple[Part, Part, int]) -> list[OrderedLine]:
    return [
        OrderedLine(at, Action.UPGRADE, part, units, source, is_upgrade_path=True)
        for at, (source, part, units) in enumerate(ordered, start=1)
    ]


def test_what_is_left_without_its_base_is_refused() -> None:
    plan = forecast(holds(EXPERT, BACKUP), upgrades((EXPERT, LARGE, 3)), POLICY, ON)
    assert plan.missing == (MissingBase("ISS-Backup", "ISS-Expert", 3),)


def test_what_is_left_with_too_few_is_warned_of() -> None:
    plan = forecast(holds(EXPERT, BACKUP), upgrades((EXPERT, LARGE, 1)), POLICY, ON)
    assert (plan.missing, plan.warnings) == ((), (short("ISS-Backup", 3, 2),))


def test_an_upgrade_to_what_counts_as_the_base_takes_nothing_away() -> None:
    plan = forecast(holds(EXPERT, BACKUP), upgrades((EXPERT, PLUS, 3)), POLICY, ON)
    assert (plan.missing, plan.warnings) == ((), ())


def test_what_went_with_its_base_needs_none() -> None:
    both = upgrades((EXPERT, LARGE, 3), (BACKUP, LARGE, 3))
    assert forecast(holds(EXPERT, BACKUP), both, POLICY, ON).missing == ()


# Lots after it ---------------------------------------------------------------------------

ADV1 = PARTS["VS-ADV1"]
BEGAN, ENDS = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


def after(lots: list[HeldLot], *ordered: OrderedLine) -> list[tuple[str, int, int, int]]:
    """Part number, units, renewed units and key of each lot."""
    plan = forecast(SiteHoldings(frozenset(), lots), ordered, POLICY, ON)
    assert plan.line_problems == ()
    found = lots_after(lots, ordered, plan)
    return [(lot.part.part_number, lot.quantity, lot.renewed, lot.key) for lot in found]


def test_after_it_there_are_the_lots_before_and_the_new_ones_with_keys_behind() -> None:
    lots = [HeldLot(ES1, 3, BEGAN, ENDS, key=7), HeldLot(EXPERT, 1, BEGAN, None, key=9)]
    assert after(lots, *lines((PACK, 2), (ES1, 5))) == [
        ("ISS-Expert", 1, 0, 9),
        ("ISS-Expert", 8, 0, 10),
        ("VS-ES1", 3, 0, 7),
        ("VS-ES1", 5, 0, 11),
    ]


def test_the_first_lot_of_a_site_has_the_first_key() -> None:
    assert after([], *lines((EXPERT, 2))) == [("ISS-Expert", 2, 0, 1)]


def test_new_lots_have_their_terms() -> None:
    ordered = lines((ES1, 5))
    plan = forecast(SiteHoldings(), ordered, POLICY, ON)
    assert lots_after([], ordered, plan) == [HeldLot(ES1, 5, ON, dt.date(2027, 11, 23), key=1)]


def test_upgraded_units_leave_their_lot_which_goes_when_it_is_empty() -> None:
    line = OrderedLine(1, Action.UPGRADE, ADV1, 2, source=ES1, is_upgrade_path=True)
    lot = HeldLot(ES1, 3, BEGAN, ENDS, renewed=1, key=7)
    assert after([lot], line) == [("VS-ADV1", 2, 0, 8), ("VS-ES1", 1, 1, 7)]
    assert after([lot], replace(line, quantity=3)) == [("VS-ADV1", 3, 1, 8)]


def test_renewed_units_stay_in_their_lot_and_are_counted_there() -> None:
    line = OrderedLine(1, Action.RENEW, ES1, 2, source=ES1)
    lot = HeldLot(ES1, 3, BEGAN, ENDS, renewed=1, key=7)
    assert after([lot], line) == [("VS-ES1", 3, 3, 7), ("VS-ES1", 2, 0, 8)]


def test_two_lines_may_change_one_lot() -> None:
    upgrade = OrderedLine(1, Action.UPGRADE, ADV1, 1, source=ES1, is_upgrade_path=True)
    renewal = OrderedLine(3, Action.RENEW, ES1, 1, source=ES1)
    lot = HeldLot(ES1, 6, BEGAN, ENDS, key=7)
    found = after([lot], upgrade, replace(upgrade, position=2, quantity=2), renewal)
    assert found[2] == ("VS-ES1", 3, 1, 7)
    found = after([lot], renewal, replace(renewal, position=4, quantity=2))
    assert found[0] == ("VS-ES1", 6, 3, 7)


def test_they_stand_in_the_order_of_the_catalog() -> None:
    last, first = replace(EXPERT, position=2), replace(ES1, position=1)
    lots = [HeldLot(last, 1, BEGAN, None, key=1), HeldLot(first, 1, BEGAN, ENDS, key=2)]
    assert [part for part, *_figures in after(lots)] == ["VS-ES1", "ISS-Expert"]
