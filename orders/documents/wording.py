"""Why a document is refused, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _

from orders.rules.documents import (
    MAX_BYTES,
    MAX_DOCUMENTS,
    MAX_PIXELS,
    DocumentBroken,
    DocumentEmpty,
    DocumentHidesSomething,
    DocumentKind,
    DocumentOfAnotherKind,
    DocumentTooLarge,
    OrderTakesNoDocuments,
    PictureTooLarge,
    TooManyDocuments,
)
from orders.wording import sentence


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


def _made_anew(kind: DocumentKind) -> str:
    """Asks for the same document, written by another program."""
    if kind is DocumentKind.PDF:
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
    return _(
        "This order was rejected or canceled. Attach the document to the order that replaces it."
    )
