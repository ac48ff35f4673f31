"""Fields that no form has, sent along with those that it has."""

from __future__ import annotations

from tests.dump import our_models
from tests.world import World


def every_field(world: World) -> dict[str, str]:
    """Values that no user may set: all columns by their names, other companies' rows first."""
    summit, outsider = str(world.cast.summit.pk), str(world.cast.outsider.pk)
    rows = {"Company": summit, "User": outsider, "Installation": str(world.site.pk)}
    values: dict[str, str] = {}
    for model in our_models():
        for column in model._meta.get_fields():
            to = getattr(column.related_model, "__name__", "")
            value = "on" if column.name.startswith(("is_", "auto_")) else rows.get(to, "1")
            values |= {column.name: value, getattr(column, "attname", column.name): value}
    values |= {"role": "owner", "state": "issued", "id": summit, "pk": summit, "po_number": "1"}
    return values | {f"lines-0-{name}": value for name, value in values.items()}
