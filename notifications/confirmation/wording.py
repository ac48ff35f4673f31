"""Every sentence of a confirmation, in the active language.

Mail, plain text and PDF only lay out these sentences, so they can't say different things.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from companies.plain_text import one_line
from companies.purchase_orders import po_label
from licensing.serial_policy import Action, Outcome
from licensing.wording import next_time, to_quote
from notifications.confirmation.facts import ConfirmationFacts, HeldFact, LineFact, SerialFact
from outbox.links import mailed_link

MARKS: dict[Outcome, Promise] = {  # the first ones need the reader's attention
    Outcome.REPLACES: pgettext_lazy("serial", "New, replaces the old one"),
    Outcome.NEW: pgettext_lazy("serial", "New"),
    Outcome.STAYS: pgettext_lazy("serial", "Stays the same"),
    Outcome.NOT_CHANGED: pgettext_lazy("serial", "Not changed by this order"),
}
DONE: dict[Action, Promise] = {
    Action.ADD: gettext_lazy("Added %(count)s"),
    Action.UPGRADE: gettext_lazy("Upgraded %(count)s"),
    Action.RENEW: gettext_lazy("Renewed %(count)s"),
}


@dataclass(frozen=True, slots=True)
class ToldSerial:
    family: str
    number: str
    outcome: Outcome
    mark: str
    to_quote: str
    replaces: str  # the replaced number, or empty
    enter: str = ""  # the text of the link; empty if the reader has nothing to do
    entered_url: str = ""
    enter_on_paper: str = ""  # the same where nothing can be pressed


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A row of "what this order did"."""

    what: str
    part_number: str
    before: str
    after: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldHolding:
    part_number: str
    quantity: str
    valid_through: str
    ends: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Headings:
    serials: str = field(default_factory=lambda: _("Your serial numbers"))
    changes: str = field(default_factory=lambda: _("What this order did"))
    holdings: str = field(default_factory=lambda: _("What this site holds now"))
    advice: str = field(default_factory=lambda: _("Next time you order"))
    what: str = field(default_factory=lambda: _("What"))
    part_number: str = field(default_factory=lambda: _("Part number"))
    before: str = field(default_factory=lambda: _("Before"))
    after: str = field(default_factory=lambda: _("After"))
    quantity: str = field(default_factory=lambda: _("Quantity"))
    valid_through: str = field(default_factory=lambda: _("Valid through"))


@dataclass(frozen=True, slots=True)
class ToldConfirmation:
    title: str
    subject: str
    site_name: str
    about: tuple[tuple[str, str], ...]  # labels and values
    serials: tuple[ToldSerial, ...]
    changes: tuple[ToldChange, ...]
    holdings: tuple[ToldHolding, ...]
    advice: tuple[str, ...]
    headings: Headings


def subject_of(facts: ConfirmationFacts) -> str:
    named = {"site": _site(facts), "po": po_label(one_line(facts.po_number))}
    return _("%(title)s · %(site)s · %(po)s") % {"title": _title(facts), **named}


def plain_text(facts: ConfirmationFacts) -> str:
    """The letter that goes out when the whole one can't be written: its serial numbers."""
    serials = (_plainly(serial) for serial in facts.serials)
    whole = _(
        "This email is short, because the whole confirmation could not be written. What you "
        "ordered and what the site holds now is on the page of the order: %(page)s"
    ) % {"page": mailed_link(facts.order_path)}
    contact = {"sales_phone": settings.SALES_PHONE, "sales_email": settings.SALES_EMAIL}
    questions = _("Questions? %(sales_phone)s or %(sales_email)s") % contact
    told = [_title(facts), *_about(facts)]
    return "\n\n".join(["\n".join(told), *serials, whole, questions]) + "\n"


def _about(facts: ConfirmationFacts) -> Iterator[str]:
    yield _site(facts)
    yield f"{_('PO number')}: {one_line(facts.po_number)}"
    yield f"{_('Order number')}: {facts.order_number}"


def _plainly(serial: SerialFact) -> str:
    lines = [f"{serial.family}: {MARKS[serial.outcome]}", one_line(serial.number)]
    if serial.replaced:
        lines.append(_("It replaces %(old)s.") % {"old": one_line(serial.replaced)})
    return "\n    ".join(lines)


def _site(facts: ConfirmationFacts) -> str:
    return one_line(facts.site_name) or facts.installation


