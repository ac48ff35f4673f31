"""Members and invitations: who may do what, what is refused, and what is kept of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from companies import actions, invitation_mail
from companies.append_only import HistoryIsFinal
from companies.models import Invitation, Membership, MembershipEvent, Role, User
from companies.policies import (
    MAY,
    AccountExists,
    AlreadyInvited,
    AlreadyMember,
    InvitationClosed,
    LastOwner,
    MemberGone,
    MembershipRefused,
    NotTheInvited,
    OwnFactorFirst,
    OwnRights,
    Relation,
    Verb,
)
from companies.wording import sentence
from outbox.models import Message
from tests.cast import NOW, PASSWORD, Cast, member
from tests.companies.mail import newest_mail, newest_token, text_of

INVITED = "new@dealer.example"
DAY = dt.timedelta(days=1)


def invite(cast: Cast, email: str = INVITED, role: str = "buyer", **more: Any) -> Invitation:
    values = {"company": cast.harbor, "by": cast.owner, "at": NOW, **more}
    return actions.invite(email=email, role=role, **values)


def membership(user: User) -> Membership:
    return user.memberships.select_related("user", "company").get()


def refused(call: Callable[[], object]) -> object:
    """The code that the call is refused for, having written nothing."""
    before = everything()
    with pytest.raises(MembershipRefused) as refusal:
        call()
    assert everything() == before
    assert sentence(refusal.value.problem)
    return refusal.value.problem


def everything() -> list[Any]:
    models = (Invitation, Membership, MembershipEvent, User, Message)
    return [list(model.objects.order_by("pk").values()) for model in models]


def history(cast: Cast) -> list[tuple[str, str, str, str, str]]:
    events = MembershipEvent.objects.filter(company=cast.harbor).order_by("pk")
    return [(e.what, e.email, e.role_before, e.role_after, e.by.email) for e in events]


# Who may --------------------------------------------------------------------------------

WHO: dict[str, Relation] = {
    "outsider": Relation.STRANGER,  # an owner, but of another company
    "end_customer": Relation.STRANGER,
    "viewer": Relation.VIEWER,
    "buyer": Relation.BUYER,
    "owner": Relation.OWNER,
    "sales": Relation.STAFF,
}
MAY_MANAGE = {
    Relation.STRANGER: False,
    Relation.VIEWER: False,
    Relation.BUYER: False,
    Relation.OWNER: True,
    Relation.STAFF: True,
}


def attempt(verb: Verb, cast: Cast, by: User) -> None:
    """Does it to Harbor's invitation, or to a member of Harbor's who is not in the table."""
    invitation = invite(cast, by=cast.owner)
    someone = membership(member("someone@dealer.example", cast.harbor, Role.VIEWER))
    match verb:
        case Verb.INVITE:
            invite(cast, "another@dealer.example", by=by)
        case Verb.RESEND:
            actions.resend_invitation(invitation, by=by, at=NOW)
        case Verb.REVOKE:
            actions.revoke_invitation(invitation, by=by, at=NOW)
        case Verb.CHANGE_ROLE:
            actions.change_role(someone, role="buyer", by=by, at=NOW)
        case Verb.REMOVE:
            actions.remove_member(someone, by=by, at=NOW)
        case Verb.ASK_SECOND_FACTOR:
            have_second_factor(by)
            actions.ask_second_factor(cast.harbor, asked=True, by=by, at=NOW)


def have_second_factor(user: User) -> None:
    app = Authenticator.Type.TOTP
    Authenticator.objects.get_or_create(user=user, type=app, defaults={"data": {"secret": "-"}})


def test_the_table_of_who_may_has_every_standing() -> None:
    assert set(MAY) == set(Relation) == set(WHO.values()) == set(MAY_MANAGE)


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("who", WHO)
def test_every_role_by_every_action(cast: Cast, who: str, verb: Verb) -> None:
    user = getattr(cast, who)
    if MAY_MANAGE[WHO[who]]:
        attempt(verb, cast, user)
        assert MembershipEvent.objects.latest("pk").by == user
    else:
        with pytest.raises(PermissionDenied):
            attempt(verb, cast, user)
        assert [event[0] for event in history(cast)] == ["invited"]


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("who", ["owner", "sales"])
def test_a_closed_account_may_nothing(cast: Cast, who: str, verb: Verb) -> None:
    User.objects.filter(pk=getattr(cast, who).pk).update(is_active=False)
    cast.owner.refresh_from_db()
    helper = member("second@dealer.example", cast.harbor, Role.OWNER)
    closed, cast.owner = User.objects.get(pk=getattr(cast, who).pk), helper
    with pytest.raises(PermissionDenied):
        attempt(verb, cast, closed)


def test_who_was_demoted_a_moment_ago_may_not_any_more(cast: Cast) -> None:
    second = member("second@dealer.example", cast.harbor, Role.OWNER)
    actions.change_role(membership(second), role="viewer", by=cast.owner)
    with pytest.raises(PermissionDenied):
        actions.change_role(membership(cast.owner), role="viewer", by=second)


# The last owner, and one's own rights ---------------------------------------------------


@pytest.mark.parametrize("by", ["owner", "sales"])
def test_the_last_owner_is_protected_from_everybody(cast: Cast, by: str) -> None:
    who, last = getattr(cast, by), membership(cast.owner)
    for role in ("viewer", "buyer"):
        assert refused(partial(actions.change_role, last, role=role, by=who)) == LastOwner()
    assert refused(lambda: actions.remove_member(last, by=who)) == LastOwner()


def test_an_owner_who_cannot_log_in_does_not_count(cast: Cast) -> None:
    other = member("second@dealer.example", cast.harbor, Role.OWNER)
    User.objects.filter(pk=other.pk).update(is_active=False)
    problem = refused(lambda: actions.remove_member(membership(cast.owner), by=cast.owner))
    assert problem == LastOwner()


def test_an_owner_may_go_when_another_stays(cast: Cast) -> None:
    member("second@dealer.example", cast.harbor, Role.OWNER)
    actions.remove_member(membership(cast.owner), by=cast.owner, at=NOW)
    assert not cast.owner.memberships.exists()


def test_staff_raise_nobody_who_is_themselves(cast: Cast) -> None:
    Membership.objects.create(user=cast.sales, company=cast.harbor, role=Role.BUYER)
    own = membership(cast.sales)
    assert refused(lambda: actions.change_role(own, role="owner", by=cast.sales)) == OwnRights()
    actions.change_role(own, role="viewer", by=cast.sales)
    assert membership(cast.sales).role == Role.VIEWER


def test_staff_invite_themselves_to_nothing(cast: Cast) -> None:
    email = cast.sales.email.upper()
    assert refused(lambda: invite(cast, email, by=cast.sales)) == OwnRights()


# Inviting -------------------------------------------------------------------------------


def test_the_mail_says_who_what_and_until_when(cast: Cast) -> None:
    invitation = invite(cast, "New@Dealer.example ")
    assert invitation.email == INVITED
    assert invitation.expires_at == NOW + 14 * DAY
    mail = newest_mail()
    assert mail["Subject"] == "Join Harbor Security in the license portal"
    assert mail["To"] == INVITED
    for subtype in ("plain", "html"):
        text = " ".join(text_of(mail, subtype).split())
        for part in (
            "owner@dealer.example invites you to Harbor Security",
            "Your role: Buyer.",
            "Dec 8, 2026",
            f"http://localhost:8000/invitations/{newest_token()}/",
            "1.888.694.7827",
        ):
            assert part in text, (subtype, part)


def test_the_token_is_kept_nowhere_but_in_the_mail(cast: Cast) -> None:
    invite(cast)
    token = newest_token()
    assert len(token) == 43  # 256 bits
    assert token not in str(
        list(Invitation.objects.values()) + list(MembershipEvent.objects.values())
    )
    assert Message.objects.latest("pk").record == ""  # private: erased once it is sent


def test_without_its_mail_there_is_no_invitation(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(invitation_mail, "send", fail)
    with pytest.raises(ZeroDivisionError):
        invite(cast)
    assert not Invitation.objects.exists()
    assert history(cast) == []


def test_members_and_open_invitations_are_not_invited_again(cast: Cast) -> None:
    assert refused(lambda: invite(cast, "BUYER@dealer.example")) == AlreadyMember(cast.buyer.email)
    invite(cast)
    assert refused(lambda: invite(cast, "NEW@dealer.example")) == AlreadyInvited(INVITED)


def test_another_company_may_invite_the_same_address(cast: Cast) -> None:
    invite(cast)
    invite(cast, company=cast.summit, by=cast.outsider)
    assert Invitation.objects.open().count() == 2


def test_an_expired_invitation_makes_way_for_a_new_one(cast: Cast) -> None:
    old = invite(cast)
    token = newest_token()
    new = invite(cast, role="viewer", at=NOW + 14 * DAY)
    assert list(Invitation.objects.open()) == [new]
    old.refresh_from_db()
    assert old.revoked_by == cast.owner
    accept = lambda: actions.accept_with_new_account(  # noqa: E731
        token=token, full_name="N", password=PASSWORD, at=NOW + 14 * DAY
    )
    assert refused(accept) == InvitationClosed()


HOSTILE = {
    "empty": "",
    "no-address": "nobody",
    "300-characters": "a" * 288 + "@dealer.example",
    "header": "a@dealer.example\nBcc: everybody@dealer.example",
    "carriage-return": "a@dealer.example\r\nSubject: x",
    "nul": "a\x00b@dealer.example",
    "two": "a@dealer.example, b@dealer.example",
    "name": "Ann <a@dealer.example>",
    "quoted-control": '"a\x01b"@dealer.example',
    "direction-mark": "a\u202e@dealer.example",
    "long-once-in-ascii": f"a@{'ü' * 60}.example",
}


@pytest.mark.parametrize("email", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_address_is_refused(cast: Cast, email: str) -> None:
    with pytest.raises(ValidationError) as error:
        invite(cast, email)
    assert list(error.value.message_dict) == ["email"]
    assert not Message.objects.exists()


@pytest.mark.parametrize("role", ["", "staff", "stranger", "OWNER", "owner\n", "x" * 300])
def test_what_is_no_role_is_refused(cast: Cast, role: str) -> None:
    with pytest.raises(ValidationError):
        invite(cast, role=role)
    with pytest.raises(ValidationError):
        actions.change_role(membership(cast.viewer), role=role, by=cast.owner)


def test_an_international_address_is_written_to(cast: Cast) -> None:
    invite(cast, "ann@bücher.example")
    assert Message.objects.latest("pk").recipients == ["ann@xn--bcher-kva.example"]


# Accepting ------------------------------------------------------------------------------


def accept_new(token: str, at: dt.datetime = NOW) -> Membership:
    return actions.accept_with_new_account(
        token=token, full_name="Noa Nash", password=PASSWORD, at=at
    )


def test_a_newcomer_becomes_a_user_and_a_member(cast: Cast) -> None:
    invite(cast)
    joined = accept_new(newest_token())
    assert (joined.company, joined.role, joined.since) == (cast.harbor, "buyer", NOW)
    user = User.objects.get(email=INVITED)
    assert user.full_name == "Noa Nash"
    assert user.check_password(PASSWORD)
    assert not user.is_staff
    assert history(cast) == [
        ("invited", INVITED, "", "buyer", "owner@dealer.example"),
        ("joined", INVITED, "", "buyer", INVITED),
    ]


def test_a_user_of_another_company_joins(cast: Cast) -> None:
    invite(cast, cast.outsider.email, role="viewer")
    joined = actions.accept_invitation(token=newest_token(), by=cast.outsider, at=NOW)
    assert joined.role == "viewer"
    assert cast.outsider.memberships.count() == 2


def test_accepting_twice_is_no_error_and_joins_once(cast: Cast) -> None:
    invite(cast, cast.outsider.email)
    token = newest_token()
    first, second = (actions.accept_invitation(token=token, by=cast.outsider) for _ in range(2))
    assert first == second
    assert [event[0] for event in history(cast)] == ["invited", "joined"]


def test_who_became_a_member_otherwise_keeps_their_role(cast: Cast) -> None:
    invite(cast, cast.outsider.email, role="owner")
    Membership.objects.create(user=cast.outsider, company=cast.harbor, role=Role.VIEWER)
    joined = actions.accept_invitation(token=newest_token(), by=cast.outsider, at=NOW)
    assert joined.role == "viewer"
    assert not Invitation.objects.open().exists()


def test_only_the_invited_address_accepts(cast: Cast) -> None:
    invite(cast)
    token = newest_token()
    problem = refused(lambda: actions.accept_invitation(token=token, by=cast.outsider, at=NOW))
    assert problem == NotTheInvited(INVITED)


def test_who_has_an_account_does_not_get_a_second_one(cast: Cast) -> None:
    invite(cast, cast.outsider.email)
    assert refused(lambda: accept_new(newest_token())) == AccountExists()


@pytest.mark.parametrize(
    ("after", "good"),
    [(14 * DAY - dt.timedelta(seconds=1), True), (14 * DAY, False), (400 * DAY, False)],
    ids=["the-last-second", "that-moment", "next-year"],
)
def test_the_link_works_for_14_days(cast: Cast, after: dt.timedelta, good: bool) -> None:
    invite(cast)
    token = newest_token()
    if good:
        assert accept_new(token, at=NOW + after).role == "buyer"
    else:
        assert refused(lambda: accept_new(token, at=NOW + after)) == InvitationClosed()


def test_dead_links_are_all_refused_alike(cast: Cast) -> None:
    revoked = invite(cast)
    dead = [newest_token(), "unknown", "", "x" * 100_000]
    actions.revoke_invitation(revoked, by=cast.owner, at=NOW)
    resent = invite(cast)
    dead.append(newest_token())
    actions.resend_invitation(resent, by=cast.owner, at=NOW)
    used = newest_token()
    accept_new(used)
    for token in [*dead, used]:
        assert refused(partial(accept_new, token)) == InvitationClosed()
        accept = partial(actions.accept_invitation, token=token, by=cast.buyer, at=NOW)
        assert refused(accept) == InvitationClosed()


def test_a_removed_member_does_not_come_back_by_the_old_link(cast: Cast) -> None:
    invite(cast)
    token = newest_token()
    joined = accept_new(token)
    actions.remove_member(joined, by=cast.owner, at=NOW)
    accept = lambda: actions.accept_invitation(token=token, by=joined.user, at=NOW)  # noqa: E731
    assert refused(accept) == InvitationClosed()


# Resend, revoke, change, remove ---------------------------------------------------------


def test_resending_opens_it_for_14_more_days(cast: Cast) -> None:
    invitation = invite(cast)
    later = NOW + 30 * DAY
    again = actions.resend_invitation(invitation, by=cast.sales, at=later)
    assert (again.sent_at, again.expires_at) == (later, later + 14 * DAY)
    assert accept_new(newest_token(), at=later + 13 * DAY).role == "buyer"


def test_what_is_closed_is_not_sent_again_nor_revoked_after_it_was_accepted(cast: Cast) -> None:
    invitation = invite(cast)
    actions.revoke_invitation(invitation, by=cast.owner)
    actions.revoke_invitation(invitation, by=cast.owner)  # twice is no error
    assert [event[0] for event in history(cast)] == ["invited", "revoked"]
    again = lambda: actions.resend_invitation(invitation, by=cast.owner)  # noqa: E731
    assert refused(again) == InvitationClosed()
    accepted = invite(cast)
    accept_new(newest_token())
    revoke = lambda: actions.revoke_invitation(accepted, by=cast.owner)  # noqa: E731
    assert refused(revoke) == InvitationClosed()


def test_changes_and_removals_are_recorded_once(cast: Cast) -> None:
    theirs = membership(cast.viewer)
    for _ in range(2):
        actions.change_role(theirs, role="buyer", by=cast.owner, at=NOW)
    for _ in range(2):
        actions.remove_member(theirs, by=cast.sales, at=NOW)
    assert history(cast) == [
        ("role_changed", cast.viewer.email, "viewer", "buyer", cast.owner.email),
        ("removed", cast.viewer.email, "buyer", "", cast.sales.email),
    ]
    change = lambda: actions.change_role(theirs, role="owner", by=cast.owner)  # noqa: E731
    assert refused(change) == MemberGone()
    assert User.objects.filter(pk=cast.viewer.pk).exists()


def test_the_history_is_final(cast: Cast) -> None:
    invite(cast)
    event = MembershipEvent.objects.get()
    for attempt_to in (
        event.save,
        event.delete,
        MembershipEvent.objects.all().delete,
        lambda: MembershipEvent.objects.update(what="removed"),
    ):
        with pytest.raises(HistoryIsFinal):
            attempt_to()


# The database ---------------------------------------------------------------------------

BROKEN: dict[str, dict[str, Any]] = {
    "invitation_role_known": {"role": "admin"},
    "invitation_expires_after_it_is_sent": {"expires_at": NOW},
    "invitation_accepted_by_somebody": {"accepted_at": NOW},
    "invitation_revoked_by_somebody": {"revoked_at": NOW},
}


@pytest.mark.parametrize(("name", "fields"), BROKEN.items(), ids=BROKEN.keys())
def test_the_database_refuses_a_broken_invitation(
    cast: Cast, name: str, fields: dict[str, Any]
) -> None:
    invitation = invite(cast)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**fields)


def test_the_database_refuses_accepted_and_revoked_at_once(cast: Cast) -> None:
    invitation = invite(cast)
    both = {"accepted_at": NOW, "accepted_by": cast.buyer}
    both |= {"revoked_at": NOW, "revoked_by": cast.owner}
    name = "invitation_not_accepted_and_revoked"
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**both)


def test_the_database_refuses_a_second_open_invitation(cast: Cast) -> None:
    first = invite(cast)
    first.pk, first.token_hash, first.email = None, "other", INVITED.upper()
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "removed", "role_before": "viewer"},
        {"what": "invited", "role_after": ""},
        {"what": "something", "role_after": "viewer"},
    ],
    ids=["removed-whom", "invited-as-what", "unknown"],
)
def test_the_database_refuses_a_broken_event(cast: Cast, fields: dict[str, Any]) -> None:
    event = MembershipEvent(company=cast.harbor, email=INVITED, by=cast.owner, at=NOW, **fields)
    with pytest.raises(IntegrityError, match="membership_event_"), transaction.atomic():
        event.save()


# A second factor, asked of all members --------------------------------------------------


def asked_events(cast: Cast) -> list[tuple[Any, ...]]:
    events = MembershipEvent.objects.filter(what__startswith="factor_").order_by("pk")
    return [(e.company, e.what, e.email, e.user, e.by, e.at) for e in events]


def test_asking_is_recorded_and_so_is_its_end(cast: Cast) -> None:
    have_second_factor(cast.owner)
    for asked in (True, True, False, False):
        actions.ask_second_factor(cast.harbor, asked=asked, by=cast.owner, at=NOW)
        cast.harbor.refresh_from_db()
        assert cast.harbor.second_factor_required is asked
    assert asked_events(cast) == [
        (cast.harbor, "factor_asked", "", None, cast.owner, NOW),
        (cast.harbor, "factor_free", "", None, cast.owner, NOW),
    ]


def test_an_owner_without_one_asks_nobody_and_staff_may(cast: Cast) -> None:
    with pytest.raises(MembershipRefused) as refused:
        actions.ask_second_factor(cast.harbor, asked=True, by=cast.owner)
    assert refused.value.problem == OwnFactorFirst()
    cast.harbor.refresh_from_db()
    assert (cast.harbor.second_factor_required, asked_events(cast)) == (False, [])
    actions.ask_second_factor(cast.harbor, asked=True, by=cast.sales)
    actions.ask_second_factor(cast.harbor, asked=False, by=cast.owner)  # to stop needs none
    assert [event[1] for event in asked_events(cast)] == ["factor_asked", "factor_free"]


def test_asking_that_fails_to_be_recorded_is_taken_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(MembershipEvent.objects, "create", broken)
    with pytest.raises(RuntimeError, match="stopped here"):
        actions.ask_second_factor(cast.harbor, asked=True, by=cast.sales)
    cast.harbor.refresh_from_db()
    assert cast.harbor.second_factor_required is False


@pytest.mark.parametrize("what", ["factor_asked", "factor_free"])
def test_what_is_asked_of_all_names_nobody(cast: Cast, what: str) -> None:
    row = {"company": cast.harbor, "what": what, "by": cast.owner, "at": NOW}
    for more, name in (
        ({"email": cast.buyer.email}, "membership_event_names_its_member"),
        ({"user": cast.buyer}, "membership_event_names_its_member"),
        ({"role_after": "buyer"}, "membership_event_has_its_roles"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            MembershipEvent.objects.create(**row, **more)
