"""Who gets a mail about an installation, in which language and why: a rule without a database.

Each address gets a mail once. Whoever placed the order always gets its confirmation and hears
when it is held; everybody else gets what they want.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


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


def choose(
    topic: Topic,
    *,
    orderer: Recipient | None = None,
    named: Sequence[str] = (),
    wishes: Sequence[Wishes] = (),
    archive: Recipient | None = None,
) -> tuple[Recipient, ...]:
    """`named` are the addresses on the purchase order; they read what the orderer reads, unless
    they have said otherwise."""
    known = {wish.address.casefold(): wish for wish in wishes}
    language = orderer.language if orderer else ""
    chosen = [
        *_present(orderer),
        *(
            Recipient(address, wish.language if wish else language, Why.NAMED)
            for address in named
            if not (wish := known.get(address.casefold())) or topic in wish.topics
        ),
        *(
            Recipient(wish.address, wish.language, Why.CONTACT)
            for wish in wishes
            if topic in wish.topics
        ),
        *_present(archive),
    ]
    return tuple(_each_once(chosen))


def _present(recipient: Recipient | None) -> Iterable[Recipient]:
    return (recipient,) if recipient else ()


def _each_once(recipients: Iterable[Recipient]) -> Iterator[Recipient]:
    seen = set()
    for recipient in recipients:
        if (key := recipient.address.casefold()) not in seen:
            seen.add(key)
            yield recipient
