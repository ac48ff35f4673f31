"""Purchase orders of the demo's story, drawn like scans."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from orders.rules.documents import Document, check_document
from portal.demo.story import DemoSite, Ordered

LETTER = (850, 1100)  # pixels at 100 to the inch


def paper(site: DemoSite, ordered: Ordered) -> Document:
    lines = [f"{quantity} x {part_number}" for part_number, quantity in ordered.lines.items()]
    text = [site.company, "", f"Purchase order {ordered.po_number}", ordered.on, site.name, ""]
    page = Image.new("L", LETTER, "white")
    draw = ImageDraw.Draw(page)
    draw.multiline_text((100, 100), "\n".join(text + lines), "black", ImageFont.load_default(24))
    file = BytesIO()
    page.save(file, "PDF", resolution=100)
    return check_document(f"PO {ordered.po_number}.pdf", file.getvalue())
