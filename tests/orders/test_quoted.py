"""A purchase order may quote serials (docs/domain.md, "Ordering"): row by row of its table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from companies.models import Company
from licensing.actions import import_installation
from licensing.models import Family, Installation
from licensing.serial_numbers import ALPHABET, check_character, written
from orders import actions
from orders.models import Order
from orders.placement import NONE, Consent, Quote
from orders.quoting.identify import resolve
from orders.rules.holding import HeldFor
from orders.rules.problems import (
    OrderRefused,
    OtherFamilyQuoted,
    Problem,
    SerialMissing,
    SerialNotFound,
    SerialsOfTwoSites,
    UsedPurchaseOrder,
)
from orders.wording import sentence
from tests.cast import NOW, Cast, current
from tests.kept_rows import kept
from tests.licensing.invariants import violations

HELD = Consent(without_serial=True)  # "send it anyway", or "I can't find it"


@dataclass
class Sites:
    """Harbor's and somebody else's, and the serials that somebody may quote of them."""

    cast: Cast
    both: Installation = field(init=False)
    only_iss: Installation = field(init=False)

    def __post_init__(self) -> None:
        cast = self.cast
        self.both = cast.site(ISS_Expert=2, VS_ES1=3)
        self.superseded = current(self.both, "VAI")
        cast.issue(cast.order_existing(self.superseded, VS_ES1=1))
        self.only_iss = cast.site(ISS_Expert=5)
        theirs = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
        assert theirs
        self.elsewhere = import_installation(
            company=cast.harbor,
            site_name="Old Mill",
            serials={Family.objects.get(pk="ISS"): "2019/004417-B"},
            by=cast.sales,
            at=NOW,
        )
        self.texts = {
            "iss": current(self.both, "ISS"),
            "vai": current(self.both, "VAI"),
            "old vai": self.superseded,
            "other iss": current(self.only_iss, "ISS"),
            "foreign": current(theirs, "ISS"),
            "unknown": written("ISS", "0" * 16),
            "elsewhere": "2019/004417-B",
            "sloppy elsewhere": " 20i9 oo44l7b ",
        }
        self.texts |= {
            "sloppy iss": " ".join(self.texts["iss"].lower().replace("0", "o").split("-")),
            "wrong iss": one_wrong(self.texts["iss"]),
            "swapped iss": two_swapped(self.texts["iss"]),
            "wrong foreign": one_wrong(self.texts["foreign"]),
            "wrong unknown": one_wrong(self.texts["unknown"]),
        }

    def quotes(self, quoted: dict[str, str]) -> list[Quote]:
        return [Quote(field, self.texts[what]) for field, what in quoted.items()]

    def place(self, quoted: dict[str, str], consent: Consent = NONE, **lines: int) -> Order:
        order = actions.place_existing(
            company=self.cast.harbor,
            quotes=self.quotes(quoted),
            po_number="PO-quoted",
            lines=self.cast.lines(**lines),
            by=self.cast.buyer,
            consent=consent,
            at=NOW,
        )
        return Order.objects.get(pk=order.pk)

    def refused(self, quoted: dict[str, str], **lines: Any) -> tuple[Problem, ...]:
        with pytest.raises(OrderRefused) as refusal:
            self.place(quoted, **lines)
        assert not Order.objects.filter(po_number="PO-quoted").exists()
        return refusal.value.problems


def one_wrong(serial: str) -> str:
    """With another character in the middle; the check character finds it."""
    at = 7
    other = next(each for each in ALPHABET if each != serial[at])
    return serial[:at] + other + serial[at + 1 :]


def two_swapped(serial: str) -> str:
    """Two different neighbors in each other's place, in the look-up key as well."""
    pairs = [at for at in range(4, len(serial) - 1) if "-" not in serial[at : at + 2]]
    at = next(at for at in pairs if serial[at] != serial[at + 1])
    return serial[:at] + serial[at + 1] + serial[at] + serial[at + 2 :]


@kept
def sites(cast: Cast) -> Sites:
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=True)
    sites = Sites(cast)
    cast.harbor.refresh_from_db()
    return sites


