"""How many rows of a formset a form really sent: what it claims beyond is believed by nobody.

A browser sends every row with its fields, so a row without one was never there.
"""

import re
from collections.abc import Iterable

_AT = re.compile(r"([0-9]{1,4})-", re.ASCII)


def sent_rows(names: Iterable[str], prefix: str) -> list[int]:
    """The numbers of the rows that these fields are of, in order: `lines-0-product` is of 0."""
    start = f"{prefix}-"
    found = (_AT.match(name, len(start)) for name in names if name.startswith(start))
    return sorted({int(at[1]) for at in found if at})
