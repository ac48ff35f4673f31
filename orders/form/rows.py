"""The rows of a formset that a form really sent, whatever number it claims.

A browser sends every row with its fields, so a row without a field was never there.
"""

import re
from collections.abc import Iterable

_AT = re.compile(r"([0-9]{1,4})-", re.ASCII)


def sent_rows(names: Iterable[str], prefix: str) -> list[int]:
    """The numbers of the rows of these fields, in order: `lines-0-product` is of row 0."""
    start = f"{prefix}-"
    found = (_AT.match(name, len(start)) for name in names if name.startswith(start))
    return sorted({int(at[1]) for at in found if at})
