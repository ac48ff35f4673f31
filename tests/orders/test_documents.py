"""Documents of an order: who attaches them, when, how many, and where they lie."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from companies.append_only import HistoryIsFinal
from companies.models import Company, User
from licensing.models import Serial
from orders import actions
from orders.checks import check_documents_dir
from orders.documents.actions import attach_document
from orders.models import Order, PurchaseOrderDocument
from orders.rules.documents import (
    MAX_DOCUMENTS,
    Document,
    DocumentRefused,
    OrderTakesNoDocuments,
    TooManyDocuments,
)
from orders.rules.problems import OrderRefused
from tests import files
from tests.cast import NOW, Cast, clerk

FOLDER = Path(django_settings.DOCUMENTS_DIR)


def attach(order: Order, by: User, document: Document | None = None) -> PurchaseOrderDocument:
    return attach_document(order, document=document or files.document(), by=by, at=NOW)


def stored() -> set[Path]:
    return set(FOLDER.rglob("*")) if FOLDER.exists() else set()


def test_it_is_kept_with_who_and_when(cast: Cast) -> None:
    content = files.saved("PNG")
    order = cast.order_new()
    row = attach(order, cast.buyer, files.document("../Order 4711.pdf", content))
    row = PurchaseOrderDocument.objects.get(pk=row.pk)
    assert (row.order, row.name, row.media_type) == (order, "Order 4711.pdf.png", "image/png")
    assert (row.added_by, row.added_at) == (cast.buyer, NOW)
    assert (row.size, row.sha256) == (len(content), files.document(content=content).sha256)
    with row.file.open() as file:
        assert file.read() == content


def test_it_lies_outside_of_the_web_under_a_name_that_nobody_chose(cast: Cast) -> None:
    before = stored()
    row = attach(cast.order_new(), cast.buyer)
    (path,) = stored() - before
    assert path == FOLDER / str(row.file.name)
    assert len(path.name) == 32
    assert set(path.name) <= set("0123456789abcdef")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(FOLDER.stat().st_mode) == 0o700


@pytest.mark.parametrize("who", ["buyer", "owner", "sales"])
def test_buyers_owners_and_sales_attach(cast: Cast, who: str) -> None:
    row = attach(cast.order_new(), getattr(cast, who))
    assert row.added_by == getattr(cast, who)


@pytest.mark.parametrize("who", ["viewer", "outsider", "end_customer", "clerk"])
def test_others_do_not(cast: Cast, who: str) -> None:
    """Not even staff without the permission for it."""
    order, before = cast.order_new(), stored()
    with pytest.raises(PermissionDenied):
        attach(order, clerk() if who == "clerk" else getattr(cast, who))
    assert (stored(), order.documents.count()) == (before, 0)


def test_an_order_takes_them_while_it_stands_and_after_it_is_issued(cast: Cast) -> None:
    waiting = cast.order_new()
    held = actions.hold(cast.order_new(), by=cast.sales, reason="Which site?")
    issued = cast.issue(cast.order_new())
    for order in (waiting, held, issued):
        assert attach(order, cast.buyer).order == order


def test_a_rejected_or_canceled_one_takes_none(cast: Cast) -> None:
    rejected = actions.reject(cast.order_new(), by=cast.sales, reason="Ordered twice.")
    canceled = actions.cancel(cast.order_new(), by=cast.buyer)
    for order in (rejected, canceled):
        with pytest.raises(DocumentRefused) as refusal:
            attach(order, cast.buyer)
        assert refusal.value.problem == OrderTakesNoDocuments()


def test_the_state_counts_that_the_order_is_in_under_the_lock(cast: Cast) -> None:
    order = cast.order_new()
    actions.cancel(order, by=cast.buyer)
    assert order.state == "in_review"  # as the page still has it
    with pytest.raises(DocumentRefused):
        attach(order, cast.buyer)


def test_the_same_file_again_is_one_document(cast: Cast) -> None:
    order = cast.order_new()
    first, before = attach(order, cast.buyer), stored()
    assert attach(order, cast.owner, files.document("Copy.pdf")) == first
    assert attach(cast.order_new(), cast.buyer) != first
    assert len(stored() - before) == 1


def test_an_order_has_so_many_and_no_more(cast: Cast) -> None:
    order = cast.order_new()
    for number in range(MAX_DOCUMENTS):
        attach(order, cast.buyer, files.document(content=files.pdf(b"%d" % number)))
    before = stored()
    with pytest.raises(DocumentRefused) as refusal:
        attach(order, cast.buyer, files.document(content=files.pdf(b"more")))
    assert refusal.value.problem == TooManyDocuments()
    assert (stored(), order.documents.count()) == (before, MAX_DOCUMENTS)
    attach(order, cast.buyer, files.document(content=files.pdf(b"0")))  # is there


def test_they_are_never_changed_or_deleted(cast: Cast) -> None:
    row = attach(cast.order_new(), cast.buyer)
    with pytest.raises(HistoryIsFinal):
        row.save()
    with pytest.raises(HistoryIsFinal):
        row.delete()


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"size": 10 * 1024**2 + 1}, {"media_type": "text/html"}]
)
def test_the_database_refuses_what_no_check_let_through(
    cast: Cast, wrong: dict[str, object]
) -> None:
    row = attach(cast.order_new(), cast.buyer)
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values |= {"id": None, "reference": "another", "sha256": "another", "file": "another"}
    PurchaseOrderDocument(**values).save()
    values |= {"reference": "third", "sha256": "third", "file": "third"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PurchaseOrderDocument(**values | wrong).save()


# Kept -------------------------------------------------------------------------------------


def test_all_are_found_where_they_lie(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    attach(cast.order_new(), cast.buyer)
    call_command("check_documents")
    assert capsys.readouterr().out == "All documents are there: 1.\n"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "can't be read (FileNotFoundError)"),
        (lambda path: path.write_bytes(files.pdf(b"5711")), "is not what was attached"),
    ],
)
def test_what_is_lost_or_changed_is_found(
    cast: Cast,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], object],
    said: str,
) -> None:
    order = cast.order_new()
    row = attach(order, cast.buyer)
    attach(order, cast.buyer, files.document(content=files.saved("PNG")))
    damage(FOLDER / str(row.file.name))
    with pytest.raises(CommandError, match="1 of 2 documents are missing or damaged"):
        call_command("check_documents")
    where = f"Order {order.reference}, document {row.reference}: the file {row.file.name}"
    assert capsys.readouterr().out == f"{where} {said}.\n"


def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "to be made" / "documents"
    assert check_documents_dir() == []
    (tmp_path / "file").write_bytes(b"")
    settings.DOCUMENTS_DIR = tmp_path / "file" / "documents"
    (error,) = check_documents_dir()
    assert (error.id, str(tmp_path / "file") in str(error.hint)) == ("orders.E001", True)


@pytest.mark.db
def test_a_folder_on_the_web_stops_the_start() -> None:
    root = Path(django_settings.BASE_DIR)
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=root,
        env={**os.environ, "DOCUMENTS_DIR": str(root / "static" / "orders")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "where everybody may fetch files. Set it to a folder beside" in done.stderr


# With the order ---------------------------------------------------------------------------


def place(cast: Cast, **more: object) -> Order:
    values = {
        "company": cast.harbor,
        "site_name": "Pier 9",
        "po_number": "4711",
        "lines": cast.lines(ISS_Expert=1),
        "by": cast.buyer,
        "at": NOW,
    }
    return actions.place_new(**values | {"document": files.document()} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize("auto_issue", [True, False])
def test_an_order_is_placed_with_its_document(cast: Cast, auto_issue: bool) -> None:
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=auto_issue)
    cast.harbor.refresh_from_db()
    order = place(cast)
    row = order.documents.get()
    assert (row.added_by, row.added_at, row.name) == (cast.buyer, NOW, "PO 4711.pdf")


def test_sales_enters_an_order_with_its_document(cast: Cast) -> None:
    order = place(cast, by=cast.sales, ordered_for=cast.buyer)
    assert order.documents.get().added_by == cast.sales


def test_a_refused_order_leaves_no_file(cast: Cast) -> None:
    before = stored()
    with pytest.raises(OrderRefused):
        place(cast, lines=cast.lines(ISS_Backup=1))  # needs a base
    assert (stored(), Order.objects.count()) == (before, 0)


@pytest.mark.parametrize("auto_issue", [True, False])
def test_no_order_without_the_document_that_came_with_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, auto_issue: bool
) -> None:
    """A full disk: the order is not placed, and nothing was issued or mailed."""
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=auto_issue)
    cast.harbor.refresh_from_db()
    monkeypatch.setattr("os.open", full_disk)
    with pytest.raises(OSError, match="No space left"):
        place(cast)
    monkeypatch.undo()
    assert Order.objects.count() == Serial.objects.count() == 0
    assert PurchaseOrderDocument.objects.count() == 0


def full_disk(*args: object, **kwargs: object) -> int:
    raise OSError("No space left on device")
