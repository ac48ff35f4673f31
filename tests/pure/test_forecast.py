"""What an order will do, decided without a database."""

import datetime as dt

import pytest

from licensing.coverage import HeldLot, MissingBase
from licensing.parts import Part
from licensing.serial_policy import Action, Outcome
from orders.forecast import NewLot, OrderedLine, Site, forecast

ON = dt.date(2026, 11, 24)
EXPERT = Part("ISS-Expert", "ISS")
PLUS = Part("ISS-ExpertPlus", "ISS", counts_as="ISS-Expert")
PACK = Part("ISS-ExpertStarterPack", "ISS", kit_of=EXPERT, kit_quantity=4)
BACKUP = Part("ISS-Backup", "ISS", requires="ISS-Expert")
FEDERATION = Part("ISS-Federation", "ISS")
FED_FAILOVER = Part("ISS-FedFailover", "ISS", requires="ISS-Federation")
ES1 = Part("VS-ES1", "VAI", term_years=1)
POLICY = {"ISS": frozenset[Action](), "VAI": frozenset(Action)}


def lines(*ordered: tuple[Part, int]) -> list[OrderedLine]:
    return [
        OrderedLine(position, Action.ADD, part, quantity)
        for position, (part, quantity) in enumerate(ordered, start=1)
    ]


def holds(*parts: Part, last_day: dt.date | None = None) -> Site:
    lots = [HeldLot(part, 3, dt.date(2025, 1, 1), last_day) for part in parts]
    return Site(frozenset(part.family for part in parts), lots)


def test_outcomes_name_every_family_of_order_and_site() -> None:
    plan = forecast(holds(EXPERT, ES1), lines((ES1, 2)), POLICY, ON)
    assert plan.outcomes == {"ISS": Outcome.NOT_CHANGED, "VAI": Outcome.REPLACES}


def test_a_new_site_gets_its_first_serials() -> None:
    plan = forecast(Site(), lines((EXPERT, 1), (ES1, 1)), POLICY, ON)
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


PREREQUISITES = {
    # what the site holds, what is ordered → what is missing
    "none-held-none-ordered": (Site(), [BACKUP], [MissingBase("ISS-Backup", "ISS-Expert", 1)]),
    "held": (holds(EXPERT), [BACKUP], []),
    "ordered-together": (Site(), [BACKUP, EXPERT], []),
    "ordered-as-a-kit": (Site(), [PACK, BACKUP], []),
    "expert-plus-held-counts": (holds(PLUS), [BACKUP], []),
    "expert-plus-ordered-counts": (Site(), [PLUS, BACKUP], []),
    "federation-is-no-expert": (
        holds(FEDERATION),
        [BACKUP],
        [MissingBase("ISS-Backup", "ISS-Expert", 1)],
    ),
    "fed-failover-needs-federation": (
        holds(EXPERT),
        [FED_FAILOVER],
        [MissingBase("ISS-FedFailover", "ISS-Federation", 1)],
    ),
    "fed-failover-with-federation": (holds(FEDERATION), [FED_FAILOVER], []),
    "federation-needs-nothing": (Site(), [FEDERATION], []),
    "each-missing-one-once": (
        Site(),
        [BACKUP, FED_FAILOVER, BACKUP],
        [
            MissingBase("ISS-Backup", "ISS-Expert", 2),
            MissingBase("ISS-FedFailover", "ISS-Federation", 1),
        ],
    ),
}


@pytest.mark.parametrize(
    ("site", "ordered", "missing"), PREREQUISITES.values(), ids=PREREQUISITES.keys()
)
def test_prerequisites(site: Site, ordered: list[Part], missing: list[MissingBase]) -> None:
    plan = forecast(site, lines(*((part, 1) for part in ordered)), POLICY, ON)
    assert list(plan.missing) == missing
