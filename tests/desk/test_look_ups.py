"""The address of a list at the desk answers the filters that it shows, and no other column.

Walked over every field and relation of every model at the desk, so that the next one is asked, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import DateTimeField, Model
from django.test import RequestFactory
from django.urls import reverse

from companies.models import Membership, User
from orders.models import Order
from portal.desk.base import DeskAdmin
from tests.desk.staffed import STAFF, Staffed
from tests.pages import links

REGISTERED = list(admin.site._registry)
LOOKUPS = ["", "__exact", "__regex", "__startswith", "__contains", "__gt", "__isnull", "__in"]
each_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


def desk_of(model: type[Model]) -> DeskAdmin:
    desk = admin.site._registry[model]
    assert isinstance(desk, DeskAdmin)
    return desk


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def columns_of(model: type[Model]) -> Iterator[tuple[str, Any]]:
    """Every name by which Django's look-ups reach something, those that are no attribute, too."""
    for field in model._meta.get_fields(include_hidden=True):
        yield field.name, field
        if attname := getattr(field, "attname", ""):
            yield attname, field
    yield "pk", model._meta.pk


def paths_of(model: type[Model]) -> Iterator[str]:
    """The paths of its columns, and of those one relation further."""
    for name, field in columns_of(model):
        yield name
        if field.related_model:
            yield from (f"{name}__{further}" for further, _ in columns_of(field.related_model))


def asked(model: type[Model]) -> dict[str, Any]:
    return dict(desk_of(model).asked_by_filters(RequestFactory().get(list_of(model))))


@each_model
def test_no_look_up_is_allowed_but_those_of_the_filters(model: type[Model]) -> None:
    """Each that Django knows for each field, and one relation further."""
    desk, request = desk_of(model), RequestFactory().get(list_of(model))
    shown = set(asked(model))
    for path in paths_of(model):
        for lookup in {*LOOKUPS, "__iregex", "__icontains", "__year", "__date", "__lt", "__gte"}:
            name = f"{path}{lookup}"
            if name not in shown:
                assert not desk.lookup_allowed(name, "1", request), name
    assert not desk.lookup_allowed("no_such_column", "1", request)


@pytest.mark.siege
@each_model
def test_whoever_sees_the_list_asks_no_column_of_it(staffed: Staffed, model: type[Model]) -> None:
    """400, by every role that sees it, whatever the value: nothing can be told from it."""
    path, columns = list_of(model), [name for name, _ in columns_of(model)]
    for role in STAFF:
        client = staffed.client(role)
        if client.get(path).status_code == 403:
            continue
        for number, column in enumerate(columns if role == "Auditor" else columns[::4]):
            name = f"{column}{'__regex' if role == 'Auditor' else LOOKUPS[number % 8]}"
            if name not in asked(model):
                said = [client.get(path, {name: value}) for value in ("1", ".")]
                assert [each.status_code for each in said] == [400, 400], (role, name)
                assert plain(said[0]) == plain(said[1]), (role, name)


def plain(response: Any) -> str:
    """Without what is new with each answer."""
    text = response.content.decode()
    return re.sub(r'(nonce|value|content)="[^"]{20,}"|"X-CSRFToken": *"[^"]*"', "", text)


@pytest.mark.siege
@each_model
def test_the_filters_ask_what_their_links_ask(staffed: Staffed, model: type[Model]) -> None:
    """We allow exactly what Django's filters take; and every link beside the list leads there."""
    desk = desk_of(model)
    request = RequestFactory().get(list_of(model))
    request.user = staffed.world.superuser
    taken = set()
    for row in desk.get_list_filter(request):
        if isinstance(row, str):
            field = admin.utils.get_fields_from_path(model, row)[-1]
            made: Any = admin.FieldListFilter.create(field, request, {}, model, desk, row)
        else:
            assert isinstance(row, type)
            made = row(request, {}, model, desk)
        taken |= set(made.expected_parameters())
    assert set(asked(model)) == taken
    client = staffed.client("superuser")
    shown = links(client.get(list_of(model)))
    narrower = {link for link in shown if link.startswith("?")}
    assert narrower or not taken
    for link in sorted(narrower)[:8]:
        assert client.get(list_of(model) + link).status_code == 200, link


