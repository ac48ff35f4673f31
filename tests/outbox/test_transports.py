"""The folder of the demo, and the addresses a transport is made from."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from outbox import actions
from outbox.checks import check_mail_url
from outbox.transports import HINT, FolderTransport, SmtpTransport, transport_from_url
from tests.outbox.sample_mail import mail

NOON = datetime(2031, 3, 1, 12, 0, 0, 1500, tzinfo=UTC)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_mail_lands_as_eml_and_as_text(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "mail"
    letter = mail(
        subject="Größe: 5/6", body="Hällo\n", headers={"Date": "Sat, 01 Mar 2031 12:00:00 -0000"}
    )
    letter.attach_alternative("<p>Hällo</p>", "text/html")
    raw = actions.as_sent(letter.message())
    with time_machine.travel(NOON, tick=False):
        FolderTransport(folder).send("a@x.example", "ann+1@x.example", raw)
    name = "20310301T120000.001500Z-ann+1@x.example-große-56"
    name = name.replace("große", "groe")  # slugify keeps ASCII only
    assert names(folder) == [f"{name}.eml", f"{name}.txt"]
    assert (folder / f"{name}.eml").read_bytes() == raw
    assert (folder / f"{name}.txt").read_bytes().decode() == (
        "From: License portal <licenses@vendor.example>\n"
        "To: Ann Buyer <ann@dealer.example>\n"
        "Subject: Größe: 5/6\n"
        "Date: Sat, 01 Mar 2031 12:00:00 -0000\n"
        "\n"
        "Hällo\n"
    )


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    transport = FolderTransport(tmp_path)
    with time_machine.travel(NOON, tick=False):
        for number in range(3):
            transport.send("a@x.example", "b@x.example", f"Subject: s\n\n{number}".encode())
    stem = "20310301T120000.001500Z-b@x.example-s"
    stems = [stem, f"{stem}-2", f"{stem}-3"]
    assert names(tmp_path) == sorted(f"{each}{end}" for each in stems for end in (".eml", ".txt"))
    assert [(tmp_path / f"{each}.eml").read_text()[-1] for each in stems] == ["0", "1", "2"]
    assert [(tmp_path / f"{each}.txt").read_text()[-1] for each in stems] == ["0", "1", "2"]


HOSTILE = [
    "../../etc/passwd",
    "/abs",
    "a\0b@x",
    "x" * 300,
    "🦊" * 100,
    ".",
    "",
    "-rf",
    "C:\\x",
    "a\nb",
]


@given(address=st.sampled_from(HOSTILE) | st.text(), subject=st.sampled_from(HOSTILE) | st.text())
def test_hostile_names_stay_inside_the_folder(address: str, subject: str) -> None:
    raw = b"Subject: " + subject.encode(errors="replace") + b"\n\nHello"
    with TemporaryDirectory() as folder:  # pytest numbers its own, and counts them each time
        around = Path(folder)
        FolderTransport(around / "mail").send("a@x.example", address, raw)
        assert names(around) == ["mail"]
        assert [Path(name).suffix for name in names(around / "mail")] == [".eml", ".txt"]
        assert all(path.is_file() for path in (around / "mail").iterdir())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://host", ("smtp", "host", 25, "", "")),
        ("smtp://host:2525/", ("smtp", "host", 2525, "", "")),
        ("smtp+tls://u%40x:p%2Fw@host", ("smtp+tls", "host", 587, "u@x", "p/w")),
        ("smtps://u:p@host", ("smtps", "host", 465, "u", "p")),
        ("smtp+ssl://u:p@[::1]:466", ("smtps", "::1", 466, "u", "p")),
    ],
)
def test_a_mail_server_by_its_url(url: str, expected: tuple[object, ...]) -> None:
    made = transport_from_url(url)
    assert isinstance(made, SmtpTransport)
    assert (made.scheme, made.host, made.port, made.user, made.password) == expected


def test_a_folder_by_its_url(tmp_path: Path) -> None:
    folder = tmp_path / "a b#c"
    made = transport_from_url(folder.as_uri())
    assert isinstance(made, FolderTransport)
    assert made.folder == folder
    assert not folder.exists()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "/var/mail",
        "smtp://",
        "smtp://:25",
        "http://u:secret@host",
        "smtp://u:secret@host:port",
        "smtp://u:secret@host:70000",
        "smtp://u:sec/ret@host",
        "smtp://u:sec#ret@host",
        "smtp://u:sec?ret@host",
        "smtp://u:secret@[host",
        "file://var/mail",
        "file:///var/mail#1",
    ],
)
def test_a_wrong_url_is_an_error_with_a_hint_and_no_secret(url: str, settings: Settings) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        transport_from_url(url)
    assert str(raised.value) == HINT
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    settings.MAIL_URL = url
    [error] = check_mail_url()
    assert (error.id, error.msg) == ("outbox.E001", HINT)
