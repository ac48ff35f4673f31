"""Golden files: mail as it was read and found good, compared letter by letter.

`make golden` writes them anew. Look at the difference before you commit it.
"""

from __future__ import annotations

import difflib
import re
from email.message import EmailMessage
from pathlib import Path

from tests.notifications.reading import html_of, pdf_of, pdf_pages, text_of

FOLDER = Path(__file__).parent / "golden"
_TOKEN = re.compile(r"(/mail/(?:stop/\w+/)?)[\w:-]{20,}/")  # is another each time


def files_of(name: str, mail: EmailMessage) -> dict[str, str]:
    """By file name: what the reader sees of the headers, and the text; the HTML; the PDF's text."""
    headers = [f"{header}: {mail[header]}" for header in ("Subject", "List-Unsubscribe")]
    files = {f"{name}.txt": "\n".join([*headers, "", text_of(mail)])}
    if mail.get_body(("html",)):
        files[f"{name}.html"] = html_of(mail)
    if [*mail.iter_attachments()]:
        files[f"{name}.pdf.txt"] = "\n\f\n".join(pdf_pages(pdf_of(mail))) + "\n"
    return {file: _TOKEN.sub(r"\1TOKEN/", content) for file, content in files.items()}


def check(files: dict[str, str], *, renew: bool) -> None:
    for name, content in files.items():
        path = FOLDER / name
        if renew:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        assert there == content, _difference(name, there, content)


def _difference(name: str, there: str, content: str) -> str:
    lines = difflib.unified_diff(
        there.splitlines(), content.splitlines(), f"golden/{name}", "now", lineterm="", n=1
    )
    return "\n".join([*lines, "", "Is it meant? `make golden` writes the golden files anew."])
