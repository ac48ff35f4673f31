"""A request in another charset than UTF-8 is our page 400, at every door, and never an error."""

from __future__ import annotations

import encodings.aliases
import io
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client

from portal.web.charsets import Request
from portal.wsgi import application
from tests.world import World, path_of, routes

FORM = "application/x-www-form-urlencoded"
PAGE = "We could not read this request"
# No text at all, text that browsers read as something else, unknown ones, and names of nothing.
CHARSETS = [
    "utf-7", "base64", "rot13", "zlib", "hex", "undefined", "idna", "punycode", "utf-16",
    "unicode_escape", "raw_unicode_escape", "none-such", "iso-8859-1", "x" * 3000,
]  # fmt: skip
QUERY = "q=%2BAGE-&kind=new&after=%ff"
PART = (
    b'--b\r\nContent-Disposition: form-data; name="kind"\r\n'
    b"Content-Type: text/plain; charset=%s\r\n\r\n+ADw-new\r\n--b--\r\n"
)


@pytest.fixture(autouse=True)
def _as_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's test client makes requests of its own kind; here they are those of the site."""
    monkeypatch.setattr("django.test.client.WSGIRequest", Request)


@pytest.fixture
def client(world: World) -> Client:
    client = world.client("superuser")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=b", "text/plain"])
def test_a_charset_that_is_not_ours_is_refused(client: Client, charset: str, kind: str) -> None:
    for method in ("GET", "POST"):
        content_type = f"{kind}; charset={charset}"
        response = client.generic(
            method, "/orders/new/", b"kind=new", content_type, QUERY_STRING=QUERY
        )
        assert response.status_code == 400
        assert PAGE in response.content.decode()


@pytest.mark.siege
def test_it_is_refused_at_every_door(client: Client) -> None:
    for route, _name in routes():
        for method in ("GET", "POST"):
            response = client.generic(
                method, path_of(route), PART % b"utf-7",
                "multipart/form-data; boundary=b; charset=utf-7", QUERY_STRING=QUERY,
            )  # fmt: skip
            assert response.status_code == 400, route
            assert PAGE in response.content.decode(), route


@pytest.mark.siege
@pytest.mark.parametrize("charset", [*CHARSETS, *sorted(set(encodings.aliases.aliases.values()))])
def test_the_charset_of_a_part_is_not_asked(client: Client, charset: str) -> None:
    """Django keeps it beside a file; a field is read as the rest of the form."""
    kind = "multipart/form-data; boundary=b; charset=utf-8"
    for part in (
        PART,
        PART.replace(b'"kind"', b"\"document\"; filename*=%s''x%%41"),
    ):
        body = part.replace(b"%s", charset.encode())
        response = client.generic("POST", "/orders/new/", body, kind)
        assert response.status_code in (200, 400, 403), charset


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_ours_is_read_however_it_is_written(world: World, charset: str) -> None:
    post = world.posts["company_switch"]
    company = f"company={world.cast.harbor.pk}"
    sent = world.client(post.who).generic(
        "POST", post.path, company.encode(), f"{FORM}; charset={charset}"
    )
    assert sent.status_code == 302


HEADERS = [
    "text/plain; charset*=undefined''%41",
    "text/plain; charset*=none-such''%41",
    "text/plain; charset*=base64''%41",
    "multipart/form-data; boundary*=undefined''%41",
    "text/plain; charset=\0",
    "text/plain; charset=utf-7",
]
TOO_MANY_FIELDS = "&".join(f"x{number}=1" for number in range(1201))


@pytest.mark.django_db(transaction=True)
def test_what_fails_before_the_first_middleware_is_our_page_too() -> None:
    """As the web server hands it over to the application that it serves."""
    for content_type in HEADERS:
        assert served(CONTENT_TYPE=content_type, QUERY_STRING=QUERY) == 400, content_type
    kind = "text/plain; charset=utf-8"
    assert served(CONTENT_TYPE=kind, QUERY_STRING=TOO_MANY_FIELDS) == 400
    assert served(CONTENT_TYPE=kind) == 200


def served(**environ: str) -> int:
    """The status; where it is 400, with our page."""
    sent: dict[str, Any] = {"HTTP_HOST": "testserver", "wsgi.input": io.BytesIO(), **environ}
    setup_testing_defaults(sent)
    began: list[str] = []

    def start(status: str, *_: object) -> Callable[[bytes], object]:
        began.append(status)
        return bytes

    body = b"".join(application(sent, start))
    assert (PAGE in body.decode()) is (began[0] == "400 Bad Request")
    return int(began[0].split()[0])
