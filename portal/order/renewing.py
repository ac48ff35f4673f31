"""The one door to renew what ends at a site, by `renew` in the address: for customers and sales."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from companies.time_zones import local_date
from licensing.models import Installation
from orders.form import data
from orders.form.renewals import Renewal, renewals


def begin_renewal(request: HttpRequest, installation: Installation, **values: str) -> QueryDict:
    """The order form with all that is left to renew; it tells on the page what it can't fill in.

    `values` are those of other fields.
    """
    today = local_date(timezone.now(), installation.company.time_zone)
    lots, serials = installation.lots.held(), installation.serials.current()
    found = renewals(lots, today)
    if request.method == "GET":
        _tell(request, installation, found)
    if found or any(lot.last_day and lot.not_renewed for lot in lots):
        return data.renewal(found, serials, **values)
    return data.for_installation(serials, **values)


def _tell(request: HttpRequest, installation: Installation, found: Sequence[Renewal]) -> None:
    if not found:
        text = _(
            "Nothing at %(site)s is left to renew now: no subscription ends within 90 days, or "
            "those that do are renewed. To renew another one, choose it below."
        )
        messages.info(request, text % {"site": installation})
    gone = dict.fromkeys(each.source for each in found if not each.product)
    if gone:
        text = _(
            "Nothing that is sold now renews %(parts)s. Remove that line, and ask sales: "
            "%(phone)s or %(email)s."
        )
        named = {"parts": get_text_list(list(gone), _("or"))}
        contact = {"phone": settings.SALES_PHONE, "email": settings.SALES_EMAIL}
        messages.warning(request, text % {**named, **contact})
