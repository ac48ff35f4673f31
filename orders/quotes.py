"""Which installation the serial numbers on a purchase order identify."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from companies.models import Company
from licensing.models import Installation, Serial
from licensing.serial_numbers import fold
from orders.policies import OrderRefused, SerialMissing, SerialNotAccepted, SerialsOfTwoSites


@dataclass(frozen=True, slots=True)
class Quote:
    """A serial number as it was written on the order, and the field it was written into."""

    family: str
    text: str


@dataclass(frozen=True, slots=True)
class Resolved:
    installation: Installation
    serials: Mapping[Quote, Serial]


def resolve(quotes: Sequence[Quote], *, company: Company) -> Resolved:
    """The installation of the company that the quoted current serials identify.

    One statement, whatever was quoted: an unknown serial, a superseded one and another
    company's take the same path to the same answer. Raises OrderRefused.
    """
    if not quotes:
        raise OrderRefused([SerialMissing()])
    found = _current_serials(quotes, company)
    unknown = [quote for quote in quotes if fold(quote.text) not in found]
    if unknown:
        raise OrderRefused([SerialNotAccepted(quote.family) for quote in unknown])
    serials = {quote: found[fold(quote.text)] for quote in quotes}
    installations = {serial.installation_id for serial in serials.values()}
    if len(installations) > 1:
        raise OrderRefused([SerialsOfTwoSites()])
    return Resolved(next(iter(serials.values())).installation, serials)


def _current_serials(quotes: Sequence[Quote], company: Company) -> dict[str, Serial]:
    """By look-up key, and only those of the company's installations."""
    companies = Company.objects.filter(pk=company.pk)
    serials = (
        Serial.objects.current()
        .filter(lookup_key__in=[fold(quote.text) for quote in quotes])
        .filter(installation__in=Installation.objects.of_companies(companies))
        .select_related("installation__company")
    )
    return {serial.lookup_key: serial for serial in serials}
