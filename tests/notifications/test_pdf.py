"""The confirmation as a PDF: for the eye, for the ear, and for the archive."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
import segno
from PIL import Image
from pytest_django import Settings

from licensing.serial_policy import Action, Outcome
from notifications.confirmation import pdf as confirmation_pdf
from notifications.confirmation.facts import ConfirmationFacts, LineFact, SerialFact
from notifications.confirmation.letters import pdf_of
from notifications.confirmation.samples import (
    HELD,
    ISS_STAYS,
    REFERENCE,
    VAI_REPLACES,
    sample_facts,
)
from tests.notifications.lines import sixty_lines
from tests.notifications.reading import pdf_pages
from texts.as_json import from_json, to_json

THIRD = SerialFact("XYZ", "XYZ-3K8M-2QWX-9TZ8-7HPC", Outcome.NEW)


def drawn(language: str = "en", **facts: Any) -> bytes:
    return pdf_of(sample_facts(**facts), language)


def test_the_usual_order_is_one_page() -> None:
    lines = tuple(LineFact(Action.ADD, 4, "ISS-Expert", 4, 8) for _ in range(5))
    assert len(pdf_pages(drawn(lines=lines, held=(*HELD, *HELD)))) == 1
    assert len(pdf_pages(drawn("es", serials=(ISS_STAYS, VAI_REPLACES, THIRD)))) == 1


def test_60_lines_are_all_there_with_a_head_and_a_number_on_each_page() -> None:
    pages = pdf_pages(drawn(**sixty_lines()))
    assert 3 <= len(pages) <= 5
    for number, page in enumerate(pages, 1):
        assert f"Page {number} / {len(pages)}" in page
        assert "Part number" in page
    for units in range(1, 61):
        assert f"Added {units} VS-ES1" in " ".join(pages)


def test_the_same_record_gives_the_same_bytes() -> None:
    facts = sample_facts()
    first = pdf_of(facts, "en")
    again = from_json(to_json(facts), ConfirmationFacts)
    confirmation_pdf._compiler.cache_clear()  # as on another day
    assert pdf_of(again, "en") == first
    assert pdf_of(sample_facts(po_number="4712"), "en") != first


def test_it_is_tagged_says_its_language_and_has_a_title() -> None:
    for language, po in (("en", "PO"), ("es", "OC")):
        pdf = drawn(language)
        assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
        assert f"/Lang ({language})".encode() in pdf or f"/Lang({language})".encode() in pdf
        assert b"/MarkInfo" in pdf
        with pypdfium2.PdfDocument(pdf) as document:
            assert document.get_metadata_dict()["Title"].endswith(
                f"· Harbor Point Terminal · {po} 4711"
            )


def test_it_names_vendor_dealer_and_end_customer(settings: Settings) -> None:
    settings.VENDOR_NAME = "Vendor of the test"
    (first, *_more) = pdf_pages(drawn(dealer="Harbor Security", end_customer="Bayview Schools"))
    said = " ".join(first.split())
    for text in ("Vendor of the test", "Dealer Harbor Security", "End customer Bayview Schools"):
        assert text in said, said
    assert "End customer" not in " ".join(pdf_pages(drawn()))


def test_what_was_kept_before_companies_were_is_drawn_without_them() -> None:
    stored = to_json(sample_facts())
    del stored["dealer"], stored["end_customer"]
    assert "Dealer" not in " ".join(pdf_pages(pdf_of(from_json(stored, ConfirmationFacts), "en")))


@pytest.mark.parametrize(
    ("language", "dead", "way"),
    [
        ("en", "Say so here", "by the link in the email"),
        ("es", "Indíquelo aquí", "con el enlace del correo"),
    ],
)
def test_on_paper_it_says_in_words_where_its_links_lead(language: str, dead: str, way: str) -> None:
    """A link that can only be pressed is dead there; the address of the page can be typed."""
    link = "http://localhost:8000/entered/a-long-token/"
    pdf = drawn(language, serials=(replace(VAI_REPLACES, entered_url=link),))
    said = " ".join(" ".join(pdf_pages(pdf)).split())
    assert dead not in said
    assert way in said
    assert f"http://localhost:8000/installations/{REFERENCE}/" in said
    assert link.encode() in pdf, "on the screen it can still be pressed"


def test_every_link_of_the_pdf_has_words_for_paper() -> None:
    """Each `link(address, words)` of the layout takes words that are made for it."""
    layout = confirmation_pdf.TEMPLATE.read_text(encoding="utf-8")
    words = re.findall(r"\blink\([^,]+, *([^)]+)", layout)
    assert words
    assert all("_on_paper" in each for each in words), words


def test_the_check_of_pdf_ua_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that no font of ours has is refused."""
    monkeypatch.setattr(confirmation_pdf, "_not_in", lambda families: re.compile("(?!)"))
    with pytest.raises(confirmation_pdf.NotDrawn) as refused:
        drawn(site_name="🚢")
    assert "PDF/UA-1" in str(refused.value.__cause__)


def test_the_fonts_have_all_that_is_not_shown_as_a_box() -> None:
    kept = [
        chr(code)
        for code in range(0x20, 0x2600)
        if not confirmation_pdf._not_in([]).match(chr(code))
    ]
    assert len(kept) > 1500
    drawn(site_name=" ".join(kept))


def test_only_the_fonts_that_come_with_it_are_used() -> None:
    fonts = set(re.findall(rb"/FontName ?/[A-Z]{6}\+([\w-]+)", drawn()))
    assert {name.split(b"-")[0] for name in fonts} == {b"LibertinusSerif", b"DejaVuSansMono"}


def test_a_serial_is_large_in_a_monospaced_face_and_its_qr_code_says_what_it_is() -> None:
    with pypdfium2.PdfDocument(drawn(serials=(ISS_STAYS,))) as document:
        page = document[0]
        picture: Image.Image = page.render(scale=4).to_pil().convert("L")
        text = page.get_textpage()
        searcher = text.search(ISS_STAYS.number)
        start, count = searcher.get_next()
        boxes = [text.get_charbox(index) for index in range(start, start + count)]
    first, last = boxes[0][0], boxes[-1][0]
    advance = (last - first) / (len(boxes) - 1)
    strays = [abs(box[0] - first - at * advance) for at, box in enumerate(boxes)]
    assert max(strays) < advance / 3
    assert max(top - bottom for _, bottom, _, top in boxes) > 9  # points
    assert _is_qr_code_of(ISS_STAYS.number, picture)


def _is_qr_code_of(number: str, picture: Image.Image) -> bool:
    """Its modules, where the card of the serial has it."""
    matrix = [list(row) for row in segno.make_qr(number).matrix]
    size = len(matrix)
    width, height = picture.size
    right = picture.crop((width * 78 // 100, height * 15 // 100, width, height * 31 // 100))
    box = right.point(lambda level: 255 if level < 40 else 0).getbbox()
    assert box is not None
    code = right.crop(box)
    step = code.width / size
    dots = code.convert("L").load()
    assert dots is not None
    middle = [int((number + 0.5) * step) for number in range(size)]
    seen = [[dots[x, y] in range(128) for x in middle] for y in middle]
    return seen == [[bool(module) for module in row] for row in matrix]


def test_several_threads_draw_at_once() -> None:
    """As web servers do; a compiler that is shared without a lock refuses."""
    expected = {number: drawn(po_number=str(number)) for number in range(4)}
    found: dict[int, bytes] = {}

    def draw(number: int) -> None:
        found[number] = drawn(po_number=str(number))

    threads = [threading.Thread(target=draw, args=[number]) for number in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected
