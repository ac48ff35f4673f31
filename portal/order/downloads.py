"""Responses with a file that a user attached."""

from django.http import FileResponse

from orders.models import PurchaseOrderDocument

# If a browser shows the file after all, it runs nothing, loads nothing and has no origin.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

# A mail has its styles in its tags and loads nothing. Only a page of ours may frame it, and in the
# frame it can neither run nor load anything.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


def download(document: PurchaseOrderDocument) -> FileResponse:
    """A download that is never shown, with the type found when the file was uploaded."""
    return FileResponse(
        document.file.open("rb"),
        as_attachment=True,
        filename=document.name,
        content_type=document.media_type,
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"},
    )
