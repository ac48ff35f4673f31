"""The rule about the recipients of a mail about an installation, without a database."""

from __future__ import annotations

import pytest

from notifications.rules.recipients import Recipient, Topic, Why, Wishes, choose

DEALER, OWNER = 1, 2
ANN = Recipient("ann@dealer.example", "es", Why.ORDERER, DEALER)
ARCHIVE = Recipient("archive@vendor.example", "en", Why.ARCHIVE, DEALER)
ALL, NOTHING = frozenset(Topic), frozenset[Topic]()


def wants(address: str, topics: frozenset[Topic], company: int = DEALER) -> Wishes:
    return Wishes(address, "en", topics, company)


def removed(address: str, topics: frozenset[Topic]) -> Wishes:
    return Wishes(address, "en", topics, DEALER, listed=False)


CASES = {
    "whoever orders, in their language": ({}, ["ann es orderer"]),
    "whoever orders, even where they want nothing": (
        {"wishes": [wants("ann@dealer.example", NOTHING)]},
        ["ann es orderer"],
    ),
    "whom the purchase order names reads what the orderer reads": (
        {"named": ["bo@site.example"]},
        ["ann es orderer", "bo es named"],
    ),
    "whom it names, in their own language where it is known": (
        {"named": ["bo@site.example"], "wishes": [wants("BO@site.example", ALL)]},
        ["ann es orderer", "bo en named"],
    ),
    "nobody who said no to the orderer's company": (
        {"named": ["bo@site.example"], "wishes": [wants("bo@site.example", NOTHING)]},
        ["ann es orderer"],
    ),
    "a no to another company is none to this one": (
        {"named": ["bo@site.example"], "wishes": [wants("bo@site.example", NOTHING, OWNER)]},
        ["ann es orderer", "bo es named"],
    ),
    "contacts who want it": (
        {"wishes": [wants("bo@site.example", ALL), wants("cy@site.example", NOTHING)]},
        ["ann es orderer", "bo en contact"],
    ),
    "a contact of two companies once": (
        {"wishes": [wants("bo@site.example", ALL), wants("bo@site.example", ALL, OWNER)]},
        ["ann es orderer", "bo en contact"],
    ),
    "a removed contact is none, whatever it wants": (
        {"wishes": [removed("bo@site.example", ALL)]},
        ["ann es orderer"],
    ),
    "a removed contact that the purchase order names": (
        {"named": ["bo@site.example"], "wishes": [removed("bo@site.example", ALL)]},
        ["ann es orderer", "bo en named"],
    ),
    "no removed contact that said no, though it is named": (
        {"named": ["bo@site.example"], "wishes": [removed("bo@site.example", NOTHING)]},
        ["ann es orderer"],
    ),
    "each once, however it is written": (
        {
            "named": ["Ann@Dealer.example", "bo@site.example", "BO@site.example"],
            "wishes": [wants("bo@SITE.example", ALL)],
            "archive": ARCHIVE,
        },
        ["ann es orderer", "bo en named", "archive en archive"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_of_a_confirmation(case: str) -> None:
    more, told = CASES[case]
    chosen = choose(Topic.CONFIRMATIONS, orderer=ANN, **more)  # type: ignore[arg-type]
    assert [f"{who.address.split('@')[0]} {who.language} {who.why}" for who in chosen] == told


def test_a_notice_goes_to_those_who_want_notices() -> None:
    wishes = [
        wants("bo@site.example", frozenset({Topic.EXPIRY})),
        wants("cy@site.example", frozenset({Topic.CONFIRMATIONS})),
    ]
    assert [who.address for who in choose(Topic.EXPIRY, wishes=wishes)] == ["bo@site.example"]
    assert choose(Topic.EXPIRY) == ()


def test_who_may_choose() -> None:
    """The orderer's confirmation and the vendor's own copy can't be turned off."""
    assert {why for why in Why if Recipient("x", "en", why, 1).may_choose} == {
        Why.NAMED,
        Why.CONTACT,
    }


def test_each_hears_of_it_for_a_company_and_all_of_them_in_this_order() -> None:
    chosen = choose(
        Topic.CONFIRMATIONS,
        orderer=ANN,
        named=["Bo@site.example"],
        wishes=[wants("Cy@site.example", ALL, OWNER)],
        archive=ARCHIVE,
    )
    assert chosen == (
        ANN,
        Recipient("bo@site.example", "es", Why.NAMED, DEALER),
        Recipient("cy@site.example", "en", Why.CONTACT, OWNER),
        ARCHIVE,
    )


def test_nobody_is_named_where_nobody_ordered() -> None:
    assert choose(Topic.HOLDS, named=["bo@site.example"], archive=ARCHIVE) == (ARCHIVE,)


def test_somebody_named_wants_this_very_topic() -> None:
    bo = wants("bo@site.example", frozenset({Topic.EXPIRY}))
    cy = wants("cy@site.example", frozenset({Topic.HOLDS}))
    named = [bo.address, cy.address]
    chosen = choose(Topic.HOLDS, orderer=ANN, named=named, wishes=[bo, cy])
    assert [who.why for who in chosen] == [Why.ORDERER, Why.NAMED]
    assert chosen[1].address == "cy@site.example"
