"""The answer to what somebody may not do (403): why, where it was said for them, and what to do."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class NotAllowed(PermissionDenied):
    """Refused with a sentence for the reader. Other refusals have words for developers only."""


def error_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    why = str(exception) if isinstance(exception, NotAllowed) else ""
    return render(request, "403.html", {"why": why}, status=403)
