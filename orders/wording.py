"""The one place where the codes and figures of orders become sentences for people."""

import datetime as dt
from functools import singledispatch

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from companies.purchase_orders import po_label
from licensing.coverage import MissingBase, NotCovered
from licensing.renewals import ToRenew
from licensing.serial_policy import Action, Outcome
from limits.wording import wait
from orders.rules.allocation import Flaw, LineProblem
from orders.rules.documents import Problem as DocumentProblem
from orders.rules.forecast import NewLot
from orders.rules.holding import HeldFor
from orders.rules.moves import Move, State
from orders.rules.problems import (
    CompanyClosed,
    Guard,
    InstallationChanged,
    InstallationOfAnotherCompany,
    MoveNotPossible,
    OtherFamilyQuoted,
    Problem,
    ReasonMissing,
    Remark,
    SameLines,
    SamePurchaseOrder,
    SameSite,
    SerialAmbiguous,
    SerialMissing,
    SerialNotFound,
    SerialNotNeeded,
    SerialsOfTwoSites,
    StartAskedFor,
    ToAcknowledge,
    TooManyMisses,
    UsedPurchaseOrder,
)

STATES: dict[str, Promise] = {
    State.DRAFT: pgettext_lazy("order", "Draft"),
    State.HELD: pgettext_lazy("order", "Held"),
    State.IN_REVIEW: pgettext_lazy("order", "In review"),
    State.ISSUED: pgettext_lazy("order", "Issued"),
    State.REJECTED: pgettext_lazy("order", "Rejected"),
    State.CANCELED: pgettext_lazy("order", "Canceled"),
}
MOVES: dict[str, Promise] = {
    Move.PLACE: pgettext_lazy("order", "Submitted"),
    Move.SUPPLY_SERIAL: pgettext_lazy("order", "Serial number given"),
    Move.ISSUE: pgettext_lazy("order", "Issued"),
    Move.HOLD: pgettext_lazy("order", "Held"),
    Move.RELEASE: pgettext_lazy("order", "Taken back into review"),
    Move.REJECT: pgettext_lazy("order", "Rejected"),
    Move.CANCEL: pgettext_lazy("order", "Canceled"),
}
ACTIONS: dict[str, Promise] = {
    Action.ADD: pgettext_lazy("line", "Add"),
    Action.UPGRADE: pgettext_lazy("line", "Upgrade"),
    Action.RENEW: pgettext_lazy("line", "Renew"),
}
HELD_FOR: dict[str, Promise] = {
    HeldFor.SERIAL_MISSING: gettext_lazy("The serial number is missing."),
    HeldFor.SERIAL_NOT_FOUND: gettext_lazy("The serial number was not found."),
    HeldFor.SALES: gettext_lazy("Sales has a question."),
}
OUTCOMES: dict[str, Promise] = {
    Outcome.NEW: pgettext_lazy("serial", "First serial"),
    Outcome.STAYS: pgettext_lazy("serial", "Stays the same"),
    Outcome.REPLACES: pgettext_lazy("serial", "Replaced"),
    Outcome.NOT_CHANGED: pgettext_lazy("serial", "Not changed"),
}
FORECASTS: dict[str, Promise] = {  # the same, before the order is placed
    Outcome.NEW: gettext_lazy("First serial will be issued"),
    Outcome.STAYS: gettext_lazy("Stays the same"),
    Outcome.REPLACES: gettext_lazy("Will be replaced"),
    Outcome.NOT_CHANGED: gettext_lazy("Not changed"),
}
GOES: dict[str, Promise] = {  # the state of an order that is placed like this
    "issued": gettext_lazy("Issued at once. The confirmation goes out by email."),
    "review": gettext_lazy("Goes to sales for review. We email you once it is issued."),
    "held": gettext_lazy("Held until the serial number is known. Nothing is issued before."),
}


def why(reason: str, held_for: str) -> str | Promise:
    """The reason for the order's state: the words of the user who changed it, or ours if the move
    needed none.

    Ours are in the reader's language.
    """
    return reason or HELD_FOR.get(held_for, "")


def what_lets_go_on(held_for: str, *, takes_serial: bool) -> str:
    """Says what the customer of a held order can do, beside why it is held."""
    if held_for != HeldFor.SALES:
        return _("Give it, and the order goes on.")
    if takes_serial:
        return _("Answer sales, or give the serial number of the site that you mean.")
    return _("Answer sales: they take the order back into review.")


def site_said(in_file: str | None, quoted: str | None) -> str:
    """The site of an order that is not known yet, by what its customer wrote."""
    if in_file:
        return _("“%(site)s” in the file") % {"site": in_file}
    if quoted:
        return _("Site of %(quoted)s") % {"quoted": quoted}
    return _("Site not known")


def choices(labels: dict[str, Promise]) -> list[tuple[str, Promise]]:
    """The choices of a model field: plain strings, as they are stored."""
    return [(str(code), label) for code, label in labels.items()]


