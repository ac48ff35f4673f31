"""What is decided in one place stays there: the code and the templates are read for twins of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.texts import PACKAGES, ROOT

Place = str  # a path in the project
SERIAL_FIELD = re.compile(r"serial_(?:[A-Z]+\d*)?$")


@cache
def modules() -> dict[Place, ast.Module]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
        if "migrations" not in path.parts
    }


def templates() -> dict[Place, str]:
    paths = (ROOT / "templates").rglob("*.*")
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def places_of(names: set[str]) -> set[Place]:
    """Where one of them is read as an attribute or called by its name."""
    return {
        place
        for place, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.Name) and node.id in names)
    }


def strings(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, and the pieces of those that are put together."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_who_orders_for_a_company_is_decided_once_and_asked_by_permissions_only() -> None:
    assert places_of({"ORDERING_ROLES"}) == {"companies/ordering.py"}
    assert places_of({"orders_for", "orders_for_now"}) == {
        "licensing/permissions.py",
        "notifications/contacts.py",
        "orders/permissions.py",
    }


def test_roles_are_compared_where_members_are_managed_and_nowhere_else() -> None:
    """Outside they are shown, given and taken; what one allows is asked of a permission."""
    comparing = {
        place for place, tree in modules().items() if any(map(compares_a_role, ast.walk(tree)))
    }
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
        for place, tree in modules().items()
        if any(SERIAL_FIELD.fullmatch(text) for text in strings(tree))
    }
    assert making == {"orders/form/serials.py"}
    assert [place for place, text in templates().items() if "serial_{" in text] == []
