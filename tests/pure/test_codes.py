"""Stored problems and remarks have codes, which stay when a class is renamed."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from licensing.coverage import MissingBase, NotCovered
from orders.rules import problems
from orders.rules.problems import (
    Earlier,
    InstallationChanged,
    OtherFamilyQuoted,
    Problem,
    Remark,
    SameLines,
    SamePurchaseOrder,
    SameSite,
    StartAskedFor,
    UsedPurchaseOrder,
)
from orders.rules.remarks import from_json, to_json

# Nothing is ever taken out of these, and nothing in them gets another text.
STORED = {
    "same_po",
    "same_lines",
    "same_site",
    "changed",
    "not_covered",
    "other_family",
    "start_asked_for",
    "used_po",
    "missing_base",
}
ONLY_TOLD = {
    "serial_missing",
    "serial_not_found",
    "serial_ambiguous",
    "too_many_misses",
    "serials_of_two_sites",
    "serial_not_needed",
    "installation_of_another_company",
    "company_closed",
    "line_problem",
    "to_acknowledge",
    "move_not_possible",
    "reason_missing",
}
DAY = dt.date(2026, 11, 24)
ORDER = {"name": "PO 4711", "on": "2026-11-24", "order": "7k3m9qwx4t", "site": ""}
SITE = {"name": "Pier 9", "on": None, "order": "", "site": "t89tmm8xq6"}
EARLIER = (Earlier("PO 4711", DAY, order="7k3m9qwx4t"), Earlier("Pier 9", site="t89tmm8xq6"))
NEEDS: dict[str, Any] = {"part_number": "ISS-Backup", "requires": "ISS-Expert", "units": 10}
AS_STORED: list[tuple[Remark, dict[str, Any]]] = [
    (
        SamePurchaseOrder("4711", EARLIER),
        {"kind": "same_po", "po_number": "4711", "earlier": [ORDER, SITE]},
    ),
    (SameLines(EARLIER[:1]), {"kind": "same_lines", "earlier": [ORDER]}),
    (
        SameSite("Pier 9", EARLIER[1:]),
        {"kind": "same_site", "site_name": "Pier 9", "earlier": [SITE]},
    ),
    (
        InstallationChanged("Pier 9", 1, 2),
        {"kind": "changed", "site_name": "Pier 9", "seen": 1, "now": 2},
    ),
    (NotCovered(**NEEDS, base=4), {"kind": "not_covered", **NEEDS, "base": 4}),
    (OtherFamilyQuoted("VAI"), {"kind": "other_family", "family": "VAI"}),
    (
        StartAskedFor("VS-ES1", DAY),
        {"kind": "start_asked_for", "part_number": "VS-ES1", "starts_on": "2026-11-24"},
    ),
    (UsedPurchaseOrder("4711"), {"kind": "used_po", "po_number": "4711"}),
    (MissingBase(**NEEDS), {"kind": "missing_base", **NEEDS}),
]
KINDS = [stored["kind"] for _remark, stored in AS_STORED]


def kinds() -> Iterator[Any]:
    """The kinds of the unions, and those that somebody wrote and forgot there."""
    yield from dict.fromkeys([*get_args(Problem), *get_args(Remark)])
    for _name, kind in inspect.getmembers(problems, inspect.isclass):
        if hasattr(kind, "code") and kind not in (*get_args(Problem), *get_args(Remark)):
            yield kind


def test_each_problem_and_remark_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in kinds()]
    assert sorted(codes) == sorted(STORED | ONLY_TOLD)


def test_what_is_stored_has_the_codes_that_never_change() -> None:
    assert {kind.code for kind in get_args(Remark)} == STORED
    assert {remark.code for remark, _stored in AS_STORED} == STORED


@pytest.mark.parametrize(("remark", "stored"), AS_STORED, ids=KINDS)
def test_a_remark_is_read_as_it_was_stored(remark: Remark, stored: dict[str, Any]) -> None:
    assert to_json(remark) == stored
    assert from_json(json.loads(json.dumps(stored))) == remark


def test_the_name_of_a_class_is_no_kind_any_more() -> None:
    with pytest.raises(KeyError):
        from_json({"kind": "OtherFamilyQuoted", "family": "VAI"})
