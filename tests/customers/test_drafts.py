"""Orders that were begun, and old ones once more."""

from __future__ import annotations

import datetime as dt
import uuid
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from companies.models import User
from orders.form.drafts import LEFT_LIVES, MAX_DRAFTS, MAX_LEFT
from orders.models import Draft, Order
from portal.accounts.typed import token_for
from tests.cast import NOW, PASSWORD, Cast, current
from tests.customers.order_form import errors, values
from tests.files import pdf, upload
from tests.pages import links, values_of, words

DAY = dt.timedelta(days=1)


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.buyer)
    return client


def save(client: Client, **fields: str) -> Any:
    return client.post("/orders/new/", {**values(**fields), "save_draft": "1"})


def test_a_draft_is_kept_as_it_is_however_wrong(client: Client) -> None:
    wrong = {"po_number": "", "site_name": "<b>\x00", "serial_ISS": "ISS-?", "notify": "not one"}
    response = save(client, **wrong)
    draft = Draft.objects.get()
    assert response.headers["Location"] == draft.get_absolute_url()
    opened = client.get(draft.get_absolute_url())
    form = opened.context["form"]
    assert form["site_name"].value() == "<b>"
    assert form["serial_ISS"].value() == "ISS-?"
    assert form.lines.forms[0]["quantity"].value() == "4"
    assert errors(opened) == []
    assert not Order.objects.exists()


def test_only_its_fields_are_kept(client: Client) -> None:
    client.post(
        "/orders/new/", {**values(), "save_draft": "1", "x": "y" * 100_000, "lines-9-x": "z"}
    )
    kept = Draft.objects.get().data
    assert {"x", "save_draft", "lines-9-x", "csrfmiddlewaretoken"}.isdisjoint(kept)


def test_a_draft_is_saved_anew_and_placed_once(client: Client, cast: Cast) -> None:
    save(client)
    draft = Draft.objects.get()
    client.post(draft.get_absolute_url(), {**values(po_number="4712"), "save_draft": "1"})
    assert Draft.objects.get().data["po_number"] == ["4712"]
    for _ in range(2):
        client.post(
            draft.get_absolute_url(), {**values(po_number="4712"), "company": cast.harbor.pk}
        )
    assert Order.objects.get().po_number == "4712"
    assert not Draft.objects.exists()


def test_a_draft_is_its_author_s_alone(client: Client, cast: Cast) -> None:
    save(client)
    address = Draft.objects.get().get_absolute_url()
    colleague = Client()
    colleague.force_login(cast.owner)
    for path in (address, f"{address}delete/"):
        assert colleague.post(path, values()).status_code == 404
    assert "Your drafts" not in words(colleague.get("/orders/"))
    assert "Your drafts" in words(client.get("/orders/"))
    client.post(f"{address}delete/")
    assert not Draft.objects.exists()


def test_there_is_an_end_to_drafts(client: Client, cast: Cast) -> None:
    for _ in range(MAX_DRAFTS):
        Draft.objects.create(author=cast.buyer, data={}, saved_at=NOW)
    assert "You have 50 drafts. Place or delete one of them first." in words(save(client))
    assert Draft.objects.count() == MAX_DRAFTS


