import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db import migrations

BATCH = 1000
CODES = {
    "SamePurchaseOrder": "same_po",
    "SameLines": "same_lines",
    "SameSite": "same_site",
    "InstallationChanged": "changed",
    "NotCovered": "not_covered",
    "OtherFamilyQuoted": "other_family",
    "StartAskedFor": "start_asked_for",
    "UsedPurchaseOrder": "used_po",
    "MissingBase": "missing_base",
}
PAGE = re.compile(r"/(orders|installations)/(\w+)/")
PAGE_IN_TOKEN = re.compile(r"\|/(?:orders|installations)/(\w+)/(?=\||$)")


def rewrite(apps: Any, schema_editor: Any) -> None:
    """A remark is told by a code, not by the name of a class, and has no address of a page.

    So have the boxes that drafts ticked: their tokens named the addresses. Nothing else is changed.
    """
    orders = apps.get_model("orders", "Order").objects.exclude(remarks=[])
    drafts = apps.get_model("orders", "Draft").objects.filter(data__has_key="confirmed")
    told = _rewritten(orders, "remarks", lambda remarks: [remark_of_now(each) for each in remarks])
    ticked = _rewritten(drafts, "data", draft_of_now)
    if told or ticked:
        print(f"\n  Remarks of {told} orders, and ticked boxes of {ticked} drafts, were rewritten.")


def _rewritten(rows: Any, column: str, of_now: Callable[[Any], Any]) -> int:
    """How many were not as they are now."""
    count = 0
    for batch in _batches(rows.only(column)):
        changed = []
        for row in batch:
            before = getattr(row, column)
            setattr(row, column, of_now(before))
            if getattr(row, column) != before:
                changed.append(row)
        count += rows.bulk_update(changed, [column])
    return count


def _batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        yield batch


def remark_of_now(remark: dict[str, Any]) -> dict[str, Any]:
    changed = {**remark, "kind": CODES.get(remark["kind"], remark["kind"])}
    if "earlier" in remark:
        changed["earlier"] = [_earlier_of_now(each) for each in remark["earlier"]]
    return changed


def _earlier_of_now(earlier: dict[str, Any]) -> dict[str, Any]:
    """The order or installation that it points to, instead of the address of its page."""
    if "path" not in earlier:
        return earlier
    page = PAGE.fullmatch(earlier["path"])
    if page is None:
        raise ValueError(f"This is no page of an order or an installation: {earlier['path']}")
    kind, reference = page.groups()
    return {
        "name": earlier["name"],
        "on": earlier["on"],
        "order": reference if kind == "orders" else "",
        "site": reference if kind == "installations" else "",
    }


def draft_of_now(data: dict[str, Any]) -> dict[str, Any]:
    tokens = [PAGE_IN_TOKEN.sub(r"|\1", token) for token in data["confirmed"]]
    return {**data, "confirmed": tokens}


class Migration(migrations.Migration):

    dependencies = [("orders", "0012_drafts_of_forms")]

    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop)]
