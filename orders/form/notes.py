"""The notes beside each line of the order form: its effects, and its problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.forms import BoundField
from django.utils.translation import gettext as _

from companies.purchase_orders import po_label
from licensing.coverage import MissingBase, NotCovered
from licensing.models import Serial
from licensing.renewals import ToRenew
from orders.form.data import base_to_add
from orders.form.lines import LineForm, Note, source_value
from orders.form.preview import Preview
from orders.models import Order
from orders.placement import Consent
from orders.rules.problems import Earlier, Guard, SerialNotFound, TooManyMisses
from orders.wording import GOES, confirmation_of, lot_says, renew_instead, sentence


def annotate(preview: Preview, forms: Sequence[LineForm]) -> list[Note]:
    """Puts its notes on each line; returns those that belong to no line.

    The forms are those of the preview, in its order.
    """
    for form in forms:
        form.notes.clear()
    for position, lot in preview.lots.items():
        if text := lot_says(lot):
            forms[position - 1].notes.append(Note("says", text))
    for problem in preview.line_problems:
        forms[problem.line - 1].notes.append(Note("stop", sentence(problem)))
    plan = preview.plan
    if plan is None:
        return []
    for position, left in plan.renewable.items():
        forms[position - 1].notes.append(_to_renew(left, forms[position - 1]))
    shortages = [("stop", each) for each in plan.missing] + [
        ("warn", each) for each in plan.warnings
    ]
    return [note for look, each in shortages if (note := _shortage(look, each, forms))]


def _to_renew(left: ToRenew, form: LineForm) -> Note:
    source = source_value(left.part.part_number, left.last_day)
    button = f"{form.index}|{left.units}|{source}"
    return Note("warn", renew_instead(left), renew=button)


def _shortage(
    look: str, problem: MissingBase | NotCovered, forms: Sequence[LineForm]
) -> Note | None:
    """The note about a shortage, or None if a line shows it."""
    note = Note(look, sentence(problem), base_to_add(problem))
    for form in forms:
        if form.line.product.as_part().inside.part_number == problem.part_number:
            form.notes.append(note)
            return None
    return note


@dataclass(frozen=True, slots=True)
class Said:
    """The result of looking up the serial number in one field."""

    family: str
    field: BoundField
    serial: Serial | None = None
    current: Serial | None = None  # the one to quote instead
    order: Order | None = None  # the order of the user's company that replaced it
    text: str = ""  # the problem
    near: Sequence[str] = ()  # serials that were perhaps meant


def said_of(preview: Preview, fields: Mapping[str, BoundField]) -> list[Said]:
    """The result for each field, by family."""
    found = preview.resolved.serials if preview.resolved else {}
    by_field = {quote.family: serial for quote, serial in found.items()}
    wrong: dict[str, SerialNotFound | TooManyMisses] = {}
    for each in preview.problems:
        if isinstance(each, SerialNotFound):
            wrong[each.family] = each
        elif isinstance(each, TooManyMisses):
            wrong[next(iter(fields))] = each
    return [
        _found(family, field, by_field[family], preview)
        if family in by_field
        else _not_found(family, field, wrong.get(family))
        for family, field in fields.items()
    ]


def _found(family: str, field: BoundField, serial: Serial, preview: Preview) -> Said:
    if serial.is_current or preview.prepared is None:
        return Said(family, field, serial)
    current = preview.prepared.holdings.serials[serial.family_id]
    order = getattr(serial.superseded_by.revision, "order", None)
    theirs = order if order and order.company_id == preview.prepared.order.company_id else None
    return Said(family, field, serial, current, theirs)


def _not_found(
    family: str, field: BoundField, problem: SerialNotFound | TooManyMisses | None
) -> Said:
    if problem is None:
        return Said(family, field)
    near = problem.near if isinstance(problem, SerialNotFound) else ()
    return Said(family, field, text=sentence(problem), near=near)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to check before the order is placed."""

    look: str  # ok, warn or stop
    text: str
    href: str = ""
    earlier: Sequence[Earlier] = ()
    token: str = ""  # if it must be confirmed
    confirmation: str = ""
    is_confirmed: bool = False


def checks_of(preview: Preview, forms: Sequence[LineForm]) -> list[Check]:
    """The checks: first those that stop the order, then those to confirm, then hints."""
    checks = [
        Check(
            "stop",
            _("Put line %(number)d right") % {"number": number},
            f"#{form['product'].id_for_label}",
        )
        for number, form in enumerate(forms, start=1)
        if any(note.look == "stop" for note in form.notes)
    ]
    checks += [_to_confirm(guard, preview.consent) for guard in preview.guards]
    if preview.changed:
        checks.append(Check("warn", sentence(preview.changed)))
    warned = [each for each in preview.warned if not isinstance(each, NotCovered)]
    checks += [Check("warn", sentence(each)) for each in warned]
    return checks or [_nothing_found(preview)]


def _to_confirm(guard: Guard, consent: Consent) -> Check:
    is_confirmed = guard.token in consent.confirmed
    return Check(
        "ok" if is_confirmed else "stop",
        sentence(guard),
        earlier=getattr(guard, "earlier", ()),
        token=guard.token,
        confirmation=confirmation_of(guard),
        is_confirmed=is_confirmed,
    )


def _nothing_found(preview: Preview) -> Check:
    if preview.held_for:
        return Check("warn", str(GOES["held"]))
    if preview.prepared is None:
        return Check("warn", _("Say which installation it is for"))
    if not preview.prepared.lines:
        return Check("warn", _("Add a line"))
    po_number = preview.prepared.order.po_number
    if not po_number:
        return Check("warn", _("Enter the PO number"))
    return Check("ok", _("%(po)s is new for this site") % {"po": po_label(po_number)})
