"""Loads the vendor's catalog into the database."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from licensing.models import Family, Product, UpgradePath, reads_like
from texts import parts

CATALOG = Path(__file__).with_name("catalog.toml")
_REFERENCES = ("family", "kit_of", "requires", "counts_as")  # they name other rows


@transaction.atomic
def load_catalog(path: Path = CATALOG) -> int:
    """Adds the families and products that are missing; returns how many.

    Existing rows stay as they are, so it can run at every upgrade without undoing changes of staff.
    A product must come after the products that it refers to. Raises ValidationError where two part
    numbers read alike.
    """
    catalog = tomllib.loads(path.read_text(encoding="utf-8"))
    _check_apart(row["part_number"] for row in catalog["products"])
    return (
        _add(Family, catalog["families"])
        + _add(Product, catalog["products"])
        + _add_paths(catalog["upgrades"])
    )


def _check_apart(names: Iterable[str]) -> None:
    """Checks only the rows that are added: existing products may be sold already. One statement."""
    there = set(Product.objects.values_list("pk", flat=True))
    by_key = {parts.same_key(name): name for name in there}
    for name in names:
        other = by_key.setdefault(parts.same_key(name), name)
        if name not in there and other != name:
            raise ValidationError(reads_like(name, other))


def _add(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> int:
    """Takes two statements. The database checks the references of the rows."""
    there = set(model._default_manager.values_list("pk", flat=True))
    candidates = [_read(model, row, position) for position, row in enumerate(rows, start=1)]
    missing = [candidate for candidate in candidates if candidate.pk not in there]
    for candidate in missing:
        candidate.clean_fields(exclude=_REFERENCES)
    model._default_manager.bulk_create(missing)
    return len(missing)


def _add_paths(rows: Sequence[Mapping[str, str]]) -> int:
    """Adds product pairs; a pair has no name that could be its key."""
    there = set(UpgradePath.objects.values_list("from_product", "to_product"))
    pairs = [(row["from"], row["to"]) for row in rows]
    missing = [
        UpgradePath(from_product_id=source, to_product_id=target)
        for source, target in pairs
        if (source, target) not in there
    ]
    UpgradePath.objects.bulk_create(missing)
    return len(missing)


def _read(model: type[models.Model], row: Mapping[str, Any], position: int) -> models.Model:
    values = {f"{name}_id" if name in _REFERENCES else name: row[name] for name in row}
    return model(position=position, **values)
