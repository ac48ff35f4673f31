"""The page for a person who may look, but not order: who can, and how to become one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from companies.models import Company, Membership, User
from companies.ordering import orderers_of
from licensing.models import Installation
from orders.permissions import can_begin, can_enter
from portal.accounts.security_log import Event, note
from portal.web.requests import user_of

View = Callable[..., HttpResponse]
MAX_SHOWN = 50  # people


@dataclass(frozen=True, slots=True)
class Place:
    """A company of the user's, and who orders for it."""

    company: Company
    orderers: Sequence[Membership]


class MayNotOrder(PermissionDenied):
    """The user orders for companies of their own, but for none of the site's."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation


def for_who_orders(view: View) -> View:
    """Answers with the page if the user orders for no company, or the view raises MayNotOrder."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = user_of(request)
        if not can_begin(user):
            return _page(request, user, user.own_memberships)
        try:
            return view(request, *args, **kwargs)
        except MayNotOrder as refused:
            site = refused.installation
            theirs = [each for each in user.own_memberships if site.is_of(each.company)]
            return _page(request, user, theirs, site)

    return inner


def _page(
    request: HttpRequest,
    user: User,
    memberships: Iterable[Membership],
    installation: Installation | None = None,
) -> HttpResponse:
    match = request.resolver_match
    note(Event.RIGHT_REFUSED, user=user, view=match.view_name if match else "")
    context = {
        "installation": installation,
        "places": _places([membership.company for membership in memberships]),
        "enters": can_enter(user),
    }
    page = "who_orders" if context["places"] or context["enters"] else "no_company"
    return render(request, f"customers/{page}.html", context, status=HTTPStatus.FORBIDDEN)


def _places(companies: Sequence[Company]) -> list[Place]:
    orderers = list(orderers_of(companies)[:MAX_SHOWN])
    return [
        Place(company, [each for each in orderers if each.company_id == company.pk])
        for company in companies
    ]
