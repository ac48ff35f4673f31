"""The clock of files of orders, and a desk that uploads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from zeal import zeal_ignore

from tests.bulk.uploads import Desk
from tests.cast import NOW, Cast


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    # each order is placed by itself, as from the form: the same statements for each
    with time_machine.travel(NOW, tick=False) as clock, zeal_ignore():
        yield clock


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """Harbor's orders are issued at once."""
    cast.harbor.auto_issue = True
    cast.harbor.save()
    return Desk(cast)
