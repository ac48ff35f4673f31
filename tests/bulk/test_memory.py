"""Ten thousand rows take at most 50 MB more than an idle worker has."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from orders.bulk.file.columns import COLUMNS
from tests.xlsx import workbook

MOST = 50  # megabytes
SITES = 200
LINES = 50  # of each order


def rows() -> Iterator[tuple[object, ...]]:
    """As long as real ones are."""
    yield COLUMNS
    for number in range(SITES * LINES):
        site = number % SITES
        name = f"Harbor Point Distribution Center, Building {site}"
        yield (
            f"PO-2026-{70_000 + site}", "new", name, "", "ISS-Expert", number // SITES + 1, "add",
            "", "", "", f"it-{site}@customer-with-a-long-name.example",
        )  # fmt: skip


def write_csv(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows())


def write_xlsx(path: Path) -> None:
    path.write_bytes(workbook(list(rows())))


@pytest.mark.siege
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_ten_thousand_rows_take_little_memory(
    tmp_path: Path, write: Callable[[Path], object]
) -> None:
    path = tmp_path / "orders"
    write(path)
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_VAR": str(tmp_path),
        "PYTHONPATH": str(settings.BASE_DIR),
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.bulk.memory", str(path)],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) <= MOST
