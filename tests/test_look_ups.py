"""The tool of `make check` that finds look-ups by the database's own idea of case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import look_ups

FOUND = {
    "a keyword": ("User.objects.get(email__iexact=typed)", "email__iexact"),
    "through relations": ("Q(user__email__icontains=q)", "user__email__icontains"),
    "a text": ('rows.filter(**{"company__name__istartswith": q})', "company__name__istartswith"),
    "a text that is put together": ('rows.filter(**{f"{column}__iexact": q})', "__iexact"),
    "a regular expression": ("orders.filter(po_number__iregex=q)", "po_number__iregex"),
    "a part of what was typed": ("sites.filter(site_name__contains=q)", "site_name__contains"),
    "a pattern": ("orders.filter(order__po_number__regex=q)", "order__po_number__regex"),
    "lower": ('UniqueConstraint(Lower("email"), name="x")', "Lower(email)"),
    "upper": ('rows.annotate(x=functions.Upper(F("product__part_number")))', "Upper(product__"),
    "folded by hand": ("known = by.email.strip().lower()", "email.lower()"),
    "casefold": ("same = one.site_name.casefold() == name", "site_name.casefold()"),
    "the desk's search": ('class A:\n    search_fields = ("email", "code")', "search_fields email"),
    "by its sign": ('class A:\n    search_fields: Any = ["=serials__number"]', "=serials__number"),
    "by a method": ('def get_search_fields(self, r):\n    return ["site_name"]', "site_name"),
}
RIGHT = {
    "equality": "User.objects.with_address(typed).filter(email=email)",
    "a part of the stored form": 'class A:\n    search_fields = ("email__contains", "full_name")',
    "another column": 'Message.objects.filter(subject__icontains=q).annotate(x=Lower("subject"))',
    "another text": "kind = text.casefold()",
}


@pytest.mark.parametrize("case", FOUND)
def test_it_finds(case: str) -> None:
    source, told = FOUND[case]
    [found] = look_ups.find(source, "x.py")
    assert told in str(found)
    assert str(found).startswith(f"x.py:{source.count(chr(10)) + 1}: ")


@pytest.mark.parametrize("case", RIGHT)
def test_it_leaves_alone(case: str) -> None:
    assert look_ups.find(RIGHT[case], "x.py") == []


def test_the_house_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert (look_ups.main(), capsys.readouterr().out) == (0, "")


def test_a_new_one_fails_and_so_does_a_leave_that_nothing_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "new.py").write_text("User.objects.get(email__iexact=typed)\n")
    found = look_ups.find_all(tmp_path)
    monkeypatch.setattr(look_ups, "find_all", lambda: found)
    monkeypatch.setattr(look_ups, "ALLOWED", {("portal/gone.py", "name"): "once"})
    assert look_ups.main() == 1
    assert capsys.readouterr().out == (
        "portal/new.py:1: email__iexact. Ask texts.addresses when two texts are the same.\n"
        "tools/look_ups.py: nothing in portal/gone.py needs name.\n"
    )
