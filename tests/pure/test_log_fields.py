"""The log prints every field that the code gives it in `extra=`.

The formatter prints the fields of a list and drops all others. This reads the code for the names of
all fields: of dictionaries in `extra=` itself, of names and functions that make them, and of
arguments that are handed on.
"""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from portal.web import logs
from tests.sources import ROOT, modules_of_apps, nodes_of

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


@dataclass(frozen=True)
class Place:
    """A function, and the module that it stands in."""

    module: str
    function: ast.FunctionDef

    @property
    def parameters(self) -> list[str]:
        return [each.arg for each in (*self.function.args.args, *self.function.args.kwonlyargs)]


@cache
def modules() -> dict[str, Sequence[ast.AST]]:
    """The nodes of each, by its name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): nodes_of(path)
        for path in modules_of_apps()
    }


@cache
def functions(module: str) -> list[Place]:
    nodes = modules()[module]
    return [Place(module, node) for node in nodes if isinstance(node, ast.FunctionDef)]


@cache
def calls(place: Place) -> list[ast.Call]:
    return [node for node in ast.walk(place.function) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def given() -> set[tuple[str, str]]:
    """The modules, and the fields that they give."""
    return {
        (place.module, field)
        for module in modules()
        for place in functions(module)
        for call in calls(place)
        for keyword in call.keywords
        if keyword.arg == "extra" and name_of(call) in LEVELS
        for field in fields(keyword.value, place)
    }


def fields(value: ast.expr, place: Place) -> Iterator[str]:
    """The names of the fields in a dictionary. It fails where it can't read how one is made."""
    if isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if key is None:
                yield from fields(inner, place)
            else:
                yield ast.literal_eval(key)
    elif isinstance(value, ast.BinOp):
        yield from fields(value.left, place)
        yield from fields(value.right, place)
    elif isinstance(value, ast.Call):
        yield from returned(name_of(value), place.module)
    elif isinstance(value, ast.Name):
        yield from of_name(value.id, place)
    else:
        pytest.fail(f"{place.module}: write a dictionary, not {ast.unparse(value)}")


def returned(name: str, module: str) -> Iterator[str]:
    made = [place for place in functions(module) if place.function.name == name]
    assert made, f"{module}: {name} is not made here"
    for place in made:
        for node in ast.walk(place.function):
            if isinstance(node, ast.Return) and node.value:
                yield from fields(node.value, place)


def of_name(name: str, place: Place) -> Iterator[str]:
    args = place.function.args
    if args.kwarg and args.kwarg.arg == name:
        yield from handed_on(place)
        return
    if name in place.parameters:
        for caller, call in callers(place):
            yield from fields(argument(call, name, place), caller)
        return
    made = [
        node.value
        for node in ast.walk(place.function)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    assert made, f"{place.module}: {name} is made elsewhere"
    for value in made:
        yield from fields(value, place)


def handed_on(place: Place) -> Iterator[str]:
    """The keywords of all calls that are no parameter."""
    for _caller, call in callers(place):
        names = [keyword.arg or "" for keyword in call.keywords]
        assert all(names), f"{ast.unparse(call)} hands on what can't be read"
        yield from (name for name in names if name not in place.parameters)


def argument(call: ast.Call, name: str, place: Place) -> ast.expr:
    at = place.parameters.index(name)
    if at < len(call.args):
        return call.args[at]
    return next(keyword.value for keyword in call.keywords if keyword.arg == name)


@cache
def callers(place: Place) -> list[tuple[Place, ast.Call]]:
    """In its own module, and where it is imported."""
    return [
        (caller, call)
        for module in modules()
        if module == place.module or place.module in imported(module)
        for caller in functions(module)
        for call in calls(caller)
        if name_of(call) == place.function.name
    ]


@cache
def imported(module: str) -> set[str]:
    """The modules that it imports, or imports something of."""
    nodes = [node for node in modules()[module] if isinstance(node, ast.ImportFrom)]
    inside = {f"{node.module}.{each.name}" for node in nodes for each in node.names}
    return inside | {node.module or "" for node in nodes}


def printed(field: str) -> bool:
    record = logging.makeLogRecord({"msg": "event", "levelname": "INFO", field: "value"})
    line: dict[str, str] = json.loads(logs.formatter(as_json=True).format(record))
    return line.get(field) == "value"


def test_the_log_prints_every_field_that_the_code_gives_it() -> None:
    assert len({module for module, _field in given()}) > 5, "the code gives fields in many places"
    dropped = sorted((module, field) for module, field in given() if not printed(field))
    assert dropped == []


def test_the_log_lists_no_field_that_the_code_never_gives() -> None:
    assert set(logs.FIELDS) - {field for _module, field in given()} == set()


def test_a_field_that_is_not_listed_is_dropped() -> None:
    assert not printed("address")
