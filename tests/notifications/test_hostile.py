"""Mail and PDF stay what they are, with hostile text from people or from our database."""

from __future__ import annotations

import random
import unicodedata
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from django.core.mail.message import BadHeaderError

from companies.plain_text import one_line
from companies.purchase_orders import po_label
from licensing.models import Installation
from notifications.confirmation.samples import confirmation
from notifications.rules.recipients import Recipient, Why
from notifications.stopped import StoppedOrder, stopped_mails
from outbox.actions import _rendered
from tests.notifications.lines import sixty_lines
from tests.notifications.reading import html_of, made, pdf_of, pdf_pages, text_of

BCC = "Bcc: evil@example.com"
INJECTIONS = [
    f"x\n{BCC}",
    f"x\r\n{BCC}",
    f"x\r{BCC}",
    f"x\n\n{BCC}",
    "x\r\n\r\n<h1>Body</h1>",
    f"x\r\n {BCC}",  # folded
    f"x\n\t{BCC}",
    f"\n{BCC}",
    f"{BCC}\n",
    f"x\x0b{BCC}",
    f"x\x0c{BCC}",
    f"x\x1c{BCC}",
    f"x\x1d{BCC}",
    f"x\x1e{BCC}",
    f"x\x85{BCC}",
    f"x\u2028{BCC}",
    f"x\u2029{BCC}",
    f"x\x00{BCC}",
    f"x\x00\r\n{BCC}",
    f"x%0d%0a{BCC}",
    f"x\\r\\n{BCC}",
    f"=?utf-8?q?x=0d=0a{BCC.replace(' ', '_')}?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUuY29t?=",
    f"=?utf-8?q?x?=\r\n{BCC}",
    f"{'x' * 990}\r\n{BCC}",
    f"{'x ' * 500}\n{BCC}",
    "x\r\nContent-Type: text/html\r\n\r\n<script>",
    "x\r\n.\r\nMAIL FROM:<evil@example.com>\r\n",
]
PIECES = [
    "<script>alert(1)</script>", "</title><h1>", "<img src=x onerror=alert(1)>", "<!--", "-->",
    "<![endif]-->", "]]>", "&lt;", "&#x27;", '"', "'", "`", "<style>*{display:none}</style>",
    "{{ told }}", "{% now 'Y' %}", "{# x #}", "{% endautoescape %}", "%(old)s", "%s %d", "{0}",
    "#set page(width: 1pt)", "#read(\"/etc/passwd\")", "= Heading", "*bold", "$x$", "\\", "@ref",
    "\u202eevil", "\u202d", "\u2066", "\u2067", "\u200f", "\u200e", "\u061c", "שלום", "مرحبا 12",
    "北港", "🚢", "👨‍👩‍👧", "e\u0301\u0301\u0301", "\u200b", "\ufeff", "\u00ad", "\x07", "\x7f",
    "\ud800", "\U000e0041", "\ue000", "\ufffe", "x" * 1000, "w " * 500, "\t", "\n", "\r\n", "\0",
    "Müller Straße", "Ελλάδα", "Привет", "ﬁ", "½", "…", "a.b@c.example", "https://evil.example/",
    "/mail/", "PO 4711 · R9", "../../x", "=?utf-8?q?a?=", "ISS-0000", "'; DROP TABLE orders; --",
]  # fmt: skip


def hostile_names() -> list[str]:
    """Each piece by itself, and the others put together from them."""
    chance = random.Random(5)
    mixed = ["".join(chance.choices(PIECES, k=chance.randint(2, 5))) for _ in range(200)]
    return [*PIECES, *mixed][:200]