def serial_label(family: str) -> str:
    """The label of the field for a family's serial number."""
    return _("%(family)s serial number") % {"family": family}


def quoted_instead(new: str, old: str) -> str:
    """For the trail of an order: the serial numbers quoted now, and those before."""
    if old in ("", new):
        return new
    return _("%(new)s, instead of %(old)s") % {"new": new, "old": old}


@singledispatch
def sentence(problem: Problem | Remark | DocumentProblem) -> str:
    """Says what is wrong and what to do next, to the person who is refused."""
    raise NotImplementedError(type(problem).__name__)


@sentence.register
def _serial_missing(problem: SerialMissing) -> str:
    return _(
        "Enter the serial number of the installation. "
        "It is in every confirmation email and on the installation’s page."
    )


@sentence.register
def _serial_not_found(problem: SerialNotFound) -> str:
    if problem.near:
        return _("No installation of yours has this serial number. Did you mean %(near)s?") % {
            "near": get_text_list(list(problem.near), _("or"))
        }
    if problem.mistyped:
        return _(
            "This serial number has a typing error. Compare it with the newest confirmation "
            "email, character by character."
        )
    return _(
        "No installation of yours has this serial number. Copy it from the newest "
        "confirmation email or from the installation’s page."
    )


@sentence.register
def _serial_ambiguous(problem: SerialAmbiguous) -> str:
    if not problem.candidates:
        return _(
            "Serial numbers of several sites read like this. Write it exactly as it stands in the "
            "confirmation email or on the license, with its dashes and blanks."
        )
    named = [
        _("%(number)s (%(site)s)") % {"number": each.number, "site": each.site}
        for each in problem.candidates
    ]
    return _(
        "Serial numbers of several sites read like this: %(serials)s. Which one do you "
        "mean? Write it exactly like that."
    ) % {"serials": get_text_list(named, _("or"))}


@sentence.register
def _too_many_misses(problem: TooManyMisses) -> str:
    return _(
        "Too many serial numbers that were not found. Wait %(time)s, or say that you can’t find "
        "it: sales looks it up for you."
    ) % {"time": wait(problem.seconds)}


@sentence.register
def _serials_of_two_sites(problem: SerialsOfTwoSites) -> str:
    return _("These serial numbers belong to two installations. Place one order for each.")


@sentence.register
def _serial_not_needed(problem: SerialNotNeeded) -> str:
    return _("This order is for a new installation, which has no serial number yet.")


@sentence.register
def _installation_of_another_company(problem: InstallationOfAnotherCompany) -> str:
    return _(
        "The installation belongs to another company by now. "
        "Reject this order, or correct the dealer or end customer of the installation first."
    )


@sentence.register
def _company_closed(problem: CompanyClosed) -> str:
    return _(
        "%(company)s is deactivated: nothing is ordered or issued for it. Reject or cancel its "
        "order, or activate the company first."
    ) % {"company": problem.company}


@sentence.register
def _missing_base(problem: MissingBase) -> str:
    return _(
        "%(part)s needs %(base)s. This installation holds 0, and this order adds 0. "
        "Add a line for %(base)s, or remove %(part)s."
    ) % {"part": problem.part_number, "base": problem.requires}


# About documents


@sentence.register
def _not_covered(problem: NotCovered) -> str:
    return _(
        "After this order the site has %(units)d × %(part)s, and %(base)d × the license "
        "that they need (%(requires)s): %(short)d are not covered."
    ) % {
        "units": problem.units,
        "part": problem.part_number,
        "base": problem.base,
        "requires": problem.requires,
        "short": problem.units - problem.base,
    }


@sentence.register
def _to_acknowledge(problem: ToAcknowledge) -> str:
    return sentence(problem.warning)


@sentence.register
def _line_problem(problem: LineProblem) -> str:
    """A line that is not possible, with a way out for each reason."""
    figures = {
        "part": problem.part_number,
        "source": problem.source,
        "wanted": problem.wanted,
        "there": problem.there,
        "ends": get_text_list(list(map(_written, problem.ends)), _("or")),
    }
    return str(_FLAWS[problem.flaw]) % figures


_FLAWS: dict[Flaw, Promise] = {
    Flaw.KIT: gettext_lazy(
        "%(part)s is a kit, and kits can only be added. Choose the product that it holds."
    ),
    Flaw.NO_PATH: gettext_lazy(
        "%(source)s can’t be upgraded to %(part)s. Choose another product, or add %(part)s."
    ),
    Flaw.NO_RENEWAL: gettext_lazy(
        "%(source)s can’t be renewed with %(part)s. Choose a term of the same kind, "
        "or upgrade it first."
    ),
    Flaw.NOT_HELD: gettext_lazy(
        "This installation holds no %(source)s that could be changed. "
        "Choose one of its licenses, or add %(part)s."
    ),
    Flaw.ENDED: gettext_lazy("%(source)s has ended. Renew it first, then upgrade it."),
    Flaw.WHICH_LOT: gettext_lazy(
        "There are several lots of %(source)s. Choose the lot that is valid through %(ends)s."
    ),
    Flaw.TOO_FEW: gettext_lazy(
        "Only %(there)d × %(source)s can be changed, and this line names %(wanted)d. "
        "Order at most %(there)d."
    ),
    Flaw.START_TOO_FAR: gettext_lazy(
        "%(part)s can’t start on that day. Choose one from 2000 to 2099, or leave it empty."
    ),
    Flaw.NO_START: gettext_lazy(
        "Only an added subscription can start on a chosen day. Leave the start date empty."
    ),
}


