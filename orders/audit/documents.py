"""Checks the files of documents against their rows. Reads only."""

import hashlib
from collections.abc import Iterator

from orders.models import PurchaseOrderDocument

CHUNK = 2000  # rows read at a time


def damage() -> Iterator[str]:
    """A sentence for each document that is missing or differs from the attached file."""
    documents = PurchaseOrderDocument.objects.order_by().select_related("order")
    for document in documents.iterator(CHUNK):
        if problem := _problem(document):
            yield f"Order {document.order.reference}, document {document.reference}: {problem}."


def _problem(document: PurchaseOrderDocument) -> str:
    try:
        with document.file.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"the file {document.file.name} can't be read ({type(error).__name__})"
    if found != document.sha256:
        return f"the file {document.file.name} is not what was attached"
    return ""


def counted() -> int:
    return PurchaseOrderDocument.objects.count()
