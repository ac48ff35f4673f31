"""Files of orders for the tests, and what is read of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest

from orders.bulk.file.columns import read_rows
from orders.bulk.file.table import AsRead, Fault, FileProblem, FileRefused

ROW = ["PO-1", "new", "Pier 9", "", "ISS-Expert", "4", "add"]


def as_csv(*rows: Sequence[object], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def read(content: bytes) -> list[tuple[int, list[str]]]:
    """The number of each row, and its values that are there."""
    rows = read_rows(io.BytesIO(content))
    return [(row.number, [text for text in row.values.values() if text]) for row in rows]


def told_of(content: bytes) -> AsRead:
    """The notes about how the file was read."""
    as_read = AsRead()
    for _row in read_rows(io.BytesIO(content), as_read):
        pass
    return as_read


def problems(content: bytes) -> tuple[FileProblem, ...]:
    with pytest.raises(FileRefused) as refused:
        read(content)
    return refused.value.problems


def refusal(content: bytes) -> tuple[Fault, str]:
    """The first fault, and its cell."""
    first = problems(content)[0]
    return first.fault, first.cell
