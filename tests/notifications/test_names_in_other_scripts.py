"""Names in Korean, Japanese, Chinese, Arabic, Thai and Hindi: on paper, and in names of files."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from licensing.models import Installation
from notifications.checks import check_fonts
from notifications.confirmation import pdf as confirmation_pdf
from notifications.confirmation import scripts
from notifications.confirmation.letters import file_name, pdf_of
from notifications.confirmation.samples import confirmation, sample_facts
from notifications.confirmation.scripts import SCRIPTS, Script
from notifications.confirmation.wording import compose
from tests.notifications.reading import made, pdf_pages
from tests.notifications.reading import pdf_of as pdf_in

NAMES = (Path(__file__).parents[1] / "data" / "names_in_other_scripts.txt").read_text().splitlines()
KOREAN, JAPANESE, ARABIC, THAI, HINDI = NAMES
CHINESE = "北京数据中心"
KANA = "大阪支社ビル"
BOX = "\u25a1"


def drawn(name: str) -> bytes:
    return pdf_of(sample_facts(site_name=name, po_number=name), "en")


def fonts_in(pdf: bytes) -> set[str]:
    names = re.findall(rb"/FontName ?/[A-Z]{6}\+([\w-]+)", pdf)
    return {name.decode().partition("-")[0] for name in names}


def heading(pdf: bytes) -> Image.Image:
    """The picture of the site's name."""
    with pypdfium2.PdfDocument(pdf) as document:
        page: Image.Image = document[0].render(scale=2).to_pil().convert("L")
    return page.crop((0, 100, page.width, 175))


def ink(picture: Image.Image) -> int:
    return sum(picture.point(lambda level: level < 128).histogram()[1:])


@pytest.mark.parametrize("name", [KOREAN, JAPANESE, CHINESE, KANA])
def test_a_name_is_there_letter_by_letter(name: str) -> None:
    lines = pdf_pages(drawn(name))[0].splitlines()
    assert lines[1] == name
    assert f"PO number {name} Order number" in lines[2]


@pytest.mark.parametrize("name", [ARABIC, THAI, HINDI])
def test_letters_that_are_joined_or_have_marks_are_there(name: str) -> None:
    """A reader's text of joined letters may have another order; none of them is missing."""
    page = pdf_pages(drawn(name))[0]
    assert BOX not in page
    assert set(name) <= set(page.splitlines()[1]) | {" "}


@pytest.mark.parametrize("name", [*NAMES, CHINESE, KANA])
def test_it_is_drawn_by_letters_of_its_own_and_not_as_boxes(name: str) -> None:
    boxes = "".join(each if each == " " else BOX for each in name)
    written, empty = heading(drawn(name)), heading(drawn(boxes))
    assert ink(written) > 300
    assert written.tobytes() != empty.tobytes()


def test_arabic_runs_from_right_to_left() -> None:
    with pypdfium2.PdfDocument(drawn(ARABIC)) as document:
        text = document[0].get_textpage()
        at, _ = text.search(f"{ARABIC[0]}{ARABIC[1]}").get_next()
        first, second = (text.get_charbox(index)[0] for index in (at, at + 1))
        last_word = text.get_charbox(at + 5)[0]
    assert first > second > last_word


def test_arabic_letters_are_joined() -> None:
    """A letter has another form inside a word than by itself."""
    apart = "\u200c".join(ARABIC)  # a mark that joins nothing
    assert heading(drawn(ARABIC)).tobytes() != heading(drawn(apart)).tobytes()


@pytest.mark.parametrize(
    ("name", "fonts"),
    [
        (KOREAN, {"KurintoSansKR"}),
        (JAPANESE, {"KurintoSansSC"}),
        (KANA, {"KurintoSansJP"}),
        (CHINESE, {"KurintoSansSC"}),
        ("서울 北京", {"KurintoSansKR"}),
        (ARABIC, {"KurintoSans"}),
        (THAI, {"KurintoSans"}),
        (HINDI, {"KurintoSans"}),
    ],
)
def test_a_name_has_one_look(name: str, fonts: set[str]) -> None:
    assert fonts_in(drawn(name)) - {"LibertinusSerif", "DejaVuSansMono"} == fonts


