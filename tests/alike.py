"""Sites of elsewhere whose serials read alike."""

from pathlib import Path

from companies.models import Company
from licensing.actions import import_installation
from licensing.models import Family, Installation
from tests.cast import NOW, Cast

_DATA = Path(__file__).parent / "data" / "serials_that_fold_together.txt"
FIRST, SECOND = _DATA.read_text(encoding="utf-8").split()


def recorded(
    cast: Cast, site_name: str, number: str, *, company: Company | None = None, family: str = "ISS"
) -> Installation:
    """A site, of Harbor's unless it is said, whose serial was issued elsewhere."""
    return import_installation(
        company=company or cast.harbor,
        site_name=site_name,
        serials={Family.objects.get(pk=family): number},
        by=cast.sales,
        at=NOW,
    )
