"""The page of a company: its members, and the forms by which its owners manage them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies import actions
from companies.forms import InviteForm, RoleForm, roles_explained
from companies.models import Company, Invitation, Membership, Role
from companies.policies import MembershipRefused, OwnFactorFirst
from companies.wording import sentence
from limits.declared import INVITE, INVITE_COMPANY, Try
from portal.accounts import second_factor
from portal.accounts.typed import fill_in, kept, taken
from portal.web import door
from portal.web.current_company import choose, current_membership
from portal.web.not_allowed import NotAllowed
from portal.web.requests import user_of

RECENT_EVENTS = 10


@kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def company(request: HttpRequest) -> HttpResponse:
    membership = current_membership(request)
    if membership is None:
        return render(request, "customers/no_company.html")
    form = InviteForm()
    if typed := taken(request):  # an invitation to that company only
        membership = _membership(request, typed.get("company", ""))
        fill_in(form, typed)
    if request.method == "POST":
        membership = _owned(request, request.POST.get("company", ""))
        form = InviteForm(request.POST)
        if form.is_valid() and _is_within_limit(request, membership.company, form):
            invitation = form.invite(company=membership.company, by=user_of(request))
            if invitation is not None:
                _say(request, _("Invitation sent to %(email)s."), invitation.email)
                return redirect("company")
    return render(request, "customers/company.html", _page(membership, form))


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    choose(request, _membership(request, request.POST.get("company", "")).company)
    return redirect("home")


@login_required
@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles in the list. Nothing was changed."))
        return redirect("company")
    role = form.cleaned_data["role"]
    if _done(request, lambda: actions.change_role(member, role=role, by=user_of(request))):
        messages.success(
            request,
            _("%(member)s is now: %(role)s.")
            % {"member": member.user.get_full_name(), "role": Role(role).label},
        )
    return redirect("company")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    if _done(request, lambda: actions.remove_member(member, by=user_of(request))):
        _say(request, _("%(email)s is no longer a member."), member.user.email)
    return redirect("company")


@login_required
@require_POST
def ask_second_factor(request: HttpRequest) -> HttpResponse:
    """Saves the choice. An owner without a second factor is led to set one up first."""
    membership = _owned(request, request.POST.get("company", ""))
    asked = request.POST.get("asked") == "yes"
    if asked and second_factor.is_missing(request):
        return second_factor.lead_to_it(request, sentence(OwnFactorFirst()), then="company")

    def ask() -> None:
        actions.ask_second_factor(membership.company, asked=asked, by=user_of(request))

    if _done(request, ask):
        messages.success(request, _asked_now() if asked else _no_longer_asked())
    return redirect("company")


@login_required
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    if refused := door.refused(request, _tries(request, invitation.company), _too_many()):
        return refused
    if _done(request, lambda: actions.resend_invitation(invitation, by=user_of(request))):
        _say(request, _("A new invitation is on its way to %(email)s."), invitation.email)
    return redirect("company")


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    if _done(request, lambda: actions.revoke_invitation(invitation, by=user_of(request))):
        _say(request, _("The invitation of %(email)s is revoked."), invitation.email)
    return redirect("company")


def _page(membership: Membership, form: InviteForm) -> dict[str, Any]:
    """The template's context; three statements."""
    company = membership.company
    events = company.membership_events.select_related("by").order_by("-pk")
    invitations = company.invitations.open().select_related("invited_by")
    return {
        "place": membership,
        "company": company,
        "members": list(
            company.memberships.select_related("user").order_by("user__full_name", "user__email")
        ),
        "invitations": list(invitations.order_by("email")),
        "events": list(events[:RECENT_EVENTS]) if membership.is_owner else [],
        "form": form,
        "roles": roles_explained(),
    }


# What a request may reach ---------------------------------------------------------------


def _membership(request: HttpRequest, company: int | str) -> Membership:
    """The user's membership in that company; 404 for a company that is not theirs."""
    for membership in user_of(request).own_memberships:
        if str(membership.company_id) == str(company):
            return membership
    raise Http404


def _owned(request: HttpRequest, company: int | str) -> Membership:
    """The same for owners only. Staff who are members use the sales desk."""
    membership = _membership(request, company)
    if not membership.is_owner:
        raise NotAllowed(_("Only owners manage the members of a company."))
    return membership


def _member(request: HttpRequest, pk: int) -> Membership:
    members = Membership.objects.visible_to(user_of(request)).select_related("user", "company")
    member = get_object_or_404(members, pk=pk)
    _owned(request, member.company_id)
    return member


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    invitations = Invitation.objects.visible_to(user_of(request)).select_related("company")
    invitation = get_object_or_404(invitations, pk=pk)
    _owned(request, invitation.company_id)
    return invitation


# Limits and answers ---------------------------------------------------------------------


def _tries(request: HttpRequest, company: Company) -> list[Try]:
    return [INVITE.of(user_of(request).pk), INVITE_COMPANY.of(company.pk)]


def _is_within_limit(request: HttpRequest, company: Company, form: InviteForm) -> bool:
    return door.is_within(request, _tries(request, company), form, _too_many())


def _too_many() -> str:
    return _(
        "Your company sent many invitations within an hour. Wait %(time)s, then send the rest. "
        "Nothing was sent now."
    )


def _asked_now() -> str:
    return _(
        "All members need two-step verification now. The next page that they open asks for it."
    )


def _no_longer_asked() -> str:
    return _("Members no longer need two-step verification. Those who have set it up keep it.")


def _done(request: HttpRequest, action: Callable[[], object]) -> bool:
    """Calls the action, or shows why it is refused."""
    try:
        action()
    except MembershipRefused as refusal:
        messages.error(request, sentence(refusal.problem))
        return False
    return True


def _say(request: HttpRequest, text: str, email: str) -> None:
    messages.success(request, text % {"email": email})
