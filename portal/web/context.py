"""Values for every template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal.web.current_company import current_membership


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
        "current_membership": current_membership(request),
        "all_languages": settings.LANGUAGES,
    }
