"""The tool of `make check` that finds templates which print a serial number by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from licensing.models import Serial
from tools import printed_serials

FOUND = {
    "a number": ("<p>{{ row.serial.number }}</p>", "row.serial.number"),
    "a row, which prints as one": ("{{ each.after }}", "each.after"),
    "through a filter": ("{{ serial.number|upper }}", "serial.number"),
    "in a sentence": (
        "{% blocktranslate with old=row.before.number %}Not {{ old }}{% endblocktranslate %}",
        "row.before.number",
    ),
    "as a text of somebody's own": ("{% quoted row.after.number %}", "row.after.number"),
    "with a button": ("{% copy serial.number label %}", "serial.number"),
    "in an attribute that is read": ('<p title="{{ serial.number }}">', "serial.number"),
    "each of a list": ("{% for each in row.current %}{{ each }}{% endfor %}", "row.current"),
    "by a name that the tag gave away before": (
        "{% quoted it as number %}{{ number }}{% for number in all %}{{ number }}{% endfor %}",
        "all.number",
    ),
    "after a sentence with another number": (
        "{% blocktranslate with number=po %}{{ number }}{% endblocktranslate %}{{ number }}",
        "number",
    ),
}
RIGHT = {
    "the tag": "{% serial row.after as_of=order.revision copy=True %}",
    "what the tag made": "{% serial row.after as shown %}{{ shown }}",
    "what a form sends": '<input name="number" value="{{ serial.number }}">',
    "a question": "{% if row.after.number %}…{% endif %}",
    "another number": "{{ order.po_number }}",
    "another number in a sentence": (
        "{% blocktranslate with number=order.reference %}{{ number }}{% endblocktranslate %}"
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_it_finds(case: str) -> None:
    source, name = FOUND[case]
    (found,) = printed_serials.find(f"{{% load portal %}}\n{source}", "x.html")
    assert str(found).startswith(f"templates/x.html:2: {name} prints a serial number.")


@pytest.mark.parametrize("case", RIGHT)
def test_it_leaves_alone(case: str) -> None:
    assert printed_serials.find(RIGHT[case], "x.html") == []


def test_it_knows_every_column_that_refers_to_a_serial() -> None:
    columns = {
        field.name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Serial
    }
    assert columns <= printed_serials.NAMES


def test_the_house_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert (printed_serials.main(), capsys.readouterr().out) == (0, "")


def test_a_new_one_fails_and_so_does_a_leave_that_nothing_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new.html").write_text("{{ serial.number }}\n")
    found = printed_serials.find_all(tmp_path)
    monkeypatch.setattr(printed_serials, "find_all", lambda: found)
    monkeypatch.setattr(printed_serials, "ALLOWED", {("gone.html", "number"): "once"})
    assert printed_serials.main() == 1
    assert capsys.readouterr().out == (
        "templates/new.html:1: serial.number prints a serial number. "
        "Write {% serial … %}, which tells its standing.\n"
        "tools/printed_serials.py: nothing in gone.html needs number.\n"
    )