def lot_says(lot: NewLot) -> str:
    """The days from which to which the units of a line run; empty for units without an end."""
    if lot.last_day is None:
        return ""
    days = {"start": _written(lot.starts_on), "end": _written(lot.last_day)}
    return _("Runs from %(start)s, valid through %(end)s.") % days


def renew_instead(left: ToRenew) -> str:
    """Asks beside a line that adds what could renew them."""
    units = {
        "units": left.units,
        "part": left.part.part_number,
        "day": _written(left.last_day),
    }
    return (
        ngettext(
            "%(units)d × %(part)s of this site, valid through %(day)s, is not renewed yet. "
            "Renew it instead of adding more?",
            "%(units)d × %(part)s of this site, valid through %(day)s, are not renewed yet. "
            "Renew them instead of adding more?",
            left.units,
        )
        % units
    )


def _written(day: dt.date) -> str:
    return date_format(day)


@sentence.register
def _same_purchase_order(problem: SamePurchaseOrder) -> str:
    return _("%(po)s was ordered for this site already.") % {"po": po_label(problem.po_number)}


@sentence.register
def _same_lines(problem: SameLines) -> str:
    return _("The same lines were ordered for this installation a few days ago.")


@sentence.register
def _same_site(problem: SameSite) -> str:
    return _("There is a site “%(site)s” already. Is this an existing installation?") % {
        "site": problem.site_name
    }


@sentence.register
def _installation_changed(problem: InstallationChanged) -> str:
    return _(
        "%(site)s has changed since you looked: it was at R%(seen)d and is at R%(now)d. "
        "See what will happen now, then place the order again."
    ) % {"site": problem.site_name, "seen": problem.seen, "now": problem.now}


@sentence.register
def _other_family_quoted(problem: OtherFamilyQuoted) -> str:
    return _(
        "The installation has its own %(family)s serial number, and it was not quoted. "
        "Sales looks at the order first."
    ) % {"family": problem.family}


@sentence.register
def _start_asked_for(problem: StartAskedFor) -> str:
    return _("%(part)s is to start on %(day)s. Sales looks at the order first.") % {
        "part": problem.part_number,
        "day": _written(problem.starts_on),
    }


@sentence.register
def _used_purchase_order(problem: UsedPurchaseOrder) -> str:
    return _("%(po)s was ordered for this installation before.") % {
        "po": po_label(problem.po_number)
    }


def kept_sentence(remark: Remark) -> str:
    """For the order's page: the remark as it was then, without advice."""
    if isinstance(remark, InstallationChanged):
        return _("%(site)s changed while the order was filled in: from R%(seen)d to R%(now)d.") % {
            "site": remark.site_name,
            "seen": remark.seen,
            "now": remark.now,
        }
    if isinstance(remark, MissingBase):
        return _("%(part)s needs %(base)s, and there was none.") % {
            "part": remark.part_number,
            "base": remark.requires,
        }
    return sentence(remark)


def confirmation_of(guard: Guard) -> str:
    """The label of the box that confirms it."""
    return str(_CONFIRMATIONS[type(guard)])


_CONFIRMATIONS: dict[type, Promise] = {
    SamePurchaseOrder: gettext_lazy("Place it as a further order"),
    SameLines: gettext_lazy("Order them once more"),
    SameSite: gettext_lazy("It is another site: a new installation with its own serial numbers"),
    InstallationChanged: gettext_lazy("I have seen it"),
    ToAcknowledge: gettext_lazy("Order them anyway. Sales looks at the order first."),
}


@sentence.register
def _move_not_possible(problem: MoveNotPossible) -> str:
    answers = {
        State.DRAFT: _("This order was not placed yet."),
        State.HELD: _(
            "This order is held. It goes on once its serial number is given, "
            "or sales takes it back into review."
        ),
        State.IN_REVIEW: _("This order is in review."),
        State.ISSUED: _("This order was issued already. That is final."),
        State.REJECTED: _("This order was rejected. That is final: a new order is needed."),
        State.CANCELED: _("This order was canceled. That is final: a new order is needed."),
    }
    return answers[problem.state]


@sentence.register
def _reason_missing(problem: ReasonMissing) -> str:
    return _("Give a reason. The customer sees it on the order.")
