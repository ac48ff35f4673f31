"""Steps that users must take before they go on: a better password, a second factor.

Until then only pages about the account and pages without log-in open.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.accounts import passwords, second_factor

ACCOUNT = "account/"
OPEN = {  # open to everybody, logged in or not
    "public",
    "guide",
    "health",
    "about_mail",
    "mail_wishes",
    "mail_unsubscribe",
    "order_answer",
    "serial_entered",
    "invitation",
    "admin:logout",
}


class FirstThings:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Runs once the view is known, and redirects to the first step that is missing."""
        if not request.user.is_authenticated or _is_open(request):
            return None
        if passwords.has_to_be_renewed(request):
            return passwords.lead_to_it(request)
        company = second_factor.company_that_asks(request)
        if company is not None and second_factor.is_missing(request):
            why = _("%(company)s asks for two-step verification. Set it up once, then go on.")
            return second_factor.lead_to_it(request, why % {"company": company})
        return None


def _is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.route.startswith(ACCOUNT) or match.view_name in OPEN)
