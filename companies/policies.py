"""Who may manage the members of a company, and what is refused, as codes.

`companies.wording` makes sentences of the codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """What somebody is to a company. A member's is the role; from the least to the most."""

    STRANGER = "stranger"
    VIEWER = "viewer"
    BUYER = "buyer"
    OWNER = "owner"
    STAFF = "staff"


class Verb(StrEnum):
    INVITE = "invite"
    RESEND = "resend"
    REVOKE = "revoke"
    CHANGE_ROLE = "change_role"
    REMOVE = "remove"
    ASK_SECOND_FACTOR = "ask_second_factor"  # of all members, or no longer


MAY: Mapping[Relation, frozenset[Verb]] = {
    Relation.STRANGER: frozenset(),  # does not even see who is a member
    Relation.VIEWER: frozenset(),  # sees the members
    Relation.BUYER: frozenset(),  # the same: who orders manages nobody
    Relation.OWNER: frozenset(Verb),
    Relation.STAFF: frozenset(Verb),  # in the sales desk, for a company that asks for it
}


# What of it somebody of the staff may, by permission.
OF_STAFF: Mapping[Verb, str] = {
    Verb.INVITE: "companies.add_invitation",
    Verb.RESEND: "companies.change_invitation",
    Verb.REVOKE: "companies.change_invitation",
    Verb.CHANGE_ROLE: "companies.change_membership",
    Verb.REMOVE: "companies.delete_membership",
    Verb.ASK_SECOND_FACTOR: "companies.change_company",
}


@dataclass(frozen=True, slots=True)
class AlreadyMember:
    email: str


@dataclass(frozen=True, slots=True)
class AlreadyInvited:
    """An invitation of that address is open. Whether a user has the address is not told."""

    email: str


@dataclass(frozen=True, slots=True)
class LastOwner:
    """Nobody who can log in would be left to manage the company's members."""


@dataclass(frozen=True, slots=True)
class OwnRights:
    """Somebody would raise what they may do themselves."""


@dataclass(frozen=True, slots=True)
class MemberGone:
    """Was removed meanwhile."""


@dataclass(frozen=True, slots=True)
class InvitationClosed:
    """Accepted, revoked, expired or never sent: one and the same answer to whoever has a link."""


@dataclass(frozen=True, slots=True)
class NotTheInvited:
    """The invitation is for another address than that of the user."""

    email: str


@dataclass(frozen=True, slots=True)
class AccountExists:
    """The invited person has an account already, and joins with that one."""


@dataclass(frozen=True, slots=True)
class OwnFactorFirst:
    """An owner asks of all members what they have not set up themselves."""


Problem = (
    AlreadyMember
    | AlreadyInvited
    | LastOwner
    | OwnRights
    | MemberGone
    | InvitationClosed
    | NotTheInvited
    | AccountExists
    | OwnFactorFirst
)


class MembershipRefused(Exception):
    """What was asked for is refused; nothing was written."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def may(relation: Relation, verb: Verb) -> bool:
    return verb in MAY[relation]


def check_own_rights(before: Relation, after: Relation) -> None:
    """Of somebody who changes what they are to a company themselves, staff included."""
    ranks = list(Relation)
    if ranks.index(after) > ranks.index(before):
        raise MembershipRefused(OwnRights())


def check_owner_stays(before: Relation, after: Relation, other_owners: int) -> None:
    """Raises MembershipRefused when the company would be left without an owner.

    `other_owners` are those beside this member who can log in.
    """
    if before is Relation.OWNER and after is not Relation.OWNER and not other_owners:
        raise MembershipRefused(LastOwner())
