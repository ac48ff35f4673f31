"""The words that people write in a file of orders, in English and Spanish."""

import pytest

from orders.bulk.file.columns import COLUMNS
from orders.bulk.file.words import COLUMN_NAMES, action_of, column_of, kind_of, names_columns
from texts.addresses import written_in


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("PO Number", "po_number"),
        ("PO #", "po_number"),
        ("Purchase order no.", "purchase_order_no"),
        ("Orden de compra", "po_number"),
        ("NÚMERO DE SERIE", "serial_number"),
        ("Qty.", "quantity"),
        ("Acción", "action"),
        ("from-part-number", "from_part_number"),
        ("color", "color"),
    ],
)
def test_a_title_names_a_column(title: str, column: str) -> None:
    assert column_of(title) == column


def test_each_column_has_its_own_name_and_others() -> None:
    assert tuple(COLUMN_NAMES) == COLUMNS
    assert [column_of(name) for name in COLUMNS] == list(COLUMNS)


def test_three_names_of_columns_are_a_header() -> None:
    assert names_columns(["Our PO", "PO", "Color", "Cantidad", "SKU"])
    assert not names_columns(["Our PO", "PO", "Color", "Cantidad"])


@pytest.mark.parametrize(
    ("kind", "serial", "expected"),
    [
        ("NEW", "", "new"),
        ("Nueva instalación", "", "new"),
        ("Existente", "", "existing"),
        ("", "ISS-1", "existing"),
        ("", "", ""),
        ("maybe", "ISS-1", "maybe"),
    ],
)
def test_a_row_says_new_or_existing(kind: str, serial: str, expected: str) -> None:
    assert kind_of({"kind": kind, "serial_number": serial}) == expected


def test_a_row_without_the_column_says_neither() -> None:
    assert kind_of({}) == ""
    assert kind_of({"serial_number": "ISS-1"}) == "existing"


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Renewal", "renew"),
        ("añadir", "add"),
        ("ANADIR", "add"),
        ("Upgrade", "upgrade"),
        ("x", "x"),
    ],
)
def test_an_action_has_several_words(text: str, action: str) -> None:
    assert action_of(text) == action


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("ann@a.example, bob@b.example", ["ann@a.example", "bob@b.example"]),
        ("ann@a.example bob", ["ann@a.example", "bob"]),
        (
            "Ann Lee <ann@site.example>; Bob <bob@site.example>",
            ["ann@site.example", "bob@site.example"],
        ),
        ('"Lee, Ann" <ann@site.example>, bob@b.example', ["ann@site.example", "bob@b.example"]),
        ("Lee, Ann <ann@site.example>", ["ann@site.example"]),
        ("Ann <nobody>", ["nobody"]),
        ("", []),
    ],
)
def test_addresses_are_taken_as_a_mail_program_writes_them(text: str, addresses: list[str]) -> None:
    assert written_in(text) == addresses