ISS: dict[str, Any] = {"ISS_Expert": 1}
VAI: dict[str, Any] = {"VS_ES3": 2}
BOTH = ISS | VAI
FOUND: dict[str, Any] = {
    # what was quoted (field: what), what is ordered → which site, state, warnings; and per
    # family what was found and what became of it
    "current-iss": (
        {"ISS": "iss"},
        ISS,
        ("both", "issued", []),
        {"ISS": ("iss", "stays"), "VAI": ("", "not_changed")},
    ),
    "current-vai": (
        {"VAI": "vai"},
        VAI,
        ("both", "issued", []),
        {"ISS": ("", "not_changed"), "VAI": ("vai", "replaces")},
    ),
    "current-of-each-family": (
        {"ISS": "iss", "VAI": "vai"},
        BOTH,
        ("both", "issued", []),
        {"ISS": ("iss", "stays"), "VAI": ("vai", "replaces")},
    ),
    "in-each-others-fields": (
        {"ISS": "vai", "VAI": "iss"},
        BOTH,
        ("both", "issued", []),
        {"ISS": ("iss", "stays"), "VAI": ("vai", "replaces")},
    ),
    "superseded-vai": (
        {"VAI": "old vai"},
        VAI,
        ("both", "issued", []),
        {"ISS": ("", "not_changed"), "VAI": ("old vai", "replaces")},
    ),
    "superseded-and-current-vai": (
        {"ISS": "old vai", "VAI": "vai"},
        VAI,
        ("both", "issued", []),
        {"ISS": ("old vai", "not_changed"), "VAI": ("vai", "replaces")},
    ),
    "only-iss-though-vai-has-its-own": (
        {"ISS": "iss"},
        VAI,
        ("both", "in_review", [OtherFamilyQuoted("VAI")]),
        {"ISS": ("iss", "")},
    ),
    "only-vai-though-iss-has-its-own": (
        {"VAI": "vai"},
        BOTH,
        ("both", "in_review", [OtherFamilyQuoted("ISS")]),
        {"VAI": ("vai", "")},
    ),
    "only-iss-and-vai-has-none-yet": (
        {"ISS": "other iss"},
        VAI,
        ("only_iss", "issued", []),
        {"ISS": ("other iss", "not_changed"), "VAI": ("", "new")},
    ),
    "the-same-one-in-both-fields": (
        {"ISS": "other iss", "VAI": "other iss"},
        ISS,
        ("only_iss", "issued", []),
        {"ISS": ("other iss", "stays"), "VAI": ("other iss", "")},
    ),
    "case-spaces-and-look-alikes": (
        {"ISS": "sloppy iss"},
        ISS,
        ("both", "issued", []),
        {"ISS": ("iss", "stays"), "VAI": ("", "not_changed")},
    ),
    "issued-elsewhere-exactly": (
        {"ISS": "elsewhere"},
        ISS,
        ("elsewhere", "issued", []),
        {"ISS": ("elsewhere", "stays")},
    ),
    "issued-elsewhere-folded": (
        {"ISS": "sloppy elsewhere"},
        ISS,
        ("elsewhere", "issued", []),
        {"ISS": ("elsewhere", "stays")},
    ),
}


@pytest.mark.parametrize(("quoted", "lines", "becomes", "rows"), FOUND.values(), ids=FOUND.keys())
def test_what_identifies_the_installation(
    sites: Sites,
    quoted: dict[str, str],
    lines: dict[str, Any],
    becomes: tuple[str, str, list[OtherFamilyQuoted]],
    rows: dict[str, tuple[str, str]],
) -> None:
    site, state, warned = becomes
    order = sites.place(quoted, **lines)
    assert (order.installation, order.state) == (getattr(sites, site), state)
    assert order.remarked == warned
    written_rows = list(order.serials.select_related("resolved"))
    assert {
        row.family_id: (row.resolved.number if row.resolved else "", row.outcome)
        for row in written_rows
    } == {family: (sites.texts.get(what, ""), outcome) for family, (what, outcome) in rows.items()}
    as_written = [sites.texts[what] for what in quoted.values()]
    assert sorted(row.quoted for row in written_rows if row.quoted) == sorted(as_written)
    assert violations() == []


def test_a_superseded_serial_is_told_with_the_one_that_is_current(sites: Sites) -> None:
    resolved = resolve(sites.quotes({"VAI": "old vai"}), company=sites.cast.harbor)
    (old,) = resolved.replaced.values()
    assert old.superseded_by.number == sites.texts["vai"]
    assert not resolve(sites.quotes({"VAI": "vai"}), company=sites.cast.harbor).replaced


