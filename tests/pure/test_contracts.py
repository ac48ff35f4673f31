"""Each contract of pyproject.toml, about which module may import which, holds and can break."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise, permutations, product
from pathlib import Path

import grimp
import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

ROOT = Path(__file__).parents[2]
configure()  # of import-linter, as its command does
OPTIONS = read_user_options(str(ROOT / "pyproject.toml"))
APPS = OPTIONS.session_options["root_packages"]
CONTRACTS = {each["name"]: each for each in OPTIONS.contracts_options}
TYPES = {"layers": LayersContract, "forbidden": ForbiddenContract}
HOUSE = "Imports go one way through the house"
PURE = "Rules import no Django and no models"
WALL = "Forms and pages may read what an order would do; only the verbs of orders write it"


@pytest.fixture(scope="module")
def house() -> grimp.ImportGraph:
    """All imports of the project, those of other packages included."""
    return grimp.build_graph(*APPS, include_external_packages=True, cache_dir=None)


def is_kept(name: str, house: grimp.ImportGraph) -> bool:
    options = CONTRACTS[name]
    contract = TYPES[options["type"]](name, OPTIONS.session_options, options)
    return bool(contract.check(deepcopy(house), verbose=False).kept)


def wrong_imports(name: str) -> Iterator[tuple[str, str]]:
    """The forbidden pairs: a layer and one above or beside it, a source and a forbidden module."""
    contract = CONTRACTS[name]
    if contract["type"] == "forbidden":
        sources, forbidden = contract["source_modules"], contract["forbidden_modules"]
        yield from product(sources, forbidden[:1])
        yield from product(sources[:1], forbidden[1:])
        return
    [container] = contract.get("containers", [""])
    layers = [
        [f"{container}.{module.strip()}".strip(".") for module in layer.split("|")]
        for layer in contract["layers"]
    ]
    for above, layer in pairwise([[], *layers]):
        yield from product(layer, above)
        yield from permutations(layer, 2)


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_holds(name: str, house: grimp.ImportGraph) -> None:
    assert is_kept(name, house)


@pytest.mark.parametrize(
    ("name", "importer", "imported"),
    [(name, *pair) for name in CONTRACTS for pair in wrong_imports(name)],
)
def test_one_import_too_many_breaks_it(
    name: str, importer: str, imported: str, house: grimp.ImportGraph
) -> None:
    changed = deepcopy(house)
    changed.add_import(importer=importer, imported=imported)
    assert not is_kept(name, changed)


def test_a_new_room_of_orders_needs_its_floor(house: grimp.ImportGraph) -> None:
    [inside] = [name for name, each in CONTRACTS.items() if each.get("containers") == ["orders"]]
    changed = deepcopy(house)
    changed.add_module("orders.cellar")
    assert not is_kept(inside, changed)


def test_every_app_has_its_place() -> None:
    layers = CONTRACTS[HOUSE]["layers"]
    placed = {app.strip() for layer in layers for app in layer.split("|")}
    assert placed == set(APPS) == {path.parent.name for path in ROOT.glob("*/apps.py")} | {"texts"}


def test_everything_pure_is_kept_from_django() -> None:
    pure = CONTRACTS[PURE]
    assert {"texts", "orders.rules", "notifications.rules"} <= set(pure["source_modules"])
    assert "django" in pure["forbidden_modules"]


def test_each_rule_with_mutants_is_kept_from_django() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    mutated = [
        path for each in options["tool"]["mutmut"]["only_mutate"] for path in ROOT.glob(each)
    ]
    assert mutated
    kept = {
        source
        for contract in CONTRACTS.values()
        if "django" in contract.get("forbidden_modules", ())
        for source in contract["source_modules"]
    }
    for path in mutated:
        room = path.relative_to(ROOT).with_suffix("")
        assert kept & {".".join(each.parts) for each in (room, *room.parents)}, path


def test_forms_and_the_desk_read_what_an_order_would_do(house: grimp.ImportGraph) -> None:
    """The wall has a door: deciding, which only reads, is what they import."""
    wall = CONTRACTS[WALL]
    assert {"orders.form", "portal"} <= set(wall["source_modules"])
    assert "orders.actions.issuing" in wall["forbidden_modules"]
    readers = house.find_modules_that_directly_import("orders.actions.deciding")
    assert {"orders.form.preview", "portal.desk.orders.issue_preview"} <= readers
