"""The rule about managing the members of a company, without a database."""

import pytest

from companies.policies import (
    LastOwner,
    MembershipRefused,
    OwnRights,
    Relation,
    Verb,
    check_own_rights,
    check_owner_stays,
    may,
)

STRANGER, VIEWER, BUYER, OWNER, STAFF = Relation


@pytest.mark.parametrize("verb", Verb)
def test_owners_and_staff_manage_the_members_and_others_do_not(verb: Verb) -> None:
    assert [may(relation, verb) for relation in Relation] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("before", "after"), [(VIEWER, BUYER), (BUYER, OWNER), (STRANGER, VIEWER), (OWNER, STAFF)]
)
def test_nobody_raises_their_own_rights(before: Relation, after: Relation) -> None:
    with pytest.raises(MembershipRefused) as refusal:
        check_own_rights(before, after)
    assert refusal.value.problem == OwnRights()


@pytest.mark.parametrize(
    ("before", "after"), [(BUYER, BUYER), (OWNER, VIEWER), (STAFF, OWNER), (VIEWER, STRANGER)]
)
def test_whoever_wants_less_or_the_same_may_have_it(before: Relation, after: Relation) -> None:
    check_own_rights(before, after)


@pytest.mark.parametrize("after", [STRANGER, VIEWER, BUYER, STAFF])
def test_the_last_owner_stays_one(after: Relation) -> None:
    with pytest.raises(MembershipRefused) as refusal:
        check_owner_stays(OWNER, after, other_owners=0)
    assert refusal.value.problem == LastOwner()


@pytest.mark.parametrize(
    ("before", "after", "others"),
    [(OWNER, BUYER, 1), (OWNER, OWNER, 0), (BUYER, VIEWER, 0), (VIEWER, OWNER, 0)],
)
def test_others_may_be_anything(before: Relation, after: Relation, others: int) -> None:
    check_owner_stays(before, after, others)


def test_a_refusal_names_its_problem_in_a_log() -> None:
    assert repr(MembershipRefused(LastOwner())) == "MembershipRefused(LastOwner())"