def not_found(field: str = "ISS", *near: str, mistyped: bool = False) -> SerialNotFound:
    return SerialNotFound(field, mistyped, near)


REFUSED: dict[str, tuple[dict[str, str], list[Any]]] = {
    # what was quoted → what it is refused for; "iss" stands for that serial as a suggestion
    "two-installations": ({"ISS": "other iss", "VAI": "vai"}, [SerialsOfTwoSites()]),
    "one-wrong-character": ({"ISS": "wrong iss"}, [not_found("ISS", "iss", mistyped=True)]),
    "two-swapped": ({"ISS": "swapped iss"}, [not_found("ISS", "iss", mistyped=True)]),
    "one-wrong-of-a-foreign-one": ({"ISS": "wrong foreign"}, [not_found(mistyped=True)]),
    "one-wrong-of-an-unknown-one": ({"ISS": "wrong unknown"}, [not_found(mistyped=True)]),
    "unknown": ({"ISS": "unknown"}, [not_found()]),
    "foreign": ({"ISS": "foreign"}, [not_found()]),
    "foreign-in-the-other-field": ({"VAI": "foreign"}, [not_found("VAI")]),
    "one-known-one-unknown": ({"VAI": "vai", "ISS": "unknown"}, [not_found()]),
    "one-known-one-foreign": ({"VAI": "vai", "ISS": "foreign"}, [not_found()]),
    "each-unknown-one-at-its-field": (
        {"VAI": "wrong iss", "ISS": "unknown"},
        [not_found("VAI", "iss", mistyped=True), not_found()],
    ),
    "nothing": ({}, [SerialMissing()]),
}


