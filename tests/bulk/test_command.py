"""manage.py import_orders: what it says, what it writes, and its exit status."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.bulk.uploads import Desk, Row, as_csv, orders, row
from tests.dump import everything

GOOD = row("PO-1", site_name="Pier 9")
BAD = row("PO-2", site_name="Pier 10", part_number="ISS-Failover")
WHY = (
    "ISS-Failover needs ISS-Expert. This installation holds 0, and this order adds 0. "
    "Add a line for ISS-Expert, or remove ISS-Failover."
)


def file_of(folder: Path, *rows: Row) -> Path:
    path = folder / "orders.csv"
    path.write_bytes(as_csv(rows))
    return path


def run(path: Path, *options: str, company: str = "Harbor Security", by: str = "") -> str:
    out = StringIO()
    call_command(
        "import_orders",
        str(path),
        "--company",
        company,
        "--by",
        by or "buyer@dealer.example",
        *options,
        stdout=out,
    )
    return out.getvalue()


def test_it_only_previews(desk: Desk, tmp_path: Path) -> None:
    before = everything()
    said = run(file_of(tmp_path, GOOD))
    assert said == "1 rows, 1 orders previewed: 1 would be issued.\n"
    assert everything() == before


def test_it_places_what_is_good_and_fails_where_something_is_not(
    desk: Desk, tmp_path: Path
) -> None:
    path, result = file_of(tmp_path, GOOD, BAD), tmp_path / "result.csv"
    with pytest.raises(CommandError, match=r"^1 of 2 orders are refused") as failed:
        run(path, "--place", "--result", str(result))
    assert failed.value.returncode == 1
    assert orders() == [("PO-1", "issued")]
    with result.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["po_number"], line["status"], line["reason"]) for line in lines] == [
        ("PO-1", "issued", ""),
        ("PO-2", "refused", WHY),
    ]
    assert lines[0]["iss_serial"].startswith("ISS-")


def test_every_row_good_is_success(desk: Desk, tmp_path: Path) -> None:
    assert run(file_of(tmp_path, GOOD), "--place") == "1 rows, 1 orders placed: 1 issued.\n"
    assert orders() == [("PO-1", "issued")]


def test_from_a_hundred_rows_on_it_says_how_far_it_is(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.bulk.actions.go_on.__kwdefaults__", {"seconds": 0})
    rows = [row("PO-1", site_name="Pier 9")] * 99
    assert "0 of" not in run(file_of(tmp_path, *rows))
    said = run(file_of(tmp_path, *rows, row("PO-2", site_name="Pier 10")))
    assert "1 of 2 orders checked\n" in said


@pytest.mark.parametrize(
    ("company", "by", "said"),
    [
        ("Harbor", "", "There is no company “Harbor”. Write its whole name."),
        ("Harbor Security", "x@x.example", "There is no user x@x.example."),
        (
            "Harbor Security",
            "viewer@dealer.example",
            "viewer@dealer.example is no buyer or owner of Harbor Security.",
        ),
    ],
)
def test_who_and_for_whom_must_be_right(
    desk: Desk, tmp_path: Path, company: str, by: str, said: str
) -> None:
    with pytest.raises(CommandError) as failed:
        run(file_of(tmp_path, GOOD), "--place", company=company, by=by)
    assert str(failed.value) == said
    assert orders() == []


def test_a_broken_file_is_named_with_its_place(desk: Desk, tmp_path: Path) -> None:
    path = file_of(tmp_path, row("=1+1", site_name="Pier 9"))
    with pytest.raises(CommandError) as failed:
        run(path)
    assert str(failed.value) == (
        f"{path}: Row 2, column A: there is a formula. Copy the column, paste it as values, "
        "and save the file again."
    )
    with pytest.raises(CommandError, match="can’t be opened: No such file"):
        run(tmp_path / "none.csv")


def test_all_faults_of_a_file_are_named(desk: Desk, tmp_path: Path) -> None:
    path = file_of(tmp_path, row("=1+1", site_name="4.5E+11"), row("=2", site_name="Pier 9"))
    with pytest.raises(CommandError) as failed:
        run(path)
    first, second = str(failed.value).splitlines()
    assert first.endswith("save the file again. The same in row 3.")
    assert second == (
        f"{path}: Row 2, column C: the spreadsheet program changed this number to 4.5E+11, and "
        "digits of it are lost. Format the column as text, and type the number anew."
    )


def test_how_the_file_was_read_is_said(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    table = as_csv([row("PO-1", site_name="Café")]).decode().splitlines()
    path.write_bytes("\n".join([f"{table[0]},Color", f"{table[1]},red"]).encode("cp1252"))
    assert run(path).splitlines() == [
        "Read as Windows-1252, for example “Café”. If letters are wrong, save the file as “CSV "
        "UTF-8” or as XLSX.",
        "Not read: “Color”. No column of ours has that name.",
        "1 rows, 1 orders previewed: 1 would be issued.",
    ]