def test_a_draft_says_that_the_installation_changed(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    fields = {"kind": "existing", "site_name": "", "serial_ISS": current(site, "ISS")}
    shown = client.post("/orders/new/", {**values(**fields), "preview": "1"})
    save(client, **fields, seen=shown.context["form"].seen_now)
    cast.issue(cast.order_existing(current(site, "ISS"), ISS_RTP=1))
    opened = client.get(Draft.objects.get().get_absolute_url())
    assert "has changed since you looked: it was at R1 and is at R2" in words(opened)


def test_an_old_order_once_more(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    old = site.orders.get()
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    again = f"/orders/new/?again={old.reference}"
    assert again in links(client.get(old.get_absolute_url()))
    opened = client.get(again)
    form = opened.context["form"]
    assert form["kind"].value() == "existing"
    assert form["serial_VAI"].value() == current(site, "VAI"), "the current one, not that of then"
    assert not form["po_number"].value()
    lines = [(line["product"].value(), line["quantity"].value()) for line in form.lines.forms]
    assert lines == [("ISS-Expert", "4"), ("VS-ES1", "2")]
    theirs = cast.order_new(company=cast.summit, by=cast.outsider)
    assert client.get(f"/orders/new/?again={theirs.reference}").status_code == 404


# Kept by itself ---------------------------------------------------------------------------

KEEP = "/orders/new/keep/"


def left(client: Client, **fields: str) -> Draft:
    """The draft that comes of the form that the browser sends when somebody goes elsewhere."""
    assert client.post(KEEP, values(**fields)).status_code == 204
    return Draft.objects.latest("saved_at", "pk")


def form_id() -> str:
    return str(uuid.uuid4())


def test_a_form_that_was_left_is_offered_on_the_home_page_and_on_the_next_form(
    client: Client,
) -> None:
    draft = left(client, po_number="4711", site_name="Pier 9")
    assert not Order.objects.exists()
    for path in ("/home/", "/orders/new/", "/orders/"):
        assert draft.get_absolute_url() in links(client.get(path)), path
    form = client.get(draft.get_absolute_url()).context["form"]
    assert (form["po_number"].value(), form["site_name"].value()) == ("4711", "Pier 9")


def test_a_form_is_one_draft_however_often_it_is_kept_or_saved(client: Client) -> None:
    submission = form_id()
    for number in ("4711", "4712"):
        draft = left(client, submission=submission, po_number=number)
    assert Draft.objects.get().data["po_number"] == ["4712"]
    save(client, submission=submission, po_number="4713")
    saved = Draft.objects.get()
    assert (saved.pk, saved.by_itself, saved.data["po_number"]) == (draft.pk, False, ["4713"])
    assert "unfinished" not in words(client.get("/home/"))


def test_what_was_placed_is_no_draft_any_more_and_becomes_none(client: Client, cast: Cast) -> None:
    sent = values(company=str(cast.harbor.pk), submission=form_id())
    assert client.post(KEEP, sent).status_code == 204
    assert client.post("/orders/new/", sent).status_code == 302
    assert not Draft.objects.exists()
    assert client.post(KEEP, sent).status_code == 204  # by a tab that is closed later
    assert not Draft.objects.exists()


def test_the_newest_that_were_left_stay_and_take_no_room_of_those_saved(
    client: Client, cast: Cast
) -> None:
    for _ in range(MAX_DRAFTS):
        Draft.objects.create(author=cast.buyer, data={}, saved_at=NOW)
    for number in range(MAX_LEFT + 2):
        left(client, submission=form_id(), po_number=f"PO {number}")
    kept = Draft.objects.filter(by_itself=True)
    assert [draft.data["po_number"] for draft in kept] == [
        [f"PO {number}"] for number in range(MAX_LEFT + 1, 1, -1)
    ]
    assert Draft.objects.filter(by_itself=False).count() == MAX_DRAFTS
    assert "You have 50 drafts." in words(save(client, submission=form_id()))


def test_an_old_one_makes_way(client: Client, cast: Cast) -> None:
    old = left(client, submission=form_id())
    Draft.objects.filter(pk=old.pk).update(saved_at=timezone.now() - LEFT_LIVES - DAY)
    new = left(client, submission=form_id())
    assert Draft.objects.get() == new


def test_what_is_no_form_is_not_kept(client: Client) -> None:
    for data in ({}, {"submission": "x"}, {"submission": ""}):
        assert client.post(KEEP, data).status_code == 204
    assert not Draft.objects.exists()


# The session had ended --------------------------------------------------------------------


def token_in(client: Client, path: str) -> str:
    (token,) = values_of(client.get(path), "written_by")
    assert token
    return token


@pytest.mark.parametrize("button", [{}, {"preview": "1"}, {"save_draft": "1"}], ids=str)
def test_what_was_typed_when_the_session_ended_is_there_after_the_log_in(
    client: Client, cast: Cast, button: dict[str, str]
) -> None:
    form = {"written_by": token_in(client, "/orders/new/"), "submission": form_id()}
    sent = values(po_number="4711", company=str(cast.harbor.pk), **form) | button
    del client.cookies["sessionid"]
    answer = client.post("/orders/new/", sent)
    draft = Draft.objects.get()
    assert answer.headers["Location"] == f"/account/login/?next={draft.get_absolute_url()}"
    login = {"login": cast.buyer.email, "password": PASSWORD}
    shown = client.post(answer.headers["Location"], login, follow=True)
    assert shown.redirect_chain[-1][0] == draft.get_absolute_url()
    assert shown.context["form"]["po_number"].value() == "4711"
    assert errors(shown) == []
    assert not Order.objects.exists()
    for _ in range(2):  # nothing is ordered before the button is pressed, and then once
        client.post(draft.get_absolute_url(), {name: sent[name] for name in sent.keys() - button})
    assert Order.objects.get().po_number == "4711"
    assert not Draft.objects.exists()


def test_htmx_is_led_to_the_log_in_as_a_whole_page(client: Client) -> None:
    sent = values(written_by=token_in(client, "/orders/new/"), submission=form_id())
    del client.cookies["sessionid"]
    answer = client.post("/orders/new/", sent | {"preview": "1"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].endswith(Draft.objects.get().get_absolute_url())


def test_nobody_writes_drafts_for_others(client: Client, cast: Cast) -> None:
    """A stranger's browser, a token that was changed, one of something else, and an old one."""
    token = token_in(client, "/orders/new/")
    user, rest = token.split(":", 1)
    forged = [
        "", "x", f"{user}x:{rest}", token[:-1],
        signing.dumps([cast.buyer.pk, "/"], salt="orders.links"),
    ]  # fmt: skip
    with time_machine.travel(timezone.now() - 8 * DAY):
        forged.append(token_for(cast.buyer, "/orders/new/"))
    for each in forged:
        answer = Client().post("/orders/new/", values(written_by=each, submission=form_id()))
        assert answer.headers["Location"] == "/account/login/?next=/orders/new/"
    strict = Client(enforce_csrf_checks=True)  # a form on another site
    assert strict.post("/orders/new/", values(written_by=token)).status_code == 403
    for gone in (cast.viewer, cast.sales):  # who may not order begins none
        Client().post("/orders/new/", values(written_by=token_for(gone, "/")))
    User.objects.filter(pk=cast.buyer.pk).update(is_active=False)
    Client().post("/orders/new/", values(written_by=token, submission=form_id()))
    assert not Draft.objects.exists()


def test_another_user_who_logs_in_there_sees_none_of_it(client: Client, cast: Cast) -> None:
    sent = values(written_by=token_in(client, "/orders/new/"), submission=form_id())
    del client.cookies["sessionid"]
    answer = client.post("/orders/new/", sent | {"po_number": "SECRET-PO"})
    login = {"login": cast.owner.email, "password": PASSWORD}
    shown = client.post(answer.headers["Location"], login, follow=True)
    assert shown.status_code == 404
    assert "SECRET-PO" not in shown.content.decode()


# From before ------------------------------------------------------------------------------


def test_drafts_from_before_say_which_form_they_are(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newer of two drafts of one form does; once more nothing changes, and nothing is said."""
    migration = import_module("orders.migrations.0012_drafts_of_forms")
    form, other = form_id(), form_id()
    rows = [(cast.buyer, form), (cast.buyer, form), (cast.owner, form), (cast.buyer, other)]
    drafts = [
        Draft.objects.create(author=author, data={"submission": [each]}, saved_at=NOW + n * DAY)
        for n, (author, each) in enumerate(rows)
    ]
    data: dict[str, Any]
    for data in ({}, {"submission": []}, {"submission": ["x"]}, {"submission": None}):
        drafts.append(Draft.objects.create(author=cast.buyer, data=data, saved_at=NOW))
    for _ in range(2):
        migration.name_forms(apps, connection.schema_editor())
    named = {draft.pk: str(draft.submission) for draft in Draft.objects.exclude(submission=None)}
    assert named == {drafts[1].pk: form, drafts[2].pk: form, drafts[3].pk: other}
    assert capsys.readouterr().out.strip() == "3 drafts say which form they are"


def test_a_forecast_of_a_draft_that_was_just_deleted_changes_nothing_on_the_page(
    cast: Cast,
) -> None:
    """The button takes the focus from a field, which asks for the forecast at the same moment."""
    client = Client()
    client.force_login(cast.buyer)
    gone = "/orders/drafts/0123456789/"
    assert client.post(gone, headers={"HX-Request": "true"}).status_code == 204
    assert client.post(gone).status_code == 404


# A file that was chosen ------------------------------------------------------------------


NOT_KEPT = "The file “PO 4711.pdf” was not kept with this form. Choose it again"


def with_file(**fields: str) -> dict[str, Any]:
    return {**values(**fields), "document": upload("PO 4711.pdf", pdf())}


def test_a_draft_says_that_its_file_has_to_be_chosen_again(client: Client, cast: Cast) -> None:
    saved = client.post("/orders/new/", {**with_file(), "save_draft": "1"}, follow=True)
    assert "Draft saved, without the file “PO 4711.pdf”: choose it again" in words(saved)
    address = Draft.objects.get().get_absolute_url()
    assert NOT_KEPT in words(client.get(address))
    (name,) = values_of(client.get(address), "left_file")
    client.post(address, {**values(po_number="4712"), "left_file": name, "save_draft": "1"})
    assert NOT_KEPT in words(client.get(address))
    client.post(address, {**with_file(), "company": cast.harbor.pk, "left_file": name})
    assert Order.objects.get().documents.get().name == "PO 4711.pdf"


def test_a_draft_without_a_file_says_nothing_of_one(client: Client) -> None:
    saved = client.post("/orders/new/", {**values(), "save_draft": "1"}, follow=True)
    assert "Draft saved. Only you see it." in words(saved)
    assert "was not kept" not in words(saved)


def test_a_form_that_was_left_or_whose_session_ended_says_so_too(
    client: Client, cast: Cast
) -> None:
    client.post("/orders/new/keep/", values(left_file="PO 4711.pdf"))
    assert NOT_KEPT in words(client.get(Draft.objects.get().get_absolute_url()))
    Draft.objects.all().delete()
    written_by = token_for(cast.buyer, "/orders/new/")
    Client().post("/orders/new/", with_file(written_by=written_by))
    assert NOT_KEPT in words(client.get(Draft.objects.get().get_absolute_url()))


def test_a_form_that_is_shown_again_says_so_too(client: Client) -> None:
    assert NOT_KEPT in words(client.post("/orders/new/", with_file(po_number="")))
    assert NOT_KEPT in words(client.post("/orders/new/", {**with_file(), "refresh": "1"}))
