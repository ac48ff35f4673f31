"""Everything that happens to the members of a company, as atomic verbs.

Each verb first locks the company's row and then reads what it decides on, so that two owners who
remove each other at the same time leave one owner. It records its event in the same transaction.
Staff with the permission may call the verbs for any company, but never for their own benefit.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from companies import invitation_mail
from companies.factors import has_second_factor
from companies.models import Company, Invitation, Membership, MembershipEvent, User
from companies.policies import (
    OF_STAFF,
    AccountExists,
    AlreadyInvited,
    AlreadyMember,
    InvitationClosed,
    MemberGone,
    MembershipRefused,
    NotTheInvited,
    OwnFactorFirst,
    Relation,
    Verb,
    check_own_rights,
    check_owner_stays,
    may,
)

OPEN_FOR = dt.timedelta(days=14)

What = MembershipEvent.What


def invite(
    *, company: Company, email: str, role: str, by: User, at: dt.datetime | None = None
) -> Invitation:
    """Mails a link by which the person behind the address becomes a member.

    Raises ValidationError when the address or the role is not valid, and MembershipRefused when the
    address is a member's or is invited already. If a user has the address, only the language of the
    mail changes, and only that user reads the mail.
    """
    at = at or timezone.now()
    invitation = Invitation(company=company, email=email, role=role, invited_by=by)
    _check_fields(invitation, "email", "role")
    with transaction.atomic():
        _lock(company)
        _check_may(Verb.INVITE, by, company)
        _check_may_be_invited(invitation, by=by, at=at)
        _send(invitation, What.INVITED, by=by, at=at)
    return invitation


def resend_invitation(
    invitation: Invitation, *, by: User, at: dt.datetime | None = None
) -> Invitation:
    """Mails a new link and opens the invitation again; the old link stops working.

    Raises MembershipRefused when the invitation was accepted or revoked.
    """
    with transaction.atomic():
        invitation = _lock_invitation(invitation)
        _check_may(Verb.RESEND, by, invitation.company)
        if invitation.accepted_at or invitation.revoked_at:
            raise MembershipRefused(InvitationClosed())
        invitation.invited_by = by
        _send(invitation, What.INVITED_AGAIN, by=by, at=at or timezone.now())
    return invitation


def revoke_invitation(
    invitation: Invitation, *, by: User, at: dt.datetime | None = None
) -> Invitation:
    """Makes the link worthless. Revoking twice is no error; an accepted invitation is refused."""
    with transaction.atomic():
        invitation = _lock_invitation(invitation)
        _check_may(Verb.REVOKE, by, invitation.company)
        if invitation.accepted_at:
            raise MembershipRefused(InvitationClosed())
        if not invitation.revoked_at:
            _revoke(invitation, by=by, at=at or timezone.now())
    return invitation


def accept_invitation(*, token: str, by: User, at: dt.datetime | None = None) -> Membership:
    """Makes the invited user a member. A user who is a member already keeps the role.

    Accepting twice is no error. Raises MembershipRefused when the link no longer works or the
    invitation is for another address.
    """
    at = at or timezone.now()
    with transaction.atomic():
        invitation = _lock_by_token(token)
        member = Membership.objects.filter(company=invitation.company, user=by).first()
        if member is not None and invitation.accepted_by_id == by.pk:
            return member
        _check_acceptable(invitation, at=at)
        if not (invitation.is_for(by) and by.is_active):
            raise MembershipRefused(NotTheInvited(invitation.address))
        return _join(invitation, member, by=by, at=at)


def accept_with_new_account(
    *,
    token: str,
    full_name: str,
    password: str,
    language: str = settings.LANGUAGE_CODE,
    at: dt.datetime | None = None,
) -> Membership:
    """Makes the invited person a user and a member. The link proves that the address is theirs.

    Raises MembershipRefused when the link no longer works or a user has the address.
    """
    at = at or timezone.now()
    try:
        with transaction.atomic():
            invitation = _lock_by_token(token)
            _check_acceptable(invitation, at=at)
            _check_has_no_account(token)
            user = User.objects.create_user(
                invitation.email, password, full_name=full_name, language=language
            )
            return _join(invitation, None, by=user, at=at)
    except (IntegrityError, ValidationError):
        _check_has_no_account(token)  # the invitation of another company was accepted just now
        raise


def follow_address(*, user: User, before: str, **_signal: Any) -> None:
    """Mails the open invitations of a changed address to the new one; the old links end.

    Nothing changes for the companies: they are not told the new address before it is accepted.
    """
    if User.objects.with_address(before).exists():
        return  # it is another account's
    at = timezone.now()
    theirs = Q(email=before, person=None) | Q(person=user)
    for found in Invitation.objects.acceptable(at).filter(theirs).order_by("company_id"):
        invitation = _lock_invitation(found)
        if invitation.is_acceptable(at):
            token = invitation_mail.new_token()
            invitation.person, invitation.token_hash = user, invitation_mail.hashed(token)
            invitation.save(update_fields=["person", "token_hash"])
            invitation_mail.send(invitation, token)


def choose_language(user: User, *, language: str, by: User) -> None:
    """Sets the language of the pages and mails that the user gets. Users choose only for
    themselves.

    Raises ValidationError when the site does not have the language.
    """
    if user.pk != by.pk:
        raise PermissionDenied("Everybody chooses their own language.")
    _check_fields(User(language=language), "language")
    user.language = language
    user.save(update_fields=["language"])


def change_role(
    membership: Membership, *, role: str, by: User, at: dt.datetime | None = None
) -> Membership:
    """Gives the member another role. The same role again is no error.

    Raises ValidationError when the role does not exist, and MembershipRefused when the member is
    the last owner, would raise their own rights, or was removed meanwhile.
    """
    _check_fields(Membership(role=role), "role")
    with transaction.atomic():
        company = _lock(membership.company)
        _check_may(Verb.CHANGE_ROLE, by, company)
        member = company.memberships.select_related("user").filter(pk=membership.pk).first()
        if member is None:
            raise MembershipRefused(MemberGone())
        if member.role != role:
            _change_role(member, role, by=by, at=at or timezone.now())
    return member


def remove_member(membership: Membership, *, by: User, at: dt.datetime | None = None) -> None:
    """Ends the membership. The user stays, and so does what they did. Removing twice is no error.

    Raises MembershipRefused for the last owner.
    """
    with transaction.atomic():
        company = _lock(membership.company)
        _check_may(Verb.REMOVE, by, company)
        member = company.memberships.select_related("user").filter(pk=membership.pk).first()
        if member is not None:
            check_owner_stays(member.relation, Relation.STRANGER, _other_owners(member))
            _record_member(What.REMOVED, member, before=member.role, by=by, at=at)
            member.delete()


def ask_second_factor(
    company: Company, *, asked: bool, by: User, at: dt.datetime | None = None
) -> Company:
    """Sets whether all members need a second factor to see the company's pages.

    Setting the same again is no error. Raises MembershipRefused when an owner who has no second
    factor asks for one: owners would shut themselves out.
    """
    with transaction.atomic():
        company = _lock(company)
        relation = _check_may(Verb.ASK_SECOND_FACTOR, by, company)
        if company.second_factor_required == asked:
            return company
        if asked and relation is Relation.OWNER and not has_second_factor(by):
            raise MembershipRefused(OwnFactorFirst())
        company.second_factor_required = asked
        company.save(update_fields=["second_factor_required"])
        what = What.FACTOR_ASKED if asked else What.FACTOR_FREE
        _record(what, company, "", by=by, at=at or timezone.now())
    return company


# Locks ----------------------------------------------------------------------------------


def _lock(company: Company) -> Company:
    """Keeps others from changing the company's members until the transaction ends.

    Orders are not delayed: they refer to the company's key, which this lock leaves free.
    """
    return Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def _lock_invitation(invitation: Invitation) -> Invitation:
    """Reads the invitation under the lock of its company."""
    _lock(invitation.company)
    return Invitation.objects.select_related("company").get(pk=invitation.pk)


def _lock_by_token(token: str) -> Invitation:
    token_hash = invitation_mail.hashed(token)
    found = Invitation.objects.select_related("company").filter(token_hash=token_hash).first()
    if found is None:
        raise MembershipRefused(InvitationClosed())
    invitation = _lock_invitation(found)
    if invitation.token_hash != token_hash:  # it was sent again meanwhile
        raise MembershipRefused(InvitationClosed())
    return invitation


# Who may --------------------------------------------------------------------------------


def _relation(user: User, company: Company, verb: Verb) -> Relation:
    """Reads the relation from the database now: the user may have lost the role a moment ago."""
    if not user.is_active:
        return Relation.STRANGER
    if user.may_as_staff(OF_STAFF[verb]):
        return Relation.STAFF
    role = company.memberships.filter(user=user).values_list("role", flat=True).first()
    return Relation(role) if role else Relation.STRANGER


def _check_may(verb: Verb, user: User, company: Company) -> Relation:
    relation = _relation(user, company, verb)
    if not may(relation, verb):
        raise PermissionDenied("Only owners manage the members of a company, and staff for them.")
    return relation


def _check_fields(row: Invitation | Membership | User, *names: str) -> None:
    """Raises ValidationError unless the values of these fields are valid."""
    row.clean_fields(exclude={field.name for field in row._meta.fields} - set(names))


def _check_may_be_invited(invitation: Invitation, *, by: User, at: dt.datetime) -> None:
    """Refuses members and open invitations. Removes an expired invitation of the same address."""
    company, email = invitation.company, invitation.email
    if company.memberships.filter(user__email=email).exists():
        raise MembershipRefused(AlreadyMember(email))
    if by.email == email:
        check_own_rights(Relation.STRANGER, Relation(invitation.role))
    earlier = company.invitations.open().filter(email=email).first()
    if earlier is None:
        return
    if earlier.is_acceptable(at):
        raise MembershipRefused(AlreadyInvited(email))
    _revoke(earlier, by=by, at=at)


def _check_acceptable(invitation: Invitation, *, at: dt.datetime) -> None:
    if not invitation.is_acceptable(at):
        raise MembershipRefused(InvitationClosed())


def _check_has_no_account(token: str) -> None:
    invitations = Invitation.objects.filter(token_hash=invitation_mail.hashed(token))
    users = User.objects.filter(email__in=invitations.values("email"), same_address_as=None)
    if users.exists() or invitations.exclude(person=None).exists():
        raise MembershipRefused(AccountExists())


def _other_owners(member: Membership) -> int:
    owners = member.company.memberships.owners_who_can_log_in()
    return owners.exclude(pk=member.pk).count()


# Writing --------------------------------------------------------------------------------


def _send(invitation: Invitation, what: str, *, by: User, at: dt.datetime) -> None:
    token = invitation_mail.new_token()
    invitation.token_hash = invitation_mail.hashed(token)
    invitation.sent_at, invitation.expires_at = at, at + OPEN_FOR
    invitation.save()
    _record(what, invitation.company, invitation.email, after=invitation.role, by=by, at=at)
    invitation_mail.send(invitation, token)


def _revoke(invitation: Invitation, *, by: User, at: dt.datetime) -> None:
    invitation.revoked_by, invitation.revoked_at = by, at
    invitation.save(update_fields=["revoked_by", "revoked_at"])
    company, email = invitation.company, invitation.email
    _record(What.REVOKED, company, email, before=invitation.role, by=by, at=at)


def _join(
    invitation: Invitation, member: Membership | None, *, by: User, at: dt.datetime
) -> Membership:
    if member is None:
        member = Membership.objects.create(
            user=by, company=invitation.company, role=invitation.role, since=at
        )
        _record_member(What.JOINED, member, after=member.role, by=by, at=at)
    invitation.accepted_by, invitation.accepted_at = by, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    return member


def _change_role(member: Membership, role: str, *, by: User, at: dt.datetime) -> None:
    before, after = member.relation, Relation(role)
    if member.user == by:
        check_own_rights(before, after)
    check_owner_stays(before, after, _other_owners(member))
    member.role = role
    member.save(update_fields=["role"])
    _record_member(What.ROLE_CHANGED, member, before=before.value, after=role, by=by, at=at)


def _record_member(
    what: str,
    member: Membership,
    *,
    by: User,
    at: dt.datetime | None,
    before: str = "",
    after: str = "",
) -> None:
    _record(
        what,
        member.company,
        member.user.email,
        user=member.user,
        before=before,
        after=after,
        by=by,
        at=at or timezone.now(),
    )


def _record(
    what: str,
    company: Company,
    email: str,
    *,
    by: User,
    at: dt.datetime,
    user: User | None = None,
    before: str = "",
    after: str = "",
) -> None:
    MembershipEvent.objects.create(
        company=company,
        what=what,
        email=email,
        user=user,
        role_before=before,
        role_after=after,
        by=by,
        at=at,
    )
