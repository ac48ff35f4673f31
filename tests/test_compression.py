"""Static files are compressed, and pages that a request can put no text into (BREACH)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from portal.web.static_files import StaticFiles, compress_once
from tests.tries import forget_all
from tests.world import World

GZIP = {"Accept-Encoding": "gzip, br"}
NEEDLE = "needle"
NAMED = 8  # the flag of a gzip header that a file name follows


def encoding(client: Client, path: str) -> str:
    response = client.get(path, headers=GZIP)
    response.getvalue()
    return response.get("Content-Encoding", "")


def pages(world: World) -> Iterator[tuple[Client, str]]:
    """All addresses of the customers' pages that open, and some of the desk."""
    yield from ((world.client("owner"), path) for path in world.paths.values())
    yield from ((Client(), path) for path in ("/", "/account/login/", "/account/password/reset/"))
    yield from ((world.client("superuser"), f"/admin/{path}") for path in ("", "orders/order/"))


def test_each_page_is_compressed_where_the_request_brought_no_text(world: World) -> None:
    found = {"gzip": 0, "": 0}
    for client, path in pages(world):
        response = client.get(path, headers=GZIP)
        is_page = response.status_code == 200 and response["Content-Type"].startswith("text/html")
        assert response.get("Content-Encoding", "") == ("gzip" if is_page else ""), path
        found[response.get("Content-Encoding", "")] += 1
        response.getvalue()
        forget_all()
    assert min(found.values()) > 8  # downloads and errors, too


def test_no_page_that_repeats_a_text_of_the_request_is_compressed(world: World) -> None:
    repeated = 0
    for client, path in pages(world):
        for ending in (
            "",
            f"{NEEDLE}/",
            f"?q={NEEDLE}&after={NEEDLE}&before={NEEDLE}",
            f"?{NEEDLE}",
        ):
            response = client.get(path + ending, headers=GZIP)
            content = response.getvalue()
            if response.get("Content-Encoding"):
                assert NEEDLE not in gzip.decompress(content).decode(), path + ending
            else:
                repeated += NEEDLE.encode() in content
            forget_all()
    assert repeated > 20  # otherwise this test tells nothing


def test_a_form_that_comes_back_with_what_was_typed_is_not_compressed(world: World) -> None:
    response = world.client("owner").post(
        world.paths["company"],
        {"company": world.cast.harbor.pk, "email": NEEDLE, "role": "viewer"},
        headers=GZIP,
    )
    assert NEEDLE in response.content.decode()


def test_files_are_sent_as_they_are(world: World) -> None:
    client = world.client("buyer")
    for name in ("order_document", "order_confirmation_copy", "order_bulk_result"):
        assert encoding(client, world.paths[name]) == "", name
    assert encoding(Client(), "/health/") == ""


def test_the_length_of_the_same_page_differs(db: None) -> None:
    answers = [Client().get("/", headers=GZIP).content for _ in range(20)]
    assert all(answer[3] & NAMED for answer in answers)  # by a name of random length
    assert len({len(answer) for answer in answers}) > 1
    assert len({gzip.decompress(answer) for answer in answers}) == 1


def test_who_takes_no_compressed_page_gets_none(db: None) -> None:
    response = Client().get("/")
    assert "Content-Encoding" not in response
    assert "Accept-Encoding" in response["Vary"]


# Static files --------------------------------------------------------------------------


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    """The folder of static files, with a style sheet, a picture and what came of them."""
    (tmp_path / "large.css").write_text("p { color: red; }\n" * 100)
    (tmp_path / "small.css").write_text("p{}")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" * 100)
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "portal.web.static_files.StaticFiles"},
    }
    storage = StaticFiles(location=tmp_path, base_url="/static/")
    names = ("large.css", "small.css", "picture.png")
    assert len(list(storage.post_process({name: (storage, name) for name in names}))) == 3
    return tmp_path


def test_static_files_are_compressed_where_it_is_worth_it(collected: Path) -> None:
    (compressed,) = collected.glob("*.gz")
    plain = compressed.with_suffix("")
    assert plain.name.startswith("large.")
    assert plain.name != "large.css"  # a file without a hash in its name may change
    assert gzip.decompress(compressed.read_bytes()) == plain.read_bytes()


def test_a_browser_gets_the_compressed_one_and_keeps_it_for_ever(collected: Path) -> None:
    (compressed,) = collected.glob("*.gz")
    address = f"/static/{compressed.with_suffix('').name}"
    response = Client().get(address, headers=GZIP)
    assert response.getvalue() == compressed.read_bytes()
    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert "immutable" in response["Cache-Control"]
    plain = Client().get(address)
    assert plain.getvalue() == compressed.with_suffix("").read_bytes()
    assert "Content-Encoding" not in plain


def test_a_file_is_compressed_once_and_a_broken_off_one_again(tmp_path: Path) -> None:
    file, target = tmp_path / "a.1a2b.css", tmp_path / "a.1a2b.css.gz"
    file.write_text("p { color: red; }\n" * 100)
    (tmp_path / "a.1a2b.css.gz.new").write_bytes(b"half")
    compress_once(file)
    written = target.stat().st_mtime_ns
    compress_once(file)
    assert target.stat().st_mtime_ns == written
    assert gzip.decompress(target.read_bytes()) == file.read_bytes()
    assert not list(tmp_path.glob("*.new"))
