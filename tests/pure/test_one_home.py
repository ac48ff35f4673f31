"""A rule of one place stays there: the code and the templates are read for twins of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from django import forms
from django.apps import apps

from orders.bulk.reading import LENGTHS
from tests.sources import PACKAGES, ROOT, modules_of_apps, nodes_of
from texts.addresses import MAX_ADDRESS
from texts.names import LONGEST_NAME
from texts.po_numbers import MAX_PO_NUMBER

Place = str  # a path in the project
LONGEST = {"po_number": MAX_PO_NUMBER, "site_name": LONGEST_NAME, "email": MAX_ADDRESS}
SERIAL_FIELD = re.compile(r"serial_(?:[A-Z]+\d*)?$")


@cache
def modules() -> dict[Place, Sequence[ast.AST]]:
    """The nodes of each."""
    return {str(path.relative_to(ROOT)): nodes_of(path) for path in modules_of_apps()}


@cache
def templates() -> dict[Place, str]:
    paths = (ROOT / "templates").rglob("*.*")
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def places_of(names: set[str]) -> set[Place]:
    """Where one of them is read as an attribute or called by its name."""
    return {
        place
        for place, nodes in modules().items()
        for node in nodes
        if (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.Name) and node.id in names)
    }


def strings(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The texts of a module, and the pieces of those that are put together."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_po_numbers_sites_and_addresses_are_as_long_in_tables_forms_and_files() -> None:
    columns = {
        str(field): (field.name, field.max_length)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if model.__module__.split(".")[0] in PACKAGES and getattr(field, "max_length", None)
    }
    fields = {
        f"{form.__module__}.{form.__name__}.{name}": (name, getattr(field, "max_length", None))
        for form in all_forms()
        for name, field in form.base_fields.items()
    }
    cells = {f"file.{name}": (name, length) for name, length in LENGTHS.items()}
    told = {
        where: (name, length)
        for where, (name, length) in {**columns, **fields, **cells}.items()
        if name in LONGEST
    }
    wrong = {where for where, (name, length) in told.items() if LONGEST[name] != length}
    assert wrong == {  # allauth's, which `portal.accounts.login.Worded` shortens
        "portal.accounts.login.NewEmailForm.email",
        "portal.accounts.login.ResetPasswordForm.email",
    }
    assert {
        "orders.Order.po_number",
        "orders.Order.site_name",
        "licensing.Installation.site_name",
        "notifications.Contact.email",
        "orders.form.order_form.OrderForm.po_number",
        "portal.customers.public.purchase_order.PurchaseOrderForm.site_name",
        "companies.forms.InviteForm.email",
        "file.po_number",
        "file.site_name",
    } <= told.keys()


def test_their_lengths_are_written_down_once() -> None:
    """The 40 of a PO number is that of other columns, too: the test above tells them apart."""
    places = {
        place
        for place, nodes in modules().items()
        for node in nodes
        if isinstance(node, ast.keyword)
        and node.arg == "max_length"
        and isinstance(node.value, ast.Constant)
        and node.value.value in {LONGEST_NAME, MAX_ADDRESS}
    }
    assert places == set()
    constants = {
        place
        for place, nodes in modules().items()
        for node in nodes
        if isinstance(node, ast.Constant) and node.value == MAX_ADDRESS
    }
    assert constants == set(), "texts.addresses has it"


def all_forms() -> list[Any]:
    """The forms of the portal, each of whose modules is loaded."""
    for place, nodes in modules().items():
        if any(isinstance(node, ast.ClassDef) and is_form(node) for node in nodes):
            import_module(place.removesuffix(".py").replace("/", "."))
    found, left = [], [forms.BaseForm]
    while left:
        form = left.pop()
        left += form.__subclasses__()
        if form.__module__.split(".")[0] in PACKAGES and hasattr(form, "base_fields"):
            found.append(form)
    return found


def is_form(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("Form") for base in node.bases)


def test_who_orders_for_a_company_is_decided_once_and_asked_by_permissions_only() -> None:
    assert places_of({"ORDERING_ROLES"}) == {"companies/ordering.py"}
    assert places_of({"orders_for", "orders_for_now"}) == {
        "licensing/permissions.py",
        "notifications/contacts.py",
        "orders/permissions.py",
    }


def test_companies_and_members_are_offered_by_one_form() -> None:
    choices = {
        place
        for place in places_of({"ModelChoiceField"})
        if {"Company", "User"}
        & {node.id for node in modules()[place] if isinstance(node, ast.Name)}
    }
    assert choices == {"orders/for_whom.py"}
    assert places_of({"companies_of"}) == {"orders/for_whom.py"}
    assert places_of({"companies_to_enter_for"}) == {
        "orders/for_whom.py",
        "portal/desk/orders/bulk.py",
        "portal/desk/orders/entry.py",
    }
    assert places_of({"members_of"}) == {
        "notifications/contacts.py",  # who of them a contact is
        "orders/for_whom.py",
        "orders/permissions.py",
    }


def test_roles_are_compared_where_members_are_managed_and_nowhere_else() -> None:
    """Outside they are shown, given and taken; what one allows is asked of a permission."""
    comparing = {place for place, nodes in modules().items() if any(map(compares_a_role, nodes))}
    assert comparing == {
        "companies/actions.py",  # whether it is another one
        "companies/models.py",  # owners
        "companies/ordering.py",
    }
    asked = re.compile(r"\{%-? *(?:if|elif)[^%]*(?:user\.may_|\brole\b)")
    found = [place for place, text in templates().items() if asked.search(text)]
    assert found == ["templates/parts/company_members.html"]  # which one is chosen in the list


def compares_a_role(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(isinstance(side, ast.Attribute) and side.attr == "role" for side in sides)
    reading = {"filter", "exclude", "get", "Q"}
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in reading
        and any((each.arg or "").split("__")[0] == "role" for each in node.keywords)
    )


def test_whether_an_order_is_placed_for_a_new_or_an_existing_installation_is_decided_once() -> None:
    assert places_of({"place_new", "place_existing"}) == {"orders/actions/place.py"}
    doors = {"orders/form/order_form.py", "orders/bulk/deciding.py", "portal/demo/build.py"}
    assert places_of({"place_order"}) == doors


def test_the_name_of_the_field_of_a_serial_is_made_and_read_in_one_module() -> None:
    making = {
        place
        for place, nodes in modules().items()
        if any(SERIAL_FIELD.fullmatch(text) for text in strings(nodes))
    }
    assert making == {"orders/form/serials.py"}
    assert [place for place, text in templates().items() if "serial_{" in text] == []


def test_what_to_quote_later_is_said_by_the_policy_of_the_license_type() -> None:
    """The public page draws the policy as a picture, with words in it that fit no other place."""
    to_quote = "Quote (?:it|this|the new)|Keep quoting|[Aa]lways quote it|quote this one"
    about_later = re.compile(to_quote + "|[Ee]very later (?:purchase )?order")
    saying = {
        place
        for place, nodes in modules().items()
        if any(about_later.search(text) for text in strings(nodes))
    }
    saying |= {place for place, text in templates().items() if about_later.search(text)}
    assert saying == {
        "licensing/wording.py",
        "notifications/confirmation/wording.py",  # to keep the confirmation
        "templates/customers/public.html",
        "templates/parts/rule_lanes.html",
    }


def test_what_is_left_to_renew_is_told_by_one_rule() -> None:
    asking = {"left_to_renew", "is_time_to_renew", "not_renewed"}
    assert places_of(asking) == {
        "licensing/renewals.py",
        "notifications/notices/expiry.py",  # the mail
        "orders/form/lines.py",  # what may be renewed at all
        "orders/form/renewals.py",  # the door
        "orders/rules/allocation.py",  # what a renewal takes
        "orders/rules/forecast.py",  # "renew instead?"
        "portal/customers/home.py",
        "portal/customers/installations/holdings.py",
        "portal/desk/installations.py",
        "portal/order/renewing.py",
    }
    texts = {place: "".join(strings(nodes)) for place, nodes in modules().items()} | templates()
    doors = {place for place, text in texts.items() if "?renew=" in text}
    assert doors == {
        "notifications/notices/expiry.py",
        "portal/customers/home.py",
        "templates/admin/licensing/installation/change_form.html",
        "templates/parts/held_terms.html",
    }


def test_rows_are_ordered_by_columns() -> None:
    """`order_by("revision")` would be by the order of revisions: that of their sites' names."""
    keys = {
        field.name
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if model.__module__.split(".")[0] in PACKAGES and field.is_relation
    }
    ordered = {
        f"{place}: {text}"
        for place, nodes in modules().items()
        for call in nodes
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "order_by"
        for text in strings(call.args)
        if text.lstrip("-").split("__")[-1] in keys
    }
    assert ordered == set()
