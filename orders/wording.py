"""What orders say to people: the one place where codes and figures become sentences."""

from functools import singledispatch

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from licensing.coverage import MissingBase
from licensing.serial_policy import Action, Outcome
from orders.documents import (
    MAX_BYTES,
    MAX_DOCUMENTS,
    MAX_PIXELS,
    DocumentBroken,
    DocumentEmpty,
    DocumentHidesSomething,
    DocumentOfAnotherKind,
    DocumentTooLarge,
    Kind,
    OrderTakesNoDocuments,
    PictureTooLarge,
    TooManyDocuments,
)
from orders.documents import Problem as DocumentProblem
from orders.moves import Move, State
from orders.policies import (
    InstallationOfAnotherCompany,
    MoveNotPossible,
    Problem,
    ReasonMissing,
    SerialMissing,
    SerialNotAccepted,
    SerialNotNeeded,
    SerialsOfTwoSites,
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
OUTCOMES: dict[str, Promise] = {
    Outcome.NEW: pgettext_lazy("serial", "First serial"),
    Outcome.STAYS: pgettext_lazy("serial", "Stays the same"),
    Outcome.REPLACES: pgettext_lazy("serial", "Replaced"),
    Outcome.NOT_CHANGED: pgettext_lazy("serial", "Not changed"),
}


def choices(labels: dict[str, Promise]) -> list[tuple[str, Promise]]:
    """For a model field: plain strings, as they are stored."""
    return [(str(code), label) for code, label in labels.items()]


def serial_label(family: str) -> str:
    """The label of the field for a family's serial number."""
    return _("%(family)s serial number") % {"family": family}


def quoted_instead(new: str, old: str) -> str:
    """For the trail of an order: which serial numbers were quoted now, and which before."""
    if old in ("", new):
        return new
    return _("%(new)s, instead of %(old)s") % {"new": new, "old": old}


@singledispatch
def sentence(problem: Problem | DocumentProblem) -> str:
    """What is wrong and what to do next, for the person who is told no."""
    raise NotImplementedError(type(problem).__name__)


@sentence.register
def _serial_missing(problem: SerialMissing) -> str:
    return _(
        "Enter the serial number of the installation. "
        "It is in every confirmation email and on the installation’s page."
    )


@sentence.register
def _serial_not_accepted(problem: SerialNotAccepted) -> str:
    return _(
        "This is not a current serial number of one of your installations. "
        "Copy it from the newest confirmation email or from the installation’s page."
    )


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
def _missing_base(problem: MissingBase) -> str:
    return _(
        "%(part)s needs %(base)s. This installation holds 0, and this order adds 0. "
        "Add a line for %(base)s, or remove %(part)s."
    ) % {"part": problem.part_number, "base": problem.requires}


# About documents


@sentence.register
def _document_empty(problem: DocumentEmpty) -> str:
    return _("This file is empty. Choose the file of your purchase order.")


@sentence.register
def _document_too_large(problem: DocumentTooLarge) -> str:
    return _(
        "This file has more than %(count)d MB. Attach a smaller one: scan it in gray, "
        "or at 200 to 300 dots per inch."
    ) % {"count": MAX_BYTES // 1024 // 1024}


@sentence.register
def _document_of_another_kind(problem: DocumentOfAnotherKind) -> str:
    return _(
        "This file is not a PDF, PNG or JPEG, whatever its name says. "
        "Save or print the purchase order as a PDF and attach that."
    )


@sentence.register
def _document_broken(problem: DocumentBroken) -> str:
    return _("This file is damaged or cut off. %(fix)s") % {"fix": _made_anew(problem.kind)}


@sentence.register
def _document_hides_something(problem: DocumentHidesSomething) -> str:
    return _("There is more in this file than a %(kind)s. %(fix)s") % {
        "kind": problem.kind.name,
        "fix": _made_anew(problem.kind),
    }


def _made_anew(kind: Kind) -> str:
    """What mends a file: the same document, written by another program."""
    if kind is Kind.PDF:
        return _("Open it, print it to a new PDF, and attach that one.")
    return _("Open it, take a screenshot or save it as a PDF, and attach that one.")


@sentence.register
def _picture_too_large(problem: PictureTooLarge) -> str:
    return _(
        "This picture has more than %(count)d million pixels. "
        "Make it smaller, or attach a PDF instead."
    ) % {"count": MAX_PIXELS // 1_000_000}


@sentence.register
def _too_many_documents(problem: TooManyDocuments) -> str:
    return _(
        "An order has at most %(count)d documents. Put the pages into one PDF, "
        "or send sales the rest by email."
    ) % {"count": MAX_DOCUMENTS}


@sentence.register
def _order_takes_no_documents(problem: OrderTakesNoDocuments) -> str:
    return _("This order was rejected or canceled. Attach the document to the order that counts.")


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
