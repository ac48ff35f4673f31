"""Measures the cost of hostile files and forms against good ones of the same size.

Run it by `python -m bench.hostile_files`; see bench/README.md. No database is written.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from PIL import Image

from orders.bulk.file.columns import NEEDED, read_rows
from orders.bulk.file.table import FileRefused
from orders.rules.documents import DocumentRefused, check_document
from tests import files
from tests.attacks.hostile_files import CSV, HEAD, WORKBOOKS
from tests.xlsx import workbook

ROUNDS = 5
MOST_ROWS = 10_000
PIXELS = (5000, 4999)

Run = Callable[[bytes], object]


def main() -> int:
    worst = 0.0
    for kind, (run, good, hostile) in KINDS.items():
        for name, make in hostile.items():
            content = make()
            ratio = cost(run, content) / cost(run, good(len(content)))
            worst = max(worst, ratio)
            print(f"{kind:8} {name:28} {len(content):9,} bytes  hostile ÷ good: {ratio:.2f}")
    print(f"the worst: {worst:.2f}")
    return worst > 4


def cost(run: Run, content: bytes) -> float:
    """Median seconds of CPU."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run(content)
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def read_orders(content: bytes) -> None:
    with suppress(FileRefused):
        for _row in read_rows(io.BytesIO(content)):
            pass


def look_at_document(content: bytes) -> None:
    with suppress(DocumentRefused):
        check_document("order", content)


def rows(count: int, more: str = "") -> list[list[object]]:
    return [
        [
            f"PO-2026-{n}",
            "new",
            f"Harbor Point Building {n}{more}",
            "",
            "ISS-Expert",
            n % 90 + 1,
            "add",
        ]
        for n in range(count)
    ]


def good_workbook(size: int) -> bytes:
    """Rows up to that size, and up to the limit of a file."""
    per_row = len(workbook([NEEDED, *rows(1_000)])) / 1_000
    return workbook([NEEDED, *rows(min(MOST_ROWS, max(1, int(size / per_row))))])


def good_csv(size: int) -> bytes:
    """Long names of sites, if the file is large: it may not have more rows."""
    more = " and more" * (size // MOST_ROWS // len(" and more"))
    lines = [",".join(map(str, row)).encode() + b"\n" for row in rows(MOST_ROWS, more)]
    return (HEAD + b"".join(lines))[:size].rpartition(b"\n")[0]


def good_picture(_size: int) -> bytes:
    """A picture with the same number of pixels: they decide its cost, not its bytes."""
    return flat_jpeg()


def flat_jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", PIXELS, 200).save(file, "JPEG", progressive=True)
    return file.getvalue()


def good_pdf(size: int) -> bytes:
    """Its page is text that is not compressed, each letter of it a number."""
    return files.pdf(b"<0041> Tj\n" * (size // 10))


def drawn_again(times: int) -> bytes:
    """The last scan of a picture, again and again."""
    content = flat_jpeg()
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * times + b"\xff\xd9"


PICTURES: Mapping[str, Callable[[], bytes]] = {
    "drawn as often as may be": lambda: drawn_again(10),
    "drawn too often": lambda: drawn_again(300),
    "a deep PNG": lambda: png("RGBA"),
}
PDFS: Mapping[str, Callable[[], bytes]] = {
    "blanks": lambda: b"%PDF-1.7\n" + b" " * 9_000_000 + b"startxref\n9\n%%EOF",
    "digits": lambda: b"%PDF-1.7\n" + b"1" * 9_000_000 + b"\nstartxref\n9\n%%EOF",
    "beginnings of pages": lambda: b"%PDF-1.7\n" + b"<svg    " * 1_100_000,
    "ends": lambda: b"%PDF-1.7\n" + b"startxref " * 900_000,
}


def png(mode: str) -> bytes:
    file = io.BytesIO()
    Image.new(mode, PIXELS).save(file, "PNG")
    return file.getvalue()


def good_png(_size: int) -> bytes:
    return png("RGB")


KINDS: Mapping[str, tuple[Run, Callable[[int], bytes], Mapping[str, Callable[[], bytes]]]] = {
    "XLSX": (read_orders, good_workbook, WORKBOOKS),
    "CSV": (read_orders, good_csv, CSV),
    "JPEG": (look_at_document, good_picture, {k: v for k, v in PICTURES.items() if "PNG" not in k}),
    "PNG": (look_at_document, good_png, {k: v for k, v in PICTURES.items() if "PNG" in k}),
    "PDF": (look_at_document, good_pdf, PDFS),
}

if __name__ == "__main__":
    sys.exit(main())
