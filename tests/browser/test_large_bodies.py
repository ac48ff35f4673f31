"""The answer of a real web server to somebody who sends it more than the portal takes."""

from __future__ import annotations

import http.client
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from tests.browser.supervised import Supervised

MEGABYTE = 1024 * 1024
START = b'--b\r\nContent-Disposition: form-data; name="file"; filename="po.pdf"\r\n\r\n'


@pytest.mark.parametrize("megabytes", [13, 50])
def test_too_much_is_refused_in_plain_words(demo: Supervised, megabytes: int) -> None:
    there = http.client.HTTPConnection(urlsplit(demo.url).netloc, timeout=30)
    with closing(there):
        there.putrequest("POST", "/account/login/")
        there.putheader("Content-Type", "multipart/form-data; boundary=b")
        there.putheader("Content-Length", str(megabytes * MEGABYTE))
        there.endheaders(START)
        with suppress(ConnectionError):  # it need not listen to the end
            for _ in range(megabytes):
                there.send(b"x" * MEGABYTE)
        response = there.getresponse()
        assert response.status == 413
        assert "We take at most 12 MB at once" in response.read().decode()