def test_what_our_own_pages_link_to_is_answered(staffed: Staffed) -> None:
    client = staffed.client("superuser")
    shown = links(client.get("/admin/"))
    asking = {link for link in shown if link.startswith("/admin/") and "?" in link}
    mail = {f"/admin/outbox/message/?{query}" for query in ("state__exact=queued", "task=open")}
    assert mail < asking
    for link in asking:
        assert client.get(link).status_code == 200, link


# Values ----------------------------------------------------------------------------------

MOMENTS = [
    "99999", "99999-01-01", "9999-12-31 23:59:59", "9999-12-31 23:59:59-23:59", "2026-02-30",
    "0001-01-01 00:00:00", "0001-01-01 00:00:00+23:59", "0000-00-00", "2026-11-24",
]  # fmt: skip
VALUES = [
    "x", "", "-1", "1_0", "²", "1e400", "9" * 18, "9" * 5000, str(2**63), "a\0", "\ud800",
    "' OR 1=1", "1,2",
]  # fmt: skip


@pytest.mark.siege
@each_model
def test_whatever_a_filter_is_given_is_answered(staffed: Staffed, model: type[Model]) -> None:
    client, path = staffed.client("superuser"), list_of(model)
    assert client.get(path, {"_facets": "1"}).status_code == 200
    for name, field in asked(model).items():
        for value in (MOMENTS if isinstance(field, DateTimeField) else []) + VALUES:
            query = urlencode({name: value}, errors="surrogatepass")
            assert client.get(path, QUERY_STRING=query).status_code in (200, 400), query


def test_a_page_that_is_not_there_any_more_leads_to_the_first(
    staffed: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_of(User), "list_per_page", 1)
    path = list_of(User)
    answer = staffed.client("superuser").get(f"{path}?p=9999")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{path}?e=1")


@pytest.mark.parametrize(
    "query",
    [
        "placed_at__year=99999", "placed_at__year=2026", "placed_at__month=13",
        "placed_at__gte=2026-01-01", "id__exact=x", "nonsense=1", "kind__exact=%00",
        "kind__exact=new&po_number__startswith=P",
    ],
)  # fmt: skip
def test_a_year_that_no_calendar_has_is_a_bad_request(staffed: Staffed, query: str) -> None:
    assert staffed.client("superuser").get(f"{list_of(Order)}?{query}").status_code == 400


def test_a_day_is_asked_for_as_the_filter_writes_it(staffed: Staffed) -> None:
    client, path = staffed.client("superuser"), "/admin/companies/membershipevent/"
    since = {"at__gte": "2020-01-01 00:00:00+00:00", "at__lt": "2030-01-01 00:00:00+00:00"}
    assert client.get(path, since).context["cl"].result_count > 0
    assert client.get(path, {"at__gte": since["at__lt"]}).context["cl"].result_count == 0


# Other doors -----------------------------------------------------------------------------

# What `q=` and `o=` go by, which would tell it letter by letter, too: all of it is shown in the
# list or on the page of a row. If you add one, look that it is.
TOLD = {
    "admin.LogEntry": "action_time content_type object_repr user user__email__contains",
    "auth.Group": "name",
    "companies.Company": "active auto_issue created_at name_key__contains_name name_sort time_zone",
    "companies.Membership": (
        "company company__name_key__contains_name role since user user__email__contains "
        "user__full_name"
    ),
    "companies.MembershipEvent": (
        "at by by__email__contains company company__name_key__contains_name email email__contains "
        "role_after role_before what"
    ),
    "companies.User": "email email__contains full_name is_active is_staff last_login",
    "licensing.Family": (
        "asks_changeover code name position reissue_on_add reissue_on_renew "
        "reissue_on_upgrade tagline"
    ),
    "licensing.Installation": (
        "changed_at company end_customer revision_count site_name_key__contains_name site_name_sort"
    ),
    "licensing.Product": (
        "active description family kit_of kit_quantity part_number requires term_years tier unit"
    ),
    "licensing.UpgradePath": "active family from_product__family__code",
    "notifications.Contact": (
        "company confirmations email email__contains expiry holds installation "
        "installation__site_name_key__contains_name language name"
    ),
    "notifications.NoticeRun": "ended_at failures host installations mails outcome started_at",
    "orders.Order": (
        "company installation__site_name_key__contains_name placed_at reference__startswith site "
        "site_name_key__contains_name state"
    ),
    "outbox.ArchivedMessage": "message_id__exact queued_at sent_at state subject to",
    "outbox.Message": (
        "attempts due_at error message_id__exact queued_at record sent_at state subject to"
    ),
}


