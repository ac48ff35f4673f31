"""Guards and warnings of an order, as they are kept with it and read again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from orders.rules.problems import Earlier, Remark, StartAskedFor

_KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(Remark)}


def to_json(remark: Remark) -> dict[str, Any]:
    return {"kind": type(remark).__name__, **asdict(remark)}


def from_json(stored: Mapping[str, Any]) -> Remark:
    """Raises KeyError for a kind that does not exist."""
    kind = _KINDS[stored["kind"]]
    figures = {name: value for name, value in stored.items() if name != "kind"}
    if "earlier" in figures:
        figures["earlier"] = tuple(_earlier(each) for each in figures["earlier"])
    if kind is StartAskedFor:
        figures["starts_on"] = _day(figures["starts_on"])
    remark: Remark = kind(**figures)
    return remark


def _earlier(stored: Mapping[str, Any]) -> Earlier:
    on = _day(stored["on"]) if stored["on"] else None
    return Earlier(stored["path"], stored["name"], on, stored.get("site", ""))


def _day(stored: str | dt.date) -> dt.date:
    """A date as JSON has it, or as it was before it was saved."""
    return stored if isinstance(stored, dt.date) else dt.date.fromisoformat(stored)
