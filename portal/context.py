"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    return {"sales_phone": settings.SALES_PHONE, "sales_email": settings.SALES_EMAIL}
