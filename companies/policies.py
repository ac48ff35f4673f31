"""The rights to manage the members of a company, and the reasons of refusals as codes.

`companies.wording` makes sentences of the codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """How a person is related to a company, by growing rights. A member's relation is the role."""

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
    ASK_SECOND_FACTOR = "ask_second_factor"  # ask all members for one, or stop asking


MAY: Mapping[Relation, frozenset[Verb]] = {
    Relation.STRANGER: frozenset(),  # does not even see the members
    Relation.VIEWER: frozenset(),  # sees the members
    Relation.BUYER: frozenset(),  # see the members, too: people who order manage no members
    Relation.OWNER: frozenset(Verb),
    Relation.STAFF: frozenset(Verb),  # in the sales desk, for a company that asks for it
}


# The permission that staff need for each verb.
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
    """The address has an open invitation. The answer does not say whether it has an account."""

    email: str


@dataclass(frozen=True, slots=True)
class LastOwner:
    """The company would be left without an owner who can log in."""


@dataclass(frozen=True, slots=True)
class OwnRights:
    """A person would raise their own rights."""


@dataclass(frozen=True, slots=True)
class MemberGone:
    """The member was removed meanwhile."""


@dataclass(frozen=True, slots=True)
class InvitationClosed:
    """The link was accepted, revoked, has expired or never existed: all get the same answer."""


@dataclass(frozen=True, slots=True)
class NotTheInvited:
    """The invitation is for another address than the user's."""

    email: str


@dataclass(frozen=True, slots=True)
class AccountExists:
    """The invited person has an account already and joins with that one."""


@dataclass(frozen=True, slots=True)
class OwnFactorFirst:
    """An owner asks all members for a second factor that this owner has not set up."""


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
    """The request is refused; nothing was written."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def may(relation: Relation, verb: Verb) -> bool:
    return verb in MAY[relation]


def check_own_rights(before: Relation, after: Relation) -> None:
    """Refuses people who raise their own relation to a company, staff included."""
    ranks = list(Relation)
    if ranks.index(after) > ranks.index(before):
        raise MembershipRefused(OwnRights())


def check_owner_stays(before: Relation, after: Relation, other_owners: int) -> None:
    """Raises MembershipRefused when the company would be left without an owner.

    `other_owners` are the owners beside this member who can log in.
    """
    if before is Relation.OWNER and after is not Relation.OWNER and not other_owners:
        raise MembershipRefused(LastOwner())
