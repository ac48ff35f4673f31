"""The confirmation as a PDF that can be printed, read aloud (PDF/UA-1) and made again.

The same record gives the same bytes: the PDF has the time of the issue, and its fonts come with
our packages, not from the machine.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.scripts import characters_of, families_for, fonts
from notifications.confirmation.wording import ToldConfirmation, ToldSerial
from texts.as_json import to_json

TEMPLATE = Path(__file__).with_name("confirmation.typ")
# What typst's own fonts have: Latin, Greek, Cyrillic, Hebrew, and signs. PDF/UA forbids missing
# characters, so what no font has is a box in the PDF; the mail shows it.
_UNASSIGNED = "[\u0378\u0379\u0380-\u0383\u038b\u038d\u03a2]"
_OWN = (
    " -~\u00a0-\u04ff\u05d0-\u05ea\u1e00-\u1eff\u200c\u200d\u2010-\u2040\u2068\u2069"
    "\u20a0-\u20bf\u2190-\u226f\u25a0-\u25ff"
)
_BOX = "\u25a1"
_ONE_AT_A_TIME = threading.Lock()  # threads must not share a compiler; it takes some 5 ms


class NotDrawn(Exception):
    """The PDF can't be made: a bug, or something that PDF/UA does not allow."""


def draw(told: ToldConfirmation, facts: ConfirmationFacts) -> bytes:
    """Draws the PDF in the active language, which is that of `told`. Raises NotDrawn."""
    data = _data(told)
    families = families_for(json.dumps(data, ensure_ascii=False))
    if families:
        with suppress(NotDrawn):  # a letter with the mark of another script is in no font
            return _drawn(data, families, facts)
    return _drawn(data, [], facts)


def _drawn(data: Mapping[str, Any], families: list[str], facts: ConfirmationFacts) -> bytes:
    """The PDF with typst's own fonts and these. A character that none of them has is a box."""
    told = json.dumps({**data, "fonts": families}, ensure_ascii=False)
    try:
        with _ONE_AT_A_TIME:
            pdf = _compiler(more_fonts=bool(families)).compile(
                format="pdf",
                sys_inputs={"told": _not_in(families).sub(_BOX, told)},
                pdf_standards=["ua-1"],
                timestamp=int(facts.issued_at.timestamp()),
            )
    except BaseException as error:  # a panic of typst's Rust is no Exception
        if isinstance(error, typst.TypstError) or type(error).__name__ == "PanicException":
            raise NotDrawn from error
        raise
    if not isinstance(pdf, bytes):
        raise NotDrawn
    return pdf


def _not_in(families: list[str]) -> re.Pattern[str]:
    """The characters that neither typst's own fonts nor these have."""
    return re.compile(f"{_UNASSIGNED}|[^{_OWN}{characters_of(families)}]")


@cache
def _compiler(*, more_fonts: bool) -> typst.Compiler:
    """Loads its fonts once, and keeps unchanged parts from one confirmation to the next.

    Most names need none but typst's own fonts, so most processes never load others.
    """
    found = fonts() if more_fonts else typst.Fonts(include_system_fonts=False)
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=found)


def _data(told: ToldConfirmation) -> Mapping[str, Any]:
    contact = {"phone": settings.SALES_PHONE, "email": settings.SALES_EMAIL}
    return {
        **to_json(told),
        "vendor": settings.VENDOR_NAME,
        "language": (get_language() or "en").partition("-")[0],
        "serials": [to_json(serial) | _qr_code(serial) for serial in told.serials],
        "questions": _("Questions? %(phone)s or %(email)s") % contact,
        "page": pgettext("of a document", "Page"),
    }


def _qr_code(serial: ToldSerial) -> dict[str, str]:
    drawing = io.BytesIO()
    segno.make_qr(serial.number).save(drawing, kind="svg", xmldecl=False, light="white")
    alt = _("QR code of the serial number %(number)s") % {"number": serial.number}
    return {"qr": drawing.getvalue().decode(), "qr_alt": alt}