@pytest.mark.parametrize(("quoted", "problems"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_identify_it(
    sites: Sites, quoted: dict[str, str], problems: list[Any]
) -> None:
    told = sites.refused(quoted, **BOTH)
    named = {text: name for name, text in sites.texts.items()}
    assert [
        not_found(each.family, *(named[near] for near in each.near), mistyped=each.mistyped)
        if isinstance(each, SerialNotFound)
        else each
        for each in told
    ] == problems


HOLDS: dict[str, Any] = {
    # what was quoted → for what the order is held, and what was written down
    "nothing": ({}, HeldFor.SERIAL_MISSING, {}),
    "unknown": ({"ISS": "unknown"}, HeldFor.SERIAL_NOT_FOUND, {"ISS": ("unknown", "")}),
    "foreign": ({"ISS": "foreign"}, HeldFor.SERIAL_NOT_FOUND, {"ISS": ("foreign", "")}),
    "mistyped": ({"VAI": "wrong iss"}, HeldFor.SERIAL_NOT_FOUND, {"VAI": ("wrong iss", "")}),
    "one-known-one-unknown": (
        {"VAI": "vai", "ISS": "unknown"},
        HeldFor.SERIAL_NOT_FOUND,
        {"VAI": ("vai", "vai"), "ISS": ("unknown", "")},
    ),
    "known-and-unknown-in-each-others-fields": (
        {"VAI": "iss", "ISS": "unknown"},
        HeldFor.SERIAL_NOT_FOUND,
        {"VAI": ("iss", "iss"), "ISS": ("unknown", "")},
    ),
}


@pytest.mark.parametrize(("quoted", "why", "rows"), HOLDS.values(), ids=HOLDS.keys())
def test_sent_anyway_it_is_held_and_nothing_is_issued(
    sites: Sites, quoted: dict[str, str], why: HeldFor, rows: dict[str, tuple[str, str]]
) -> None:
    before = sites.both.serials.count(), sites.both.revisions.count()
    order = sites.place(quoted, HELD, **BOTH)
    assert (order.state, order.held_for, order.installation) == ("held", why, None)
    found = {
        row.family_id: (row.quoted, row.resolved.number if row.resolved else "")
        for row in order.serials.select_related("resolved")
    }
    assert found == {
        family: (sites.texts[written], sites.texts.get(resolved, ""))
        for family, (written, resolved) in rows.items()
    }
    assert (sites.both.serials.count(), sites.both.revisions.count()) == before
    assert violations() == []


def test_serials_of_two_sites_are_not_held_either(sites: Sites) -> None:
    with pytest.raises(OrderRefused) as refusal:
        sites.place({"ISS": "other iss", "VAI": "vai"}, HELD, **BOTH)
    assert [sentence(problem) for problem in refusal.value.problems] == [
        "These serial numbers belong to two installations. Place one order for each."
    ]


# Near matches ------------------------------------------------------------------------------


def test_near_ones_are_the_companys_own_however_near_a_foreign_one_is(sites: Sites) -> None:
    """Two serials that differ in one character, of two companies: each is told its own."""
    body = "7K3M9QWX4TZ82HP"
    twin = body[:-1] + "Q"
    typed = written("ISS", body[:-1] + "R" + check_character(body[:-1] + "R"))
    mine, theirs = (written("ISS", each + check_character(twin)) for each in (twin, body))
    typed = typed[:-1] + mine[-1]
    for company, number in ((sites.cast.harbor, mine), (sites.cast.summit, theirs)):
        import_installation(
            company=company,
            site_name="Twin",
            serials={Family.objects.get(pk="ISS"): number},
            by=sites.cast.sales,
            at=NOW,
        )
    near = {}
    for company in (sites.cast.harbor, sites.cast.summit, sites.cast.bayview):
        with pytest.raises(OrderRefused) as refusal:
            resolve([Quote("ISS", typed)], company=company)
        (problem,) = refusal.value.problems
        assert isinstance(problem, SerialNotFound)
        near[company.name] = problem.near
    assert near == {"Harbor Security": (mine,), "Summit Systems": (theirs,), "Bayview Schools": ()}


def test_an_end_customer_is_offered_the_serials_of_its_own_sites(sites: Sites) -> None:
    sites.both.end_customer = sites.cast.bayview
    sites.both.save()
    for what, near in (("wrong iss", (sites.texts["iss"],)), ("wrong foreign", ())):
        with pytest.raises(OrderRefused) as refusal:
            resolve(sites.quotes({"ISS": what}), company=sites.cast.bayview)
        assert refusal.value.problems == (SerialNotFound("ISS", mistyped=True, near=near),)


@pytest.mark.parametrize(
    "text", ["\ufdfa" * 64, "1" * 64, "7", "[.*+?(", "\\", "ﬀ" * 40, "-" * 64, "ISS-", "é" * 64]
)
def test_whatever_is_quoted_is_looked_up_and_not_found(sites: Sites, text: str) -> None:
    """One character may fold to eighteen; patterns stay small, and nothing is a wildcard."""
    with pytest.raises(OrderRefused) as refusal:
        resolve([Quote("ISS", text), Quote("VAI", text + "1")], company=sites.cast.harbor)
    assert refusal.value.problems == (SerialNotFound("ISS"), SerialNotFound("VAI"))


# Supplied later ----------------------------------------------------------------------------

SUPPLIED: dict[str, tuple[dict[str, str], str, list[Any]]] = {
    # what is supplied → state, and what sales is told
    "current": ({"VAI": "vai"}, "issued", []),
    "superseded": ({"VAI": "old vai"}, "issued", []),
    "other-family": ({"ISS": "iss"}, "in_review", [OtherFamilyQuoted("VAI")]),
    "first-of-the-family": ({"ISS": "other iss"}, "issued", []),
}


@pytest.mark.parametrize(("quoted", "state", "told"), SUPPLIED.values(), ids=SUPPLIED.keys())
def test_a_supplied_serial_goes_on_as_a_quoted_one(
    sites: Sites, quoted: dict[str, str], state: str, told: list[Any]
) -> None:
    order = sites.place({}, HELD, **VAI)
    order = actions.supply_serial(order, quotes=sites.quotes(quoted), by=sites.cast.buyer, at=NOW)
    assert (order.state, order.remarked) == (state, told)
    assert violations() == []


def test_a_supplied_serial_that_shows_a_used_po_number_goes_to_review(sites: Sites) -> None:
    sites.place({"VAI": "vai"}, **BOTH, ISS_IDLA=1)
    order = sites.place({}, HELD, **VAI)
    quotes = [Quote("VAI", current(sites.both, "VAI"))]
    order = actions.supply_serial(order, quotes=quotes, by=sites.cast.buyer, at=NOW)
    assert (order.state, order.remarked) == ("in_review", [UsedPurchaseOrder("PO-quoted")])