@each_model
def test_lists_search_and_sort_by_what_is_shown(model: type[Model]) -> None:
    desk, request = desk_of(model), RequestFactory().get("/")
    found = {str(path) for path in desk.get_search_fields(request)}
    for name in desk.get_list_display(request):
        found.add(getattr(getattr(desk, str(name), None), "admin_order_field", str(name)))
    assert found - {"__str__"} == set(TOLD[model._meta.label].split())


SECRET = {"password", "token_hash", "raw", "claim", "totp", "secret", "session_key", "data"}


@each_model
def test_no_secret_is_searched_sorted_by_or_shown(model: type[Model]) -> None:
    desk, request = desk_of(model), RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    names = [*TOLD[model._meta.label].split(), *asked(model), *(desk.fields or ())]
    for name in (*names, *desk.get_fields(request, model())):
        assert not SECRET & set(str(name).split("__")), name


@pytest.mark.siege
@each_model
def test_a_row_is_found_by_its_key_only(staffed: Staffed, model: type[Model]) -> None:
    """A popup names a column by which the row is found: `_to_field`."""
    client, key = staffed.client("superuser"), model._meta.pk.name
    row = model._default_manager.first()
    assert row is not None
    assert client.get(list_of(model), {"_popup": "1", "_to_field": key}).status_code == 200
    for field in model._meta.concrete_fields:
        if field.name == key:
            continue
        found = client.get(list_of(model), {"_popup": "1", "_to_field": field.attname})
        assert found.status_code == 400, field.name
        value = getattr(row, field.attname)
        if isinstance(value, str | int) and value != "" and "/" not in str(value):
            page = f"{list_of(model)}{admin.utils.quote(str(value))}/change/"
            assert client.get(page, {"_to_field": field.attname}).status_code == 400, field.name


@pytest.mark.siege
def test_choosers_are_answered_for_the_desks_forms_and_for_no_other_relation(
    staffed: Staffed,
) -> None:
    client = staffed.client("superuser")
    answered = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=True):
            source = {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name or "",
                "field_name": field.name,
            }
            status = client.get("/admin/autocomplete/", source | {"term": "a"}).status_code
            assert status in (200, 403, 404), source
            if status == 200:
                answered.add(f"{model._meta.model_name}.{field.name}")
                hostile = client.get("/admin/autocomplete/", source | {"term": "a\0"})
                assert hostile.status_code == 400
    assert answered == {
        "contact.installation", "contact.company",
        "installation.company", "installation.end_customer",
    }  # fmt: skip


def test_no_page_of_any_row_is_found_by_its_number_alone(staffed: Staffed) -> None:
    """Django's "view on site" led any staff user to the reference of any order."""
    types = apps.get_model("contenttypes", "ContentType").objects.all()
    client = staffed.client("none")
    for kind in types:
        assert client.get(f"/admin/r/{kind.pk}/1/").status_code == 404


def test_nothing_is_chosen_by_its_number_from_a_popup_or_exported() -> None:
    for desk in admin.site._registry.values():
        inlines = [each(desk.model, admin.site) for each in desk.inlines]
        for each in (desk, *inlines):
            assert not each.raw_id_fields, each
        assert not desk.date_hierarchy, f"{desk} has links that lookup_allowed does not know"
        assert not hasattr(desk, "export_action"), desk


@pytest.mark.parametrize("foreign", [None, admin.ModelAdmin])
def test_a_model_with_anything_but_our_own_base_is_refused(foreign: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="DeskAdmin"):
        admin.site.register(Membership, foreign)
    assert all(isinstance(desk, DeskAdmin) for desk in admin.site._registry.values())
