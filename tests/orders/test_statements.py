"""How many statements it takes, measured with real transactions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing.models import Product
from orders import actions
from orders.placement import Consent, NewLine, Quote
from tests.cast import NOW, Cast, current

BUDGET = 16  # of an issue, BEGIN and COMMIT aside


def statements_to_issue(cast: Cast, lines: list[NewLine]) -> list[str]:
    """For an existing installation with both families, so that every table is written."""
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    order = actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("ISS", current(site, "ISS"))],
        po_number="4712",
        lines=lines,
        consent=Consent(accepts_warnings=True),
        by=cast.buyer,
        at=NOW,
    )
    with CaptureQueriesContext(
        connection,
    ) as captured:
        cast.issue(order)
    return [query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT"))]


@pytest.mark.django_db(transaction=True)
def test_an_issue_stays_within_its_budget_at_any_number_of_lines(cast: Cast) -> None:
    one = statements_to_issue(cast, cast.lines(VS_ES1=1))
    products = list(Product.objects.orderable())
    forty = [NewLine(products[number % 16], 1 + number) for number in range(40)]
    many = statements_to_issue(cast, forty)
    assert len(one) == len(many) <= BUDGET, "\n".join(many)
    assert not [sql for sql in many if "SAVEPOINT" in sql]
