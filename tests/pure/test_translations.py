"""No text lacks a translation, and each translation fits its text."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from tests.sources import ROOT
from tests.texts import Text, all_texts

HINT = "Run make messages, write what is missing into the catalog, and run it once more."
CATALOGS = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")
MARKUP = re.compile(r"</?\w+[^>]*>")


@pytest.fixture(params=CATALOGS, ids=[path.parts[-3] for path in CATALOGS])
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def catalog(path: Path) -> polib.POFile:
    return polib.pofile(str(path), wrapwidth=0)


def test_there_is_a_catalog_for_each_language_but_english() -> None:
    assert [path.parts[-3] for path in CATALOGS] == ["es"]


def test_it_has_every_text_and_no_other(catalog: polib.POFile) -> None:
    there, wanted = {key(entry) for entry in catalog}, all_texts()
    assert sorted(map(str, wanted - there)) == [], f"Texts that the catalog lacks. {HINT}"
    assert sorted(map(str, there - wanted)) == [], f"Texts that are nowhere any more. {HINT}"


def test_every_text_is_translated(catalog: polib.POFile) -> None:
    unsure = [entry.msgid for entry in catalog if entry.fuzzy or entry.obsolete]
    empty = [entry.msgid for entry in catalog if not all(map(str.strip, translations(entry)))]
    assert unsure == [], f"Translations to look at. {HINT}"
    assert empty == [], f"Texts without a translation. {HINT}"


def test_each_plural_has_its_forms(catalog: polib.POFile) -> None:
    match = re.match(r"nplurals=(\d+);", catalog.metadata["Plural-Forms"])
    assert match
    forms = set(range(int(match[1])))
    wrong = [each.msgid for each in catalog if each.msgid_plural and {*each.msgstr_plural} != forms]
    assert wrong == []


@pytest.mark.parametrize("parts", [PLACEHOLDER, MARKUP], ids=["placeholders", "markup"])
def test_what_is_filled_in_is_filled_in_there_too(
    catalog: polib.POFile, parts: re.Pattern[str]
) -> None:
    wrong = [
        (entry.msgid, text)
        for entry in catalog
        for number, text in enumerate(translations(entry))
        if {*parts.findall(text)} != {*parts.findall(original(entry, number))}
    ]
    assert wrong == []


def test_it_begins_and_ends_as_the_text_does(catalog: polib.POFile) -> None:
    wrong = [
        (entry.msgid, text)
        for entry in catalog
        for text in translations(entry)
        if edges(text) != edges(entry.msgid) or text.count("\n") != entry.msgid.count("\n")
    ]
    assert wrong == []


def test_what_the_site_reads_is_the_catalog(path: Path, catalog: polib.POFile) -> None:
    compiled = path.with_suffix(".mo").read_bytes()
    assert compiled == catalog.to_binary(), f"django.mo is older than django.po. {HINT}"


def key(entry: polib.POEntry) -> Text:
    return entry.msgctxt, entry.msgid, entry.msgid_plural or None


def translations(entry: polib.POEntry) -> list[str]:
    if entry.msgid_plural:
        return [entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural)]
    return [entry.msgstr]


def original(entry: polib.POEntry, number: int) -> str:
    return str(entry.msgid_plural if number else entry.msgid)


def edges(text: str) -> tuple[str, str]:
    """The space around it, and how it ends: a full stop more or less shows on the page."""
    bare = text.strip()
    ending = bare[-1:] if bare[-1:] in ".:?!…" else ""
    return text.replace(bare, "…"), ending
