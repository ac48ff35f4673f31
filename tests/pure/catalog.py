"""The catalog as it is shipped, for the pure rules: read from its file, without a database."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from licensing.coverage import HeldLot
from licensing.parts import Part
from licensing.serial_policy import Action
from orders.rules.forecast import SiteHoldings
from orders.rules.lines import OrderedLine

ROOT = Path(__file__).parents[2]
CATALOG = tomllib.loads((ROOT / "licensing" / "catalog.toml").read_text(encoding="utf-8"))
UPGRADES = {(row["from"], row["to"]) for row in CATALOG["upgrades"]}
POLICY = {
    row["code"]: frozenset(action for action in Action if row.get(f"reissue_on_{action}"))
    for row in CATALOG["families"]
}


def _parts() -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for row in CATALOG["products"]:
        values = {name: row[name] for name in row if name not in ("description", "unit")}
        if "kit_of" in values:
            values["kit_of"] = parts[values["kit_of"]]
        parts[row["part_number"]] = Part(**values)
    return parts


PARTS = _parts()


def add(part: str, quantity: int, **more: Any) -> OrderedLine:
    return OrderedLine(1, Action.ADD, PARTS[part], quantity, **more)


def upgrade(
    source: str, part: str, quantity: int, lot_end: dt.date | None = None, **more: Any
) -> OrderedLine:
    return OrderedLine(
        1,
        Action.UPGRADE,
        PARTS[part],
        quantity,
        PARTS[source],
        lot_end,
        is_upgrade_path=(source, part) in UPGRADES,
        **more,
    )


def renew(
    source: str, part: str, quantity: int, lot_end: dt.date | None = None, **more: Any
) -> OrderedLine:
    return OrderedLine(1, Action.RENEW, PARTS[part], quantity, PARTS[source], lot_end, **more)


def site(*lots: HeldLot) -> SiteHoldings:
    """With a serial of each family that it holds something of."""
    return SiteHoldings(frozenset(lot.part.family for lot in lots), lots)
