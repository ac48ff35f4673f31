"""Who gets a mail about an installation, in which language and why: a rule without a database.

Each address gets a mail once. Whoever placed the order always gets its confirmation and hears
when it is held; everybody else gets what they want.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from texts.addresses import stored_form


class Topic(StrEnum):
    """What somebody may want to hear of."""

    CONFIRMATIONS = "confirmations"
    EXPIRY = "expiry"  # terms that end
    HOLDS = "holds"  # orders that wait, and those that were rejected


class Why(StrEnum):
    """Why somebody gets a mail, as it tells them."""

    ORDERER = "orderer"
    NAMED = "named"  # by the purchase order
    CONTACT = "contact"  # of the installation
    ARCHIVE = "archive"  # the vendor's own copy
    RESENT = "resent"  # somebody sent it again, to them


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    language: str
    why: Why
    company: int = 0  # the key of the company for which they hear of it; of some it is nobody's

    def __post_init__(self) -> None:
        """Whoever names somebody, the mail goes to the stored form of the address."""
        object.__setattr__(self, "address", stored_form(self.address))

    @property
    def may_choose(self) -> bool:
        """Whether the mail offers to get less of its kind."""
        return self.why in (Why.NAMED, Why.CONTACT)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an address wants to hear about an installation."""

    address: str
    language: str
    topics: frozenset[Topic]
    company: int  # its key

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
    """`named` are the addresses on the purchase order; they read what the orderer reads, unless
    they have said otherwise to the orderer's company."""
    chosen = [*([orderer] if orderer else []), *_named(named, topic, orderer, wishes)]
    chosen += [
        Recipient(wish.address, wish.language, Why.CONTACT, wish.company)
        for wish in wishes
        if topic in wish.topics
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
