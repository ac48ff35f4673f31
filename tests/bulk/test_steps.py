"""A file between its upload and its last order: nothing is written early, lost or done twice."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from companies.time_zones import local_date
from licensing.models import Serial
from limits import counters
from limits.declared import GUESSES
from orders import actions as order_actions
from orders.bulk import actions
from orders.bulk.file.table import FileRefused
from orders.bulk.wording import MAX_TOGETHER
from orders.models import Order
from orders.models.bulk import BulkOrder, BulkRow, BulkUpload
from orders.placement import Quote
from orders.rules.problems import OrderRefused, TooManyMisses
from outbox.models import Message
from tests.bulk.uploads import (
    Desk,
    as_csv,
    decided,
    existing,
    finish,
    orders,
    place,
    results,
    row,
)
from tests.cast import NOW, Cast, current
from tests.dump import changes, everything
from tests.tries import use_up

OURS = {"+BulkUpload", "+BulkOrder", "+BulkRow"}
GOOD = [row("PO-1", site_name="Pier 9"), row("PO-2", site_name="Pier 10")]
BAD = row("PO-3", site_name="Pier 11", quantity=0)


def test_a_preview_writes_nothing_but_itself(cast: Cast, desk: Desk) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    before = everything()
    upload = desk.preview(*GOOD, BAD, existing("PO-4", current(site, "VAI"), part_number="VS-ES1"))
    assert [status for status, _ in decided(upload)] == ["issued", "issued", "refused", "issued"]
    assert changes(before, everything()).keys() == OURS
    assert not Serial.objects.filter(number__in=_texts(upload)).exists()


def _texts(upload: BulkUpload) -> list[str]:
    """The texts of the preview in its columns of serial numbers."""
    return [text for line in results(upload) for name, text in line.items() if "_serial" in name]


def test_a_preview_shows_no_serial_number_that_was_never_issued(desk: Desk) -> None:
    upload = desk.preview(*GOOD)
    assert {order.serials == {} for order in upload.orders.all()} == {True}
    assert [line["iss_serial"] for line in results(upload)] == ["", ""]
    assert upload.orders.earliest("position").outcomes == {"ISS": "new"}


def test_the_good_ones_are_placed_and_the_others_are_not(desk: Desk) -> None:
    upload = desk.place(*GOOD, BAD)
    assert orders() == [("PO-1", "issued"), ("PO-2", "issued")]
    assert (upload.phase, upload.tally) == ("placed", {"issued": 2, "refused": 1})
    assert [line["order_number"] != "" for line in results(upload)] == [True, True, False]


def test_a_start_out_of_reach_refuses_its_order_only(desk: Desk) -> None:
    far = row("PO-9", site_name="Pier 9", part_number="VS-ES5", start_date="9999-12-31")
    upload = desk.place(*GOOD, far)
    assert upload.tally == {"issued": 2, "refused": 1}


def test_or_none_and_then_nothing_of_the_file_is_left(desk: Desk) -> None:
    before = everything()
    upload = desk.preview(*GOOD)
    assert actions.discard(upload, by=upload.by)
    assert everything() == before


def test_what_is_being_placed_is_not_forgotten(desk: Desk) -> None:
    upload = actions.place(desk.preview(*GOOD), by=desk.cast.buyer)
    assert not actions.discard(upload, by=upload.by)
    assert finish(upload).phase == "placed"


def test_a_later_order_of_the_file_sees_the_earlier_one(cast: Cast, desk: Desk) -> None:
    site = cast.site(VS_ES1=3)
    change = {"part_number": "VS-ADV1", "action": "upgrade", "from_part_number": "VS-ES1"}
    upload = desk.preview(
        existing("PO-1", current(site, "VAI"), quantity=2, **change),
        row("PO-2", site_name="Pier 9"),
        existing("PO-3", current(site, "VAI"), quantity=2, **change),
        row("PO-4", site_name="PIER 9"),
    )
    assert decided(upload) == [
        ("issued", ""),
        ("issued", ""),
        (
            "refused",
            "Only 1 × VS-ES1 can be changed, and this line names 2. Order at most 1.",
        ),
        (
            "refused",
            "There is a site “PIER 9” already. Is this an existing installation? "
            "If you want to order it anyway, use the order form.",
        ),
    ]
    placed = place(upload)
    assert [status for status, _ in decided(placed)] == ["issued", "issued", "refused", "refused"]


def test_the_same_site_in_another_spelling_is_asked_about_with_its_serials(
    cast: Cast, desk: Desk
) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    site.site_name = "O'Hare Annex"
    site.save()
    upload = desk.preview(row("PO-1", site_name="O’HARE  Annex"))
    asked = (
        "There is a site “O’HARE  Annex” already. Is this an existing installation? If you want "
        "to order it anyway, use the order form. To order for “O'Hare Annex”, write existing in "
        f"kind, and in serial_number {current(site, 'ISS')} for ISS "
        f"or {current(site, 'VAI')} for VAI."
    )
    assert decided(upload) == [("refused", asked)]
    used = desk.place(existing("PO-1", current(site, "ISS")))
    assert [status for status, _ in decided(used)] == ["issued"]


def test_a_similar_site_is_shown_in_the_preview_and_nothing_is_asked(
    cast: Cast, desk: Desk
) -> None:
    cast.issue(cast.order_new("Harbor Point Terminal"))
    upload = desk.preview(
        row("PO-1", site_name="Harbour Point Terminal"),
        row("PO-2", site_name="Harbor Point Termimal"),
        row("PO-3", site_name="Pier 9"),
    )
    shown = "Perhaps you mean an existing site: Harbor Point Terminal."
    assert decided(upload) == [("issued", shown), ("issued", shown), ("issued", "")]
    assert [status for status, _ in decided(place(upload))] == ["issued"] * 3


def test_no_serial_that_is_only_rehearsed_is_told(cast: Cast, desk: Desk) -> None:
    """No serial of a site that the file brings in, and none that the file replaces."""
    site = cast.site(VS_ES1=1)
    site.site_name = "Café Norte"
    site.save()
    upload = desk.preview(
        row("PO-1", site_name="Pier 9"),
        row("PO-2", site_name="Pier–9"),
        existing("PO-3", current(site, "VAI"), part_number="VS-ES1", quantity=3),
        row("PO-4", site_name="Cafe\u0301 Norte"),
    )
    assert [status for status, _ in decided(upload)] == ["issued", "refused", "issued", "refused"]
    told = " ".join(reasons for _, reasons in decided(upload))
    assert set(re.findall(r"(?:ISS|VAI)-[0-9A-Z-]{19}", told)) == {current(site, "VAI")}


def test_rows_of_one_order_that_name_its_site_in_two_ways_are_asked_about(desk: Desk) -> None:
    """For us they are one site; their author may mean two, and one would go without its serial."""
    upload = desk.preview(
        row("PO-1", site_name="Level 1"),
        row("PO-1", site_name="Level -1"),
        row("PO-2", site_name="Pier 9"),
        row("PO-2", site_name="PIER  9", part_number="VS-ES1"),
    )
    assert decided(upload) == [
        (
            "refused",
            "These rows are one order, and name its site in two ways: Level 1 / Level -1. Write "
            "it one way; if they are two sites, place one of them with the order form.",
        ),
        ("issued", ""),
    ]


def test_a_company_that_is_reviewed_gets_its_orders_reviewed(cast: Cast, desk: Desk) -> None:
    cast.harbor.auto_issue = False
    cast.harbor.save()
    why = "Sales looks at each order of this company first."
    assert decided(desk.preview(*GOOD)) == [("in_review", why)] * 2


@pytest.mark.siege
def test_too_many_orders_for_one_site_are_for_another_file(desk: Desk) -> None:
    rows = [row(f"PO-{n}", site_name="Pier 9") for n in range(MAX_TOGETHER + 2)]
    upload = desk.preview(*rows)
    assert upload.tally == {"issued": 1, "refused": MAX_TOGETHER + 1}
    last = [text for _, text in decided(upload)[-3:]]
    assert last[0].startswith("There is a site “Pier 9” already.")
    assert (
        last[1]
        == last[2]
        == ("One file has at most 50 orders for one site. Put this one into another file.")
    )


def test_a_second_click_changes_nothing(desk: Desk) -> None:
    upload = desk.place(*GOOD)
    before = everything()
    assert place(upload).phase == "placed"
    assert everything() == before


def test_a_step_works_for_its_time_and_says_how_far_it_is(desk: Desk) -> None:
    upload = desk.upload(*GOOD, BAD)
    seen = []
    while upload.is_running:
        actions.go_on(upload, by=upload.by, seconds=0)
        seen.append((upload.phase, upload.done, upload.total))
    assert seen == [
        ("previewing", 1, 3),
        ("previewing", 2, 3),
        ("previewed", 3, 3),
    ]
    actions.place(upload, by=upload.by)
    actions.go_on(upload, by=upload.by, seconds=0)
    assert (upload.phase, upload.done, upload.total) == ("placing", 1, 2)


def test_a_crash_between_an_order_and_its_record_places_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.preview(*GOOD)
    actions.place(upload, by=upload.by)

    def crash(*_: Any, **__: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_record", crash)
        with pytest.raises(MemoryError):
            actions.go_on(upload, by=upload.by, seconds=0)
    assert orders() == [("PO-1", "issued")]
    finish(BulkUpload.objects.get())
    assert orders() == [("PO-1", "issued"), ("PO-2", "issued")]
    assert decided(upload) == [("issued", ""), ("issued", "")]


def test_the_same_file_goes_on_where_its_placing_broke_off(desk: Desk) -> None:
    upload = desk.preview(*GOOD)
    actions.place(upload, by=upload.by)
    actions.go_on(upload, by=upload.by, seconds=0)
    again = desk.upload(*GOOD)
    assert again == upload
    finish(again)
    assert orders() == [("PO-1", "issued"), ("PO-2", "issued")]
    assert desk.upload(*GOOD) != upload  # and is a file of its own once it is placed


def test_what_changed_since_the_preview_is_decided_anew(cast: Cast, desk: Desk) -> None:
    upload = desk.preview(*GOOD)
    cast.order_new("Pier 9")
    assert [status for status, _ in decided(place(upload))] == ["refused", "issued"]


@pytest.mark.django_db(transaction=True)
def test_two_who_go_on_at_once_place_each_order_once(desk: Desk) -> None:
    upload = desk.preview(*(row(f"PO-{n}", site_name=f"Site {n}") for n in range(8)))
    actions.place(upload, by=upload.by)
    start = threading.Barrier(2)
    failed = []

    def run() -> None:
        own = BulkUpload.objects.select_related("company", "by").get()
        start.wait()
        try:
            finish(own)
        except Exception as error:  # shown below, in the thread of the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(orders()) == [(f"PO-{n}", "issued") for n in range(8)]
    upload.refresh_from_db()
    assert (upload.phase, upload.done, upload.tally) == ("placed", 8, {"issued": 8})
    assert Message.objects.count() == 8


# Which rows are one order ---------------------------------------------------------------


def groups(upload: BulkUpload) -> list[list[int]]:
    """The rows of each order, counted from 1 below the header."""
    return [[each.number - 1 for each in order.rows.all()] for order in upload.orders.all()]


def test_rows_with_one_po_number_and_one_installation_are_one_order(cast: Cast, desk: Desk) -> None:
    site, other = cast.site(ISS_Expert=1, VS_ES1=1), cast.site(ISS_Expert=1)
    iss, vai = current(site, "ISS"), current(site, "VAI")
    upload = desk.upload(
        row("PO-1", site_name="Pier 9"),  # 1
        existing("PO-2", iss),  # 2
        row("po-1", site_name="PIER 9"),  # 3: with 1
        existing("PO-2", vai.lower(), part_number="VS-ES1"),  # 4: with 2
        existing("PO-2", current(other, "ISS")),  # 5: another installation
        row("PO-1", site_name="Pier 10"),  # 6: another site
        existing("PO-3", iss),  # 7: another PO number
        existing("PO-4", "ISS-UNKNOWN-1"),  # 8
        existing("PO-4", "iss unknown 1"),  # 9: with 8
        existing("PO-4", "ISS-UNKNOWN-2"),  # 10
        existing("PO-5", "", site_name="Pier 12"),  # 11
        existing("PO-5", iss, site_name="pier 12"),  # 12: with 11, by its site name
        existing("PO-5", vai),  # 13: with 12, by its serial number
        row("PO-6", site_name="Pier 13"),  # 14
        row("PO-6", site_name="Pier 13", kind="nwe"),  # 15: with 14, whatever it is
    )
    assert groups(upload) == [
        [1, 3], [2, 4], [5], [6], [7], [8, 9], [10], [11, 12, 13], [14, 15],
    ]  # fmt: skip


def test_an_order_is_never_placed_without_a_row_that_can_not_be_read(desk: Desk) -> None:
    upload = desk.place(*GOOD, row("PO-1", site_name="Pier 9", kind="nwe", part_number="VS-ES1"))
    assert decided(upload)[0] == ("refused", "kind is “nwe”. Write new or existing.")
    assert orders() == [("PO-2", "issued")]


# Serial numbers that are not found --------------------------------------------------------


def test_unknown_and_foreign_serials_get_one_answer_by_the_same_statements(
    cast: Cast, desk: Desk
) -> None:
    site = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert site
    foreign = current(site, "ISS")
    answers, counts = [], []
    for serial in ("ISS-7K3M-9QWX-4TZ8-2HPC", foreign):
        with CaptureQueriesContext(connection) as captured:
            upload = desk.preview(existing(f"PO {serial}", serial))
        answers.append(decided(upload))
        counts.append(len(captured))
    assert answers == [[("held", "The serial number was not found.")]] * 2
    assert counts[0] == counts[1]


@pytest.mark.siege
def test_a_file_is_one_guess_whatever_it_holds_and_placing_it_none(desk: Desk, cast: Cast) -> None:
    rows = [existing(f"PO-{n}", f"ISS-UNKNOWN-{n}") for n in range(40)]
    for _ in range(2):  # the same file again counts nothing anew
        desk.upload(*rows)
    place(desk.preview(*rows))
    assert _guesses(cast) == [1]
    desk.upload(*rows, existing("PO-41", "ISS-ANOTHER"))
    assert _guesses(cast) == [2]
    desk.upload(*GOOD)
    assert _guesses(cast) == [2]


def _guesses(cast: Cast) -> list[int]:
    return [each.count for each in counters.peek(GUESSES.of(cast.buyer.pk)).counted]


def test_who_guessed_too_often_in_forms_is_told_so_there_alone(desk: Desk, cast: Cast) -> None:
    use_up(GUESSES, cast.buyer.pk)
    with pytest.raises(OrderRefused) as refused:
        _ask(cast, "ISS-UNKNOWN-Y")
    assert [type(each) for each in refused.value.problems] == [TooManyMisses]


def _ask(cast: Cast, serial: str) -> None:
    order_actions.place_existing(
        company=cast.harbor,
        po_number="PO-X",
        quotes=[Quote("ISS", serial)],
        lines=cast.lines(ISS_Expert=1),
        by=cast.buyer,
        at=NOW,
    )


def test_beyond_the_limit_a_file_gets_the_same_answers(cast: Cast, desk: Desk) -> None:
    site = cast.site(ISS_Expert=1)
    use_up(GUESSES, cast.buyer.pk)
    upload = desk.preview(
        existing("PO-1", "ISS-X"), existing("PO-2", current(site, "ISS"), quantity=2)
    )
    assert [status for status, _ in decided(upload)] == ["held", "issued"]


# Who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["viewer", "outsider", "end_customer", "sales"])
def test_only_buyers_and_owners_upload(cast: Cast, desk: Desk, who: str) -> None:
    with pytest.raises(PermissionDenied):
        desk.upload(*GOOD, by=getattr(cast, who))
    assert not BulkUpload.objects.exists()


@pytest.mark.parametrize("do", [actions.go_on, actions.place, actions.discard])
def test_nobody_goes_on_with_a_file_of_somebody_else(desk: Desk, do: Any) -> None:
    upload = desk.preview(*GOOD)
    with pytest.raises(PermissionDenied):
        do(upload, by=desk.cast.owner)


def test_who_may_not_order_any_more_places_nothing(desk: Desk) -> None:
    upload = desk.preview(*GOOD)
    actions.place(upload, by=upload.by)
    upload.by.memberships.all().delete()
    with pytest.raises(PermissionDenied):
        actions.go_on(upload, by=upload.by)
    assert orders() == []


def test_a_broken_file_leaves_nothing(desk: Desk) -> None:
    before = everything()
    with pytest.raises(FileRefused):
        desk.upload_file(as_csv(GOOD) + b'"not closed')
    assert everything() == before


# How long files are kept ------------------------------------------------------------------


@pytest.mark.parametrize(("days", "left"), [(6, 2), (8, 1), (89, 1), (91, 0)])
def test_old_files_are_forgotten_when_their_owner_uploads_another(
    desk: Desk, clock: Any, days: int, left: int
) -> None:
    old = [desk.place(*GOOD), desk.preview(BAD)]
    clock.shift(days * 24 * 3600)
    new = desk.upload(BAD)
    kept = BulkUpload.objects.exclude(pk=new.pk)
    assert len(kept) == left
    assert BulkOrder.objects.exclude(upload=new).count() == sum(u.order_count for u in kept)
    assert BulkRow.objects.exclude(upload=new).count() == sum(u.row_count for u in kept)
    assert Order.objects.count() == 2
    assert old[0] in kept or days > 90


def test_a_row_that_quotes_a_replaced_serial_says_which_one_is_current(
    cast: Cast, desk: Desk
) -> None:
    site = cast.site(VS_ES1=1)
    old = current(site, "VAI")
    cast.issue(cast.order_existing(old, VS_ES1=1))
    now = current(site, "VAI")
    upload = desk.preview(
        existing("PO-1", now, part_number="VS-ES1", quantity=3),
        existing("PO-2", old, part_number="VS-ES1", quantity=5),
        existing("PO-2", now, part_number="VS-ADV1", quantity=7),
    )
    today = date_format(local_date(timezone.now(), cast.harbor.time_zone))
    note = (
        f"This serial number was replaced on Nov 24, 2026. As of {today}, the current one is {now}."
    )
    told = [order.reasons for order in upload.orders.order_by("position")]
    assert told == [[], [[3, note]]]
    last = place(upload).orders.get(position=2)
    then = note.replace(now, current(site, "VAI"))
    assert last.reasons == [[3, then], [4, then]]  # PO-1 replaced the other one meanwhile


def test_an_unknown_part_number_is_answered_with_what_was_perhaps_meant(desk: Desk) -> None:
    upload = desk.preview(
        row("PO-1", site_name="Pier 9", part_number="ISS-Exprt"),
        row("PO-2", site_name="Pier 10", part_number="ISS-Nothing"),
    )
    unknown = "part_number is “%s”, which is not in the catalog. Look the part number up there."
    assert [text for _, text in decided(upload)] == [
        unknown % "ISS-Exprt" + " Did you mean ISS-Expert?",
        unknown % "ISS-Nothing",
    ]


@pytest.mark.parametrize(
    ("quantity", "units"),
    [("1,000", 1000), ("4.0", 4), ("4,00", 4), ("44 ea", 44), ("3 uds.", 3), ("1,000.00", 1000)],
)
def test_a_quantity_is_read_as_people_write_it(desk: Desk, quantity: str, units: int) -> None:
    desk.place(row("PO-1", site_name="Pier 9", quantity=quantity))
    assert Order.objects.get().lines.get().quantity == units


@pytest.mark.parametrize("quantity", ["1.000", "1,00,0", "12.5", "4 boxes", "0.0", "1,000,00"])
def test_a_quantity_that_may_mean_two_things_is_refused(desk: Desk, quantity: str) -> None:
    upload = desk.preview(row("PO-1", site_name="Pier 9", quantity=quantity))
    assert [text for _, text in decided(upload)] == [
        f"quantity is “{quantity}”. Write a whole number from 1 to 100,000, like 12."
    ]
