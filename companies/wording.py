"""The one place where the codes of companies become sentences for people."""

from functools import singledispatch

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.policies import (
    AccountExists,
    AlreadyInvited,
    AlreadyMember,
    InvitationClosed,
    LastOwner,
    MemberGone,
    NotTheInvited,
    OwnFactorFirst,
    OwnRights,
    Problem,
    Relation,
)

WHAT_ROLES_DO: dict[str, Promise] = {
    Relation.VIEWER: gettext_lazy("Viewers see the installations and the orders."),
    Relation.BUYER: gettext_lazy("Buyers see the installations and the orders, and order."),
    Relation.OWNER: gettext_lazy("Owners order, and manage the members of the company."),
}


@singledispatch
def sentence(problem: Problem) -> str:
    """Says what is wrong and what to do next, to the person who is refused."""
    raise NotImplementedError(type(problem).__name__)


@sentence.register
def _already_member(problem: AlreadyMember) -> str:
    return _("%(email)s is a member already. Change the role in the list of members.") % {
        "email": problem.email
    }


@sentence.register
def _already_invited(problem: AlreadyInvited) -> str:
    return _(
        "%(email)s is invited already. Send the invitation again, or revoke it to invite "
        "with another role."
    ) % {"email": problem.email}


@sentence.register
def _last_owner(problem: LastOwner) -> str:
    return _("This is the last owner of the company. Make somebody else an owner first.")


@sentence.register
def _own_rights(problem: OwnRights) -> str:
    return _("You can’t give yourself more rights. Ask a colleague to do it.")


@sentence.register
def _member_gone(problem: MemberGone) -> str:
    return _("This person is no longer a member. To bring them back, send an invitation.")


@sentence.register
def _invitation_closed(problem: InvitationClosed) -> str:
    return _("This invitation is no longer open. To let the person in, send a new one.")


@sentence.register
def _not_the_invited(problem: NotTheInvited) -> str:
    return _("This invitation is for %(email)s. Log in with that address to accept it.") % {
        "email": problem.email
    }


@sentence.register
def _account_exists(problem: AccountExists) -> str:
    return _("You have an account already. Log in to accept the invitation.")


@sentence.register
def _own_factor_first(problem: OwnFactorFirst) -> str:
    return _("Set up two-step verification for yourself first, then ask it of all members.")
