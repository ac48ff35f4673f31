"""Files that people attach: real ones of each kind, and what somebody with a plan makes of them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from orders.rules.documents import Document, check_document

PAGE = b"<!DOCTYPE html><html><script>fetch('/orders/')</script></html>"


class Upload(SimpleUploadedFile):
    """A file in a form, which can be sent again."""

    def read(self, size: int = -1) -> bytes:
        self.seek(0)
        return bytes(super().read(size))


def upload(name: str = "PO 4711.pdf", content: bytes = b"", kind: str = "text/html") -> Upload:
    """An upload of that name, said to be of that media type, which no code should believe."""
    return Upload(name, content or pdf(), kind)


def document(name: str = "PO 4711.pdf", content: bytes = b"") -> Document:
    return check_document(name, content or pdf())


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (width, height), "white")
    ImageDraw.Draw(image).text((4, 4), "PO 4711", fill="black")
    return image


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    """As Pillow writes it; as a PDF, with a table of objects in plain text."""
    file = io.BytesIO()
    picture(mode=mode).save(file, kind, **options)
    return file.getvalue()


def pdf(text: bytes = b"PO 4711") -> bytes:
    """A page with that text."""
    drawn = b"BT /F1 24 Tf 72 720 Td (" + text + b") Tj ET"
    return written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources"
            b" << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        ]
    )


def written(objects: list[bytes]) -> bytes:
    """A PDF of these objects, the first of which is its root."""
    content, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(content))
    )


def pdf_with_a_packed_table() -> bytes:
    """As PDF 1.5 and newer have it: the table is an object itself, and compressed."""
    plain = pdf()
    body = plain[: plain.rindex(b"xref\n0")]
    places = [match.start() for match in re.finditer(rb"\d 0 obj", body)] + [len(body)]
    rows = b"\0\0\0\0" + b"".join(b"\1" + place.to_bytes(3) for place in places)
    packed = zlib.compress(rows)
    return body + (
        b"5 0 obj\n<< /Type /XRef /Size 6 /W [1 3 0] /Root 1 0 R /Filter /FlateDecode"
        b" /Length %d >>\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
        % (len(packed), packed, len(body))
    )


def pdf_changed_since(content: bytes) -> bytes:
    """With a second part at its end, as a program writes that fills in or signs a PDF."""
    at = len(content) + len(b"6 0 obj\n<< >>\nendobj\n")
    return content + (
        b"6 0 obj\n<< >>\nendobj\nxref\n6 1\n%010d 00000 n \ntrailer\n"
        b"<< /Size 7 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\r\n"
        % (len(content), content.rindex(b"xref\n0"), at)
    )


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("run.js", "alert(1)")
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG, well-formed."""
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def png_with(extra: bytes) -> bytes:
    """A PNG with that before its last part."""
    whole = saved("PNG")
    return whole[:-12] + extra + whole[-12:]


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and is not."""
    header = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"
    data = chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def jpeg_with(marker: int, data: bytes) -> bytes:
    """A JPEG with that segment right after its beginning."""
    whole = saved("JPEG")
    return whole[:2] + bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2) + data + whole[2:]


def jpeg_drawn(times: int) -> bytes:
    """A JPEG whose last refinement comes again and again: small to send, slow to decode."""
    whole = saved("JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + scan * times + whole[-2:]


def padded(size: int) -> bytes:
    """A PDF of exactly so many bytes."""
    filler = size - len(pdf(b""))
    while len(content := pdf(b" " * filler)) > size:  # numbers in it grow with it
        filler -= len(content) - size
    return content
