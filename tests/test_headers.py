"""Security headers on every kind of answer: pages, errors, redirects, the desk, static files."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from orders.documents.actions import attach_document
from portal.urls import urlpatterns as portal_urls
from tests.cast import PASSWORD, Cast
from tests.files import document, pdf

YEAR = "31536000"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


urlpatterns = [path("crash/", crash), *portal_urls]

ANONYMOUS = {
    "/": 200,
    "/home/": 302,
    "/account/login/": 200,
    "/account/language/": 200,
    "/account/password/reset/": 200,
    "/account/password/reset/key/1-nonsense/": 200,
    "/account/confirm-email/nonsense/": 200,
    "/account/signup/": 200,
    "/orders/answer/nonsense/": 404,
    "/entered/nonsense/": 404,
    "/account/two-step/webauthn/login/": 302,
    "/admin/": 302,
    "/admin/login/": 302,
    "/no-such-page/": 404,
    "/crash/": 500,
    "/static/portal/css/tokens.css": 200,
    "/static/admin/css/base.css": 200,
}
FOR_ALL = ("/", "/static/portal/css/tokens.css", "/static/admin/css/base.css")  # no secrets there
MEMBER = {
    "/": 302,
    "/guide/": 200,
    "/installations/": 200,
    "/orders/": 200,
    "/orders/new/": 200,
    "/orders/bulk/": 200,
    "/orders/bulk/sample.csv": 200,
    "/orders/bulk/sample.xlsx": 200,
    "/orders/nosuchorder/": 404,
    "/orders/nosuchorder/documents/nosuchfile/": 404,
    "/account/email/": 200,
    "/account/password/change/": 200,
    "/account/two-step/": 200,
    "/account/two-step/webauthn/": 200,
    "/account/two-step/totp/activate/": 302,
    "/account/sessions/": 200,
    "/account/reauthenticate/": 200,
    "/account/logout/": 200,
    "/admin/login/": 403,
}
STAFF = {
    "/admin/": 200,
    "/admin/orders/order/": 200,
    "/admin/companies/user/": 200,
    "/admin/companies/user/add/": 200,
    "/admin/jsi18n/": 200,
    "/admin/mail-previews/": 200,
    "/admin/mail-previews/held-serial/en/": 200,
    "/admin/mail-previews/nothing/en/": 404,
    "/admin/no-such-page/": 404,
}


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = int(YEAR)
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_PRELOAD = True
    # static files come from where they lie, as `runserver` does it: nothing is collected
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True


def secure(client: Client, address: str, **more: Any) -> Any:
    client.raise_request_exception = False
    return client.get(address, secure=True, **more)


def check(response: Any) -> None:
    for header, value in ALWAYS.items():
        assert response.headers.get(header) == value, header
    assert f"max-age={YEAR}" in response.headers["Strict-Transport-Security"]
    assert "camera=()" in response.headers["Permissions-Policy"]
    policy = response.headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["base-uri"] == "'none'"
    scripts = directives["script-src"].split()
    assert scripts[0] == "'self'"
    assert all(source.startswith("'nonce-") for source in scripts[1:])


def check_private(response: Any) -> None:
    check(response)
    control = response.headers["Cache-Control"]
    assert "no-store" in control
    assert "private" in control


@pytest.mark.parametrize(("address", "status"), ANONYMOUS.items())
def test_strangers(db: None, address: str, status: int) -> None:
    response = secure(Client(), address)
    assert response.status_code == status
    check(response) if address in FOR_ALL else check_private(response)
    response.getvalue()  # to the end: a static file is open still


@pytest.mark.parametrize(("address", "status"), MEMBER.items())
def test_members(cast: Cast, address: str, status: int) -> None:
    client = Client()
    client.force_login(cast.buyer)
    response = secure(client, address)
    assert response.status_code == status
    check_private(response)


@pytest.mark.parametrize(("address", "status"), STAFF.items())
def test_staff(admin_client: Client, address: str, status: int) -> None:
    response = secure(admin_client, address)
    assert response.status_code == status
    check_private(response)


def test_a_download_may_run_and_fetch_nothing(cast: Cast) -> None:
    """A file that somebody attached: a policy of its own, and all that pages have besides."""
    order = cast.order_new()
    row = attach_document(order, document=document(), by=cast.buyer)
    client = Client()
    client.force_login(cast.buyer)
    response = secure(client, f"/orders/{order.reference}/documents/{row.reference}/")
    assert response.getvalue() == pdf()
    for header, value in ALWAYS.items():
        assert response.headers.get(header) == value, header
    assert f"max-age={YEAR}" in response.headers["Strict-Transport-Security"]
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )


def test_a_forged_form(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/account/login/", {"login": "x"}, secure=True)
    assert response.status_code == 403
    check_private(response)


def test_an_unknown_host(db: None) -> None:
    response = secure(Client(), "/account/login/", headers={"host": "evil.example"})
    assert response.status_code == 400
    check_private(response)


def test_too_many_tries(db: None) -> None:
    client = Client()
    for _ in range(6):
        response = client.post(
            "/account/password/reset/", {"email": "nobody@dealer.example"}, secure=True
        )
    assert response.status_code == 429
    check_private(response)


def test_plain_http_is_sent_to_https(db: None) -> None:
    response = Client().get("/account/login/")
    assert (response.status_code, response["Location"]) == (
        301,
        "https://testserver/account/login/",
    )
    for header, value in ALWAYS.items():
        assert response.headers.get(header) == value, header
    assert "Content-Security-Policy" in response.headers
    assert "Permissions-Policy" in response.headers


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(
    cast: Cast, settings: Settings
) -> None:
    client = Client()
    secure(client, "/account/login/")
    form = {"login": cast.buyer.email, "password": PASSWORD}
    assert client.post("/account/login/", form, secure=True).status_code == 302
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name