def compose(facts: ConfirmationFacts) -> ToldConfirmation:
    title, site_name, po_number = _title(facts), _site(facts), one_line(facts.po_number)
    page = mailed_link(f"/installations/{facts.installation}/")
    serials = sorted(facts.serials, key=lambda serial: [*MARKS].index(serial.outcome))
    return ToldConfirmation(
        title=title,
        subject=subject_of(facts),
        site_name=site_name,
        about=(
            (_("PO number"), po_number),
            (_("Order number"), facts.order_number),
            (pgettext("confirmation", "Installation"), facts.installation),
            (pgettext("confirmation", "Issued"), _day(facts.issued_on)),
            *_companies(facts),
        ),
        serials=tuple(_serial(serial, page) for serial in serials),
        changes=tuple(row for line in facts.lines for row in _changes(line, facts.issued_on)),
        holdings=tuple(map(_holding, facts.held)),
        advice=tuple(_advice(facts)),
        headings=Headings(),
    )


def _companies(facts: ConfirmationFacts) -> Iterator[tuple[str, str]]:
    if facts.dealer:
        yield _("Dealer"), one_line(facts.dealer)
    if facts.end_customer:
        yield _("End customer"), one_line(facts.end_customer)


def _title(facts: ConfirmationFacts) -> str:
    revision = {"revision": facts.revision}
    if facts.revised:
        return _("Revised license confirmation %(revision)s") % revision
    return _("License confirmation %(revision)s") % revision


def _serial(serial: SerialFact, page: str) -> ToldSerial:
    """`page` is the address of the installation's page, as somebody may type it."""
    old, to_enter = one_line(serial.replaced), bool(serial.entered_url)
    return ToldSerial(
        family=serial.family,
        number=one_line(serial.number),
        outcome=serial.outcome,
        mark=str(MARKS[serial.outcome]),
        to_quote=to_quote(serial.outcome, serial.reissue_on),
        replaces=_("It replaces %(old)s.") % {"old": old} if old else "",
        enter=_("Entered on the server? Say so here, without a log-in.") if to_enter else "",
        entered_url=serial.entered_url,
        enter_on_paper=_on_paper(page) if to_enter else "",
    )


def _on_paper(page: str) -> str:
    return _(
        "Entered on the server? Say so by the link in the email, without a log-in, or on the "
        "page of the site: %(page)s"
    ) % {"page": page}


def _changes(line: LineFact, issued_on: dt.date) -> Iterator[ToldChange]:
    """One row for the units that came, and for an upgrade another for the units that went."""
    if line.action is Action.RENEW and line.source and line.source.last_day and line.last_day:
        yield _renewal(line, line.source.last_day, line.last_day, issued_on)
        return
    yield ToldChange(
        what=str(DONE[line.action]) % {"count": _number(line.quantity)},
        part_number=line.part_number,
        before=_number(line.before),
        after=_number(line.after),
        notes=tuple(_notes(line)),
    )
    if line.action is Action.UPGRADE and line.source:
        yield ToldChange(
            what=_("Upgraded from"),
            part_number=line.source.part_number,
            before=_number(line.source.before),
            after=_number(line.source.after),
        )


def _renewal(line: LineFact, old: dt.date, new: dt.date, issued_on: dt.date) -> ToldChange:
    """From when to when: units before and after say nothing where the new term starts later."""
    term = {"start": _day(line.starts_later or issued_on), "end": _day(new)}
    source = line.source.part_number if line.source else ""
    return ToldChange(
        what=str(DONE[line.action]) % {"count": _number(line.quantity)},
        part_number=line.part_number,
        before=_through(old),
        after=_through(new),
        notes=(
            _("renews %(part)s") % {"part": source},
            _("runs from %(start)s, valid through %(end)s") % term,
        ),
    )


def _through(day: dt.date) -> str:
    return _("through %(day)s") % {"day": _day(day)}


def _notes(line: LineFact) -> Iterator[str]:
    if line.kit_part:
        kit = {"count": _number(line.kit_units), "part": line.kit_part}
        yield _("stands for %(count)s × %(part)s") % kit
    if line.last_day and line.starts_later:
        term = {"start": _day(line.starts_later), "end": _day(line.last_day)}
        yield _("starts %(start)s, valid through %(end)s") % term
    elif line.last_day:
        yield _("valid through %(day)s") % {"day": _day(line.last_day)}


def _holding(held: HeldFact) -> ToldHolding:
    starts = _("starts %(day)s") % {"day": _day(held.starts_later)} if held.starts_later else ""
    return ToldHolding(
        part_number=held.part_number,
        quantity=_number(held.quantity),
        valid_through=_day(held.last_day) if held.last_day else _("No end"),
        ends=held.last_day is not None,
        notes=(starts,) if starts else (),
    )


def _advice(facts: ConfirmationFacts) -> Iterator[str]:
    """The advice of the vendor's page."""
    yield _(
        "Keep this confirmation. Write the newest serial numbers of this site on every later "
        "purchase order for it: without them an order is delayed."
    )
    for serial in facts.serials:
        yield next_time(serial.family, serial.reissue_on)


def _day(day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT")


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)
