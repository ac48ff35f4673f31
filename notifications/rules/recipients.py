"""Chooses the recipients of a mail about an installation, without a database.

It decides language and reason for each, and no address gets the mail twice. The person who placed
the order always gets its confirmation and the news that it is held; others get the topics that they
chose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from texts.addresses import stored_form


class Topic(StrEnum):
    """A topic that people choose mail about."""

    CONFIRMATIONS = "confirmations"
    EXPIRY = "expiry"  # terms that end
    HOLDS = "holds"  # orders that are held, rejected, or canceled by sales


class Why(StrEnum):
    """The reason that the mail gives its recipient."""

    ORDERER = "orderer"
    NAMED = "named"  # named by the purchase order
    CONTACT = "contact"  # a contact of the installation
    ARCHIVE = "archive"  # the vendor's own copy
    RESENT = "resent"  # somebody sent it to them again


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    language: str
    why: Why
    company: int = 0  # the key of the company that they belong to there; 0 for none

    def __post_init__(self) -> None:
        """Sends the mail to the stored form of the address, in whatever way it was typed."""
        object.__setattr__(self, "address", stored_form(self.address))

    @property
    def may_choose(self) -> bool:
        """Whether the mail offers its recipient to get less of its kind."""
        return self.why in (Why.NAMED, Why.CONTACT)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The topics that an address chose for an installation."""

    address: str
    language: str
    topics: frozenset[Topic]
    company: int  # the key of the company
    listed: bool = True  # false: the company removed it, and only what it declined counts

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", stored_form(self.address))


def choose(
    topic: Topic,
    *,
    orderer: Recipient | None = None,
    named: Sequence[str] = (),
    wishes: Sequence[Wishes] = (),
    archive: Recipient | None = None,
) -> tuple[Recipient, ...]:
    """Chooses the recipients of a mail on this topic.

    `named` are the addresses on the purchase order. They get the orderer's language and the mail,
    unless they chose otherwise as contacts of the orderer's company.
    """
    chosen = [*([orderer] if orderer else []), *_named(named, topic, orderer, wishes)]
    chosen += [
        Recipient(wish.address, wish.language, Why.CONTACT, wish.company)
        for wish in wishes
        if wish.listed and topic in wish.topics
    ]
    return tuple(_each_once([*chosen, *([archive] if archive else [])]))


def _named(
    addresses: Sequence[str], topic: Topic, orderer: Recipient | None, wishes: Sequence[Wishes]
) -> Iterator[Recipient]:
    if orderer is None:
        return
    known = {wish.address: wish for wish in wishes if wish.company == orderer.company}
    for address in map(stored_form, addresses):
        wish = known.get(address)
        if wish is None or topic in wish.topics:
            language = wish.language if wish else orderer.language
            yield Recipient(address, language, Why.NAMED, orderer.company)


def _each_once(recipients: Iterable[Recipient]) -> Iterator[Recipient]:
    seen = set()
    for recipient in recipients:
        if recipient.address not in seen:
            seen.add(recipient.address)
            yield recipient
