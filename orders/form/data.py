"""The order form's data as it was typed: changed line by line, kept as a draft, filled in.

All of it is unchecked text in a QueryDict. A form is made from it each time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict

from licensing.coverage import MissingBase, NotCovered
from licensing.models import InstallationQuerySet, Serial
from licensing.serial_policy import Action
from orders.form.lines import LineForm, source_value
from orders.form.renewals import Renewal
from orders.form.rows import sent_rows
from orders.form.serials import field_name, is_field_name, values_of
from orders.models import MAX_LINES, Order, OrderLine

TOTAL, INITIAL = "lines-TOTAL_FORMS", "lines-INITIAL_FORMS"
LINE_FIELDS = tuple(LineForm.base_fields)
EDITS = {"add_line", "remove_line", "add_part", "renew_line", "use_serial", "use_site"}
EDITS_NOTHING = {"preview", "refresh", "find_site", "save_draft"}  # buttons that place nothing
FINDS = {"refresh", "find_site"}  # of these, the buttons that look for a site
MAX_DIGITS = 6  # of a number of lines
MAX_KEPT = 4000  # characters of a value
LEFT_FILE = "left_file"
Kept = dict[str, list[str]]


def started(**values: str) -> QueryDict:
    """An empty form with one line, or a form with those values."""
    data = QueryDict(mutable=True)
    _set(data, {"submission": str(uuid.uuid4()), TOTAL: "1", INITIAL: "0", **values})
    return data


def for_installation(serials: Iterable[Serial], **values: str) -> QueryDict:
    """The data of an order for the installation that has these current serials."""
    return started(kind=Order.Kind.EXISTING.value, **values_of(serials), **values)


def again(order: Order, lines: Sequence[OrderLine], serials: Iterable[Serial]) -> QueryDict:
    """The same lines once more: for the site if it exists by now, else for the new one."""
    company = str(order.company_id)
    if order.installation_id:
        data = for_installation(serials, company=company)
    else:
        data = started(kind=order.kind, company=company, site_name=order.site_name)
    for line in lines:
        source = source_value(line.source_id, line.lot_end) if line.source_id else ""
        _append(data, _line(line.product_id, line.quantity, line.action, source))
    return without_line(data, 0)  # the empty line that a form starts with


def renewal(renewals: Iterable[Renewal], serials: Iterable[Serial], **values: str) -> QueryDict:
    """A line for each renewal; if there is none, one that renews what the customer chooses."""
    data = for_installation(serials, **values)
    lines = [
        _line(each.product, each.quantity, Action.RENEW, source_value(each.source, each.last_day))
        for each in renewals
    ]
    for line in lines or [{"action": Action.RENEW.value}]:
        _append(data, line)
    return without_line(data, 0)


def as_sent(data: QueryDict) -> QueryDict:
    """The sent lines, numbered from 0, whatever the count beside them claims.

    It makes no line without a sent field. Raises BadRequest if the count claims more lines than the
    form has room for.
    """
    claimed = _claimed(data.get(TOTAL, ""))
    numbers = [at for at in sent_rows(data, "lines") if at < claimed]
    if numbers == list(range(claimed)):
        return data
    return _with_lines(data.copy(), [_line_at(data, at) for at in numbers])


def _claimed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        return 0
    if len(text) > MAX_DIGITS or int(text) > MAX_LINES + 1:
        raise BadRequest("A form claims more lines than it may have.")
    return int(text)


# Editing -------------------------------------------------------------------------------


def edited(data: QueryDict, choosable: InstallationQuerySet) -> QueryDict | None:
    """The data after a button beside "Place order" was pressed; None if none was pressed.

    `choosable` are the installations that the user may find and order for.
    """
    changed = data.copy()
    pressed = {name: str(data[name]) for name in data.keys() & EDITS}
    if "add_line" in pressed:
        _append(changed, {})
    elif "remove_line" in pressed:
        return without_line(changed, _number(pressed["remove_line"]))
    elif "add_part" in pressed:
        part, _bar, units = pressed["add_part"].partition("|")
        _append(changed, _line(part, _number(units)))
    elif "renew_line" in pressed:
        at, units, source = (*pressed["renew_line"].split("|", 2), "", "")[:3]
        return _with_renewal(changed, _number(at), _number(units), source)
    elif "use_serial" in pressed:
        family, _bar, number = pressed["use_serial"].partition("|")
        _set(changed, {field_name(family): number})
    elif "use_site" in pressed:
        sites = choosable.filter(reference__in=filter(str.isalnum, [pressed["use_site"]]))
        serials = list(Serial.objects.current().filter(installation__in=sites))
        if serials:
            _use(changed, serials)
    elif not EDITS_NOTHING & data.keys():
        return None
    return changed


def _use(data: QueryDict, serials: Iterable[Serial]) -> None:
    """Sets the order's installation by these serials; all else stays as it was typed."""
    quoted = dict.fromkeys(filter(is_field_name, data), "")
    kind = {"kind": Order.Kind.EXISTING.value, "find": ""}
    _set(data, {**quoted, **values_of(serials), **kind})


