"""Brings the vendor's catalog into the database."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import models, transaction

from licensing.models import Family, Product

CATALOG = Path(__file__).with_name("catalog.toml")
_REFERENCES = ("family", "kit_of", "requires", "counts_as")  # part numbers and codes, not values


@transaction.atomic
def load_catalog(path: Path = CATALOG) -> int:
    """Adds the families and products that are missing; returns how many.

    What is there already is left alone, so it can run at every upgrade without undoing
    what staff changed. A product must come after the ones that it refers to.
    """
    catalog = tomllib.loads(path.read_text(encoding="utf-8"))
    added = 0
    for position, row in enumerate(catalog["families"], start=1):
        added += _add(Family, {"position": position, **row})
    for position, row in enumerate(catalog["products"], start=1):
        added += _add(Product, {"position": position, **row})
    return added


def _add(model: type[models.Model], row: Mapping[str, Any]) -> bool:
    values = {f"{name}_id" if name in _REFERENCES else name: row[name] for name in row}
    candidate = model(**values)
    if model._default_manager.filter(pk=candidate.pk).exists():
        return False
    candidate.clean_fields()
    candidate.save(force_insert=True)
    return True
