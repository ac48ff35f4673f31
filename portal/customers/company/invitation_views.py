"""The page of an invitation's link. To open it changes nothing: mail scanners open links, too."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from companies import actions
from companies.forms import JoinForm
from companies.invitation_mail import hashed
from companies.models import Invitation, Membership, User
from companies.policies import MembershipRefused
from companies.wording import WHAT_ROLES_DO
from portal.web.current_company import choose
from portal.web.requests import user_of


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    acceptable = Invitation.objects.acceptable(timezone.now())
    found = acceptable.select_related("company", "invited_by", "person").filter(
        token_hash=hashed(token)
    )
    invitation = found.first()
    if invitation is None:
        return render(request, "customers/invitation_closed.html", status=404)
    try:
        if request.user.is_authenticated:
            return _as_user(request, invitation, token)
        if invitation.person or User.objects.with_address(invitation.email).exists():
            return _page(request, invitation, log_in=True)
        return _as_newcomer(request, invitation, token)
    except MembershipRefused:  # the invitation changed meanwhile, so the page does, too
        return redirect("invitation", token)


def _as_user(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    user = user_of(request)
    if not invitation.is_for(user):
        return _page(request, invitation, somebody_else=True)
    if request.method != "POST":
        return _page(request, invitation)
    return _welcome(request, actions.accept_invitation(token=token, by=user))


def _as_newcomer(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None, invitation=invitation)
    if not form.is_valid():
        return _page(request, invitation, form=form)
    member = form.join(token=token, language=request.LANGUAGE_CODE)
    logged_in: HttpResponse = perform_login(request, member.user, redirect_url=reverse("home"))
    _welcome(request, member)
    return logged_in


def _welcome(request: HttpRequest, member: Membership) -> HttpResponse:
    choose(request, member.company)
    messages.success(request, _("Welcome to %(company)s.") % {"company": member.company})
    return redirect("home")


def _page(request: HttpRequest, invitation: Invitation, **more: object) -> HttpResponse:
    context = {
        "invitation": invitation,
        "what_the_role_does": WHAT_ROLES_DO[invitation.role],
        **more,
    }
    return render(request, "customers/invitation.html", context)
