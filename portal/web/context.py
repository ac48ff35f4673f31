"""Values for every template."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from licensing.telling import Teller
from orders.permissions import can_begin
from portal.web.current_company import current_membership
from portal.web.requests import user_of


def site(request: HttpRequest) -> dict[str, Any]:
    membership = current_membership(request)
    return {
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
        "current_membership": membership,
        "may_order": membership is not None and can_begin(user_of(request)),
        "all_languages": settings.LANGUAGES,
        "teller": Teller(getattr(request, "user", AnonymousUser())),
    }