def _with_renewal(data: QueryDict, at: int, units: int, source: str) -> QueryDict:
    """The line at that index renews up to so many units of the source; it adds only the rest."""
    lines = _lines(data)
    if not (0 <= at < len(lines) and units > 0):
        return data
    added, rest = lines[at], _number(lines[at]["quantity"]) - units
    if rest > 0 and len(lines) >= MAX_LINES:  # there is no room for the rest
        return data
    renewed = str(units) if rest > 0 else added["quantity"]
    lines[at : at + 1] = [
        _line(added["product"], renewed, Action.RENEW, source),
        *([{**added, "quantity": str(rest)}] if rest > 0 else []),
    ]
    return _with_lines(data, lines)


def without_line(data: QueryDict, index: int) -> QueryDict:
    """Removes the line at that index, counted from 0; the last line is only emptied."""
    lines = [line for at, line in enumerate(_lines(data)) if at != index]
    return _with_lines(data, lines or [{}])


def _with_lines(data: QueryDict, lines: Iterable[Mapping[str, str]]) -> QueryDict:
    for name in [name for name in data if name.startswith("lines-")]:
        del data[name]
    _set(data, {TOTAL: "0", INITIAL: "0"})
    for line in lines:
        _append(data, line)
    return data


def base_to_add(missing: MissingBase | NotCovered) -> tuple[str, int]:
    """The missing part number, and how many units cover all that need it."""
    base = missing.base if isinstance(missing, NotCovered) else 0
    return missing.requires, missing.units - base


def _lines(data: QueryDict) -> list[dict[str, str]]:
    count = min(_number(data.get(TOTAL, "")), MAX_LINES + 1)
    return [_line_at(data, at) for at in range(count)]


def _line_at(data: QueryDict, at: int) -> dict[str, str]:
    return {name: data.get(f"lines-{at}-{name}", "") for name in LINE_FIELDS}


def _append(data: QueryDict, line: Mapping[str, str]) -> None:
    at = max(_number(data.get(TOTAL, "")), 0)
    if at < MAX_LINES:
        _set(data, {TOTAL: str(at + 1)})
        _set(data, {f"lines-{at}-{name}": value for name, value in line.items()})


def _set(data: QueryDict, values: Mapping[str, str]) -> None:
    """`update` of a QueryDict would append to what is there."""
    for name, value in values.items():
        data[name] = value


def _line(part: str, quantity: int | str, action: str = "add", source: str = "") -> dict[str, str]:
    return {"action": action, "product": part, "quantity": str(quantity), "source": source}


def _number(text: str) -> int:
    """The number; for anything but a small number -1, which no line has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else -1


# Keeping -------------------------------------------------------------------------------


def to_keep(data: QueryDict, fields: Iterable[str], files: Mapping[str, Any] | None = None) -> Kept:
    """The data of a draft: the fields of the form and its lines, without other sent fields.

    Of a chosen file only the name is kept, so that the draft can say what is to be chosen again.
    """
    plain = [name for name in (*fields, TOTAL, INITIAL) if name in data]
    lines = [
        f"lines-{at}-{name}"
        for at in range(min(_number(data.get(TOTAL, "")), MAX_LINES))
        for name in LINE_FIELDS
    ]
    kept = {name: [_kept(value) for value in data.getlist(name)] for name in plain + lines}
    left = left_file(data, files or {})
    return {**kept, LEFT_FILE: [left]} if left else kept


def left_file(data: QueryDict, files: Mapping[str, Any]) -> str:
    """The name of a file that has to be chosen again: no form comes back with its file."""
    chosen = files.get("document")
    return _kept(chosen.name if chosen else data.get(LEFT_FILE, ""))


def _kept(value: str) -> str:
    """The database keeps no NUL characters in JSON."""
    return value.replace("\x00", "")[:MAX_KEPT]


def submission_of(kept: Kept) -> uuid.UUID | None:
    """The form's submission, as its data has it."""
    try:
        return uuid.UUID((kept.get("submission") or [""])[0])
    except ValueError:
        return None


def from_kept(kept: Mapping[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in kept.items():
        data.setlist(name, values)
    return data
