"""A thousand lots in ten time zones, written past the orders that would make them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from companies.models import Company
from licensing.models import Installation, Lot, Movement, Revision
from notifications.models import Contact
from notifications.rules.schedule import EXPIRY_STEPS
from tests.cast import Cast
from tests.pure.notice_days import DAY, ZONES

PRODUCTS = ("VS-ES1", "VS-ADV1", "VS-ES3")
BEFORE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)  # when all of them were written down


def make_lots(cast: Cast, count: int, about: dt.date, zones: Sequence[str] = ZONES) -> list[Lot]:
    """25 lots to an installation, each with a step within four days of that day."""
    chance = random.Random(4711)
    companies = Company.objects.bulk_create(
        Company(name=f"Dealer {zone}", time_zone=zone) for zone in zones
    )
    sites = Installation.objects.bulk_create(
        Installation(
            company=companies[number % len(zones)],
            site_name=f"Site {number}",
            revision_count=1,
        )
        for number in range(max(1, count // 25))
    )
    revisions = Revision.objects.bulk_create(
        Revision(installation=site, number=1, cause="import", by=cast.sales, at=BEFORE)
        for site in sites
    )
    Contact.objects.bulk_create(
        Contact(
            installation=site,
            company_id=site.company_id,
            email=f"Contact@{site.reference}.example",
            told_since=BEFORE,
        )
        for site in sites
    )
    lots = Lot.objects.bulk_create(
        Lot(
            installation=sites[number % len(sites)],
            revision=revisions[number % len(sites)],
            line=1,
            product_id=chance.choice(PRODUCTS),
            starts_on=dt.date(2025, 1, 1),
            last_day=about - (chance.choice(EXPIRY_STEPS) + chance.randint(-4, 4)) * DAY,
        )
        for number in range(count)
    )
    Movement.objects.bulk_create(
        Movement(lot=lot, revision=lot.revision, line=1, quantity=2, held_before=0, held_after=2)
        for lot in lots
    )
    return lots
