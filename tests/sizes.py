"""The bytes that a page may have, and how many of them a browser gets."""

from __future__ import annotations

import gzip
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

from tests.pages import attributes

MAX_LIST, MAX_FIRST_VISIT = 8_000, 150_000  # compressed
MAX_SITE = 60_000  # as the browser reads it


def sent(client: Client, path: str) -> tuple[int, str]:
    """How many bytes are sent of a page to a browser that takes compressed ones, and the page."""
    response = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert response.status_code == 200, path
    assert response["Content-Encoding"] == "gzip", path
    return len(response.content), gzip.decompress(response.content).decode()


def files_of(content: str) -> set[str]:
    """The static files that a page asks for."""
    found = attributes(content, "link", "href") + attributes(content, "script, img", "src")
    return {path.removeprefix("/static/") for path in found if path.startswith("/static/")}


def size_of_file(name: str) -> int:
    """As it is collected."""
    found = finders.find(name)
    assert isinstance(found, str), name
    return len(gzip.compress(Path(found).read_bytes()))