class Tags(HTMLParser):
    """The tags of a page with their attributes, and nothing of what people read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def headers_of(mail: EmailMessage) -> list[str]:
    return sorted(mail.keys())


PLAIN = made(confirmation("en"))
HEADERS = headers_of(PLAIN)
TAGS = Tags(html_of(PLAIN)).found


def confirmed(name: str, po_number: str = "4711") -> EmailMessage:
    return made(confirmation("en", site_name=name, po_number=po_number))


def check(mail: EmailMessage, name: str) -> None:
    """Nothing came in, and the name is there as far as it can be read."""
    shown = one_line(name) or "7k3m9qwx4t"  # the site's reference
    assert headers_of(mail) == HEADERS
    assert mail["To"] == PLAIN["To"]
    assert mail["Bcc"] is None
    subject = str(mail["Subject"])
    po = po_label(one_line(name))
    assert subject == f"Revised license confirmation R4 · {shown} · {po}".strip()
    assert not any(unicodedata.category(character)[0] == "C" for character in ordinary(subject))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert text_of(mail).splitlines()[1] == shown
    assert Tags(html_of(mail)).found == TAGS
    assert "ISS-7K3M-9QWX-4TZ8-2HPC" in html_of(mail)
    page = pdf_pages(pdf_of(mail))[0]
    assert page.startswith("Revised license confirmation R4")


def ordinary(text: str) -> str:
    """Without what keeps other directions to themselves, and joins in words and emoji."""
    return text.translate(dict.fromkeys(map(ord, "\u2068\u2069\u200c\u200d\ue000")))


def test_there_are_as_many_as_asked_for() -> None:
    assert len(INJECTIONS) == len(set(INJECTIONS)) == 28
    assert len(hostile_names()) == len(set(hostile_names())) == 200


@pytest.mark.siege
def test_200_hostile_names_leave_headers_text_html_and_pdf_intact() -> None:
    for name in hostile_names():
        check(confirmed(name, name), name)


def test_28_header_injections_stay_in_their_header() -> None:
    for value in INJECTIONS:
        check(confirmed(value, value), value)
        site = Installation(site_name=value, reference="7k3m9qwx4t")
        order = StoppedOrder("rejected", value, value, "8h2p4rn6vw", "/", value, site)
        (stopped,) = stopped_mails(order, [Recipient("a@b.example", "en", Why.CONTACT)])
        mail = made(stopped)
        assert mail["Bcc"] is None
        assert mail.get_content_type() == "multipart/alternative"
        po = po_label(one_line(value))
        assert str(mail["Subject"]) == f"Order rejected · {one_line(value)} · {po}"


@pytest.mark.parametrize("value", [value for value in INJECTIONS if "\n" in value or "\r" in value])
def test_nothing_is_queued_to_an_address_with_a_line_break(value: str) -> None:
    site = Installation(site_name="Pier 9", reference="7k3m9qwx4t")
    order = StoppedOrder("held", "Pier 9", "4711", "8h2p4rn6vw", "/", "?", site)
    (mail,) = stopped_mails(order, [Recipient(f"a@b.example{value}", "en", Why.CONTACT)])
    with pytest.raises((BadHeaderError, ValueError)):
        _rendered(mail, "")


@pytest.mark.parametrize("name", ["שלום", "مرحبا"])
def test_what_runs_from_right_to_left_keeps_its_order_to_itself(name: str) -> None:
    """Unicode's isolates: what stands behind such a name is not drawn before it."""
    mail = confirmed(name)
    assert f"\u2068{name}\u2069 · PO 4711" in str(mail["Subject"])
    assert f"\u2068{name}\u2069" in html_of(mail)


def test_other_peoples_direction_marks_are_gone() -> None:
    mail = confirmed("Pier \u202e9\u2066 East\u200f")
    for part in (str(mail["Subject"]), text_of(mail), html_of(mail)):
        assert "Pier 9 East" in part


def test_what_the_fonts_of_the_pdf_lack_is_a_box_there_and_itself_in_the_mail() -> None:
    mail = confirmed("北港 🚢 Pier")
    assert pdf_pages(pdf_of(mail))[0].splitlines()[1] == "北港 □ Pier"
    assert "北港 🚢 Pier" in text_of(mail)


def test_60_lines_stay_below_what_mail_programs_cut_off() -> None:
    mail = made(confirmation("es", **sixty_lines()))
    assert len(html_of(mail).encode()) < 100_000
