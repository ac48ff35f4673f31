"""Answers with a file that somebody attached."""

from django.http import FileResponse

from orders.models import PurchaseOrderDocument

# Should a browser show it after all, it runs nothing, fetches nothing and is nobody's origin.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

# A mail brings its styles in its tags, and nothing else. In its frame, which only a page of ours
# may have, it can neither run nor fetch.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


def download(document: PurchaseOrderDocument) -> FileResponse:
    """To be saved, never shown; of the kind that was found out when it came in."""
    return FileResponse(
        document.file.open("rb"),
        as_attachment=True,
        filename=document.name,
        content_type=document.media_type,
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"},
    )
