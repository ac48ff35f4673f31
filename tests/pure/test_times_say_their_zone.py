"""No text that a person reads has a time of day without its zone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.formats import get_format
from django.utils.translation import override

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("companies", "licensing", "limits", "notifications", "orders", "outbox", "portal")
FILTER = re.compile(r"\|(?:date|time)\b(?::([\"'][^\"']*[\"']|\w+))?")
NAMED = {f"{quote}{name}{quote}" for name in ("DATE_FORMAT", "DATETIME_FORMAT") for quote in "\"'"}
# What Python writes of a time by itself, with the hours in it
CLOCK = re.compile(r"%[HIMTX]|isoformat\(|TIME_FORMAT|\bctime\(")
# Of machines, each with its reason
MACHINES = {
    "portal/templatetags/portal.py": "the attribute of <time>, and the one tag",
    "portal/formats/en/formats.py": "the formats",
    "portal/formats/es/formats.py": "the formats",
    "notifications/models/notices.py": "says it by the format",
    "orders/form/lines.py": "the value of a choice: a day",
    "portal/desk/orders/decisions.py": "says it by the format",
    "portal/demo/build.py": "reads days of the story",
    "orders/bulk/file/xlsx_file.py": "a day of a workbook",
    "outbox/actions.py": "a line of the log, with its offset",
    "outbox/mailboxes.py": "no time: the escapes of an address",
    "outbox/transports.py": "the name of a file, in UTC by its Z",
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_format_of_a_time_ends_with_its_zone(language: str) -> None:
    with override(language):
        assert get_format("DATETIME_FORMAT").endswith(" T")


def test_templates_write_times_by_the_format_with_the_zone() -> None:
    templates = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("templates/**/*.txt")]
    assert len(templates) > 100
    bare = {
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in templates
        for found in FILTER.finditer(path.read_text())
        if found[1] not in NAMED
    }
    assert not bare, "Use {% moment %}, {% day %}, or one of the two named formats."


def test_code_writes_times_by_the_format_with_the_zone() -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).glob("**/*.py")
        if "migrations" not in path.parts and CLOCK.search(path.read_text())
    }
    assert found == {*MACHINES}, "Write a time for people by date_format(…, “DATETIME_FORMAT”)."
