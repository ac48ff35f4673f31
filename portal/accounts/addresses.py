"""The one address of a user, and the change of it.

`User.email` is the address: log-in, reset and mail use only it. allauth keeps its own rows of
addresses, which it needs for the change: the address of the user as the only confirmed one, and
perhaps a new one that waits for its confirmation. This module keeps them in step, because allauth
takes a missing or stale confirmed row for a change that is under way.

allauth looks its rows up by equality with the result of `AccountAdapter.clean_email`, and with
lower() of that, which changes no stored form. The rows are in their stored form, too.
"""

from typing import Any

from allauth.account import views
from allauth.account.models import EmailAddress
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from companies.models import User
from portal.web.requests import user_of
from texts.addresses import stored_form


def follow_user(
    instance: User, update_fields: frozenset[str] | None = None, **_signal: Any
) -> None:
    """Keeps allauth's rows in step after each save of a user that may have changed the address."""
    if update_fields is None or "email" in update_fields:
        keep_in_step(instance)


def fold(instance: EmailAddress, **_signal: Any) -> None:
    """Folds the address before each save of a row of allauth's."""
    instance.email = stored_form(instance.email)


@transaction.atomic
def keep_in_step(user: User) -> None:
    """Makes the user's address the only confirmed one, unless it is another user's."""
    if user.same_address_as_id:
        EmailAddress.objects.filter(user=user).delete()
        return
    stale = EmailAddress.objects.filter(Q(user=user) | Q(email=user.email), verified=True)
    stale.exclude(user=user, email=user.email).delete()
    confirmed = {"verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=confirmed)


@login_required
def email(request: HttpRequest) -> HttpResponse:
    """allauth's page for the change. It updates the rows first: not every write calls save()."""
    keep_in_step(user_of(request))
    response: HttpResponse = views.email(request)
    return response