def test_a_pdf_has_the_letters_that_it_shows_and_no_whole_font() -> None:
    plain = len(pdf_of(sample_facts(), "en"))
    for name in (*NAMES, CHINESE, KANA):
        assert len(drawn(name)) < plain + 40_000


def test_a_name_in_latin_letters_needs_no_other_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its PDF is the same, byte for byte, on a machine that has none."""
    before = pdf_of(sample_facts(), "en")
    monkeypatch.setattr(scripts, "_families", frozenset[str])
    assert pdf_of(sample_facts(), "en") == before


@pytest.mark.parametrize("name", NAMES)
def test_the_same_record_gives_the_same_bytes(name: str) -> None:
    first = drawn(name)
    confirmation_pdf._compiler.cache_clear()  # as on another day
    scripts.fonts.cache_clear()
    assert drawn(name) == first


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.siege] * (each.name == "Chinese"))
        for each in SCRIPTS  # 27,000 Chinese characters take some seconds
    ],
)
def test_the_font_of_a_script_has_all_its_letters(script: Script) -> None:
    """PDF/UA refuses what no font has."""
    pattern = re.compile(f"[{script.characters}]")
    letters = [chr(code) for code in range(0x10000) if pattern.match(chr(code))]
    assert len(letters) > 80
    told = {**confirmation_pdf._data(compose(sample_facts())), "site_name": " ".join(letters)}
    assert confirmation_pdf._drawn(told, [script.family], sample_facts())


def test_a_machine_without_the_fonts_shows_boxes_and_its_check_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check_fonts() == []
    monkeypatch.setattr(scripts, "_families", lambda: frozenset({"Kurinto Sans"}))
    [warning] = check_fonts()
    assert warning.id == "notifications.W001"
    assert "Korean (Kurinto Sans KR), Japanese (Kurinto Sans JP), Chinese" in warning.msg
    assert "Thai" not in warning.msg
    assert warning.hint == "They come with the package weblate-fonts: python3 tools/install.py run"
    assert pdf_pages(drawn("아이 Pier"))[0].splitlines()[1] == f"{BOX}{BOX} Pier"


def test_what_fits_together_in_no_font_is_a_box_and_no_missing_pdf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = confirmation_pdf._drawn

    def strict(data: object, families: list[str], facts: object) -> bytes:
        if families:
            raise confirmation_pdf.NotDrawn
        return whole(data, families, facts)  # type: ignore[arg-type]

    monkeypatch.setattr(confirmation_pdf, "_drawn", strict)
    assert pdf_pages(drawn("아이 Pier"))[0].splitlines()[1] == f"{BOX}{BOX} Pier"


def test_a_long_name_without_blanks_stays_on_the_page() -> None:
    for letter in ("가", "語", "ก", "ข\u0e49", "ب", "क\u093f"):
        with pypdfium2.PdfDocument(drawn(letter * 100)) as document:
            page = document[0]
            text = page.get_textpage()
            boxes = [text.get_charbox(index) for index in range(text.count_chars())]
            assert max(box[2] for box in boxes) < page.get_width() - 40


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Harbor Point Terminal", "harbor-point-terminal-R3.pdf"),
        ("Pier 9 – Café (Ost)", "pier-9-cafe-ost-R3.pdf"),
        (KOREAN, "아이디스-본사-R3.pdf"),
        (JAPANESE, "東京本社-R3.pdf"),
        (ARABIC, "مبنى-الاستقبال-R3.pdf"),
        (THAI, "อาคารหลัก-R3.pdf"),
        (HINDI, "मुख्य-भवन-R3.pdf"),
        ("../../etc/passwd\r\n", "etcpasswd-R3.pdf"),
        ("\u202eevil\u2066", "evil-R3.pdf"),
        ("***", "7k3m9qwx4t-R3.pdf"),
        ("語" * 200, "語" * 60 + "-R3.pdf"),
    ],
)
def test_the_name_of_the_file_is_that_of_the_site(name: str, expected: str) -> None:
    site = Installation(site_name=name, reference="7k3m9qwx4t")
    assert file_name(site, "R3") == expected
    assert len(expected.encode()) < 255


def test_the_mail_has_the_file_under_that_name() -> None:
    mail = made(confirmation("en", site_name=KOREAN))
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "아이디스-본사-R4.pdf"
    assert pdf_pages(pdf_in(mail))[0].splitlines()[1] == KOREAN
