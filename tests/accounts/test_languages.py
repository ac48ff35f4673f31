"""English and Spanish: who reads what in which, on pages and in mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.core.context import request_context
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import translation

from companies import actions
from companies.models import User
from outbox.models import Message
from portal.accounts.people import mail_password_link
from tests.accounts.log_in import LogIn, try_password
from tests.accounts.mailbox import mails_to
from tests.cast import PASSWORD, Cast
from tests.companies.mail import newest_mail, newest_token, text_of
from tests.customers.reading import page
from tests.pages import attributes, has, links, only, values_of, words, words_of

LOG_IN = "/account/login/"
CHOICE = "/account/language/"
SPANISH, ENGLISH = "Iniciar sesión", "Log in"


def asks_for(language: str) -> Client:
    return Client(headers={"accept-language": language})


def language_of(response: Any) -> str:
    """The language that the page names, which its heading has to bear out."""
    (language,) = attributes(response, "html", "lang")
    assert response.headers["Content-Language"] == language
    return language


@pytest.fixture
def spanish(cast: Cast) -> User:
    User.objects.filter(pk=cast.buyer.pk).update(language="es")
    cast.buyer.refresh_from_db()
    return cast.buyer


# Pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("", "en"), ("es", "es"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("de,en;q=0.5", "en"),
     ("de", "en"), ("en-US,es;q=0.5", "en")],
)  # fmt: skip
def test_a_visitor_reads_what_the_browser_asks_for(db: None, asked: str, answered: str) -> None:
    response = (asks_for(asked) if asked else Client()).get(LOG_IN)
    assert language_of(response) == answered
    assert {"Accept-Language", "Cookie"} <= {*response.headers["Vary"].split(", ")}
    assert words_of(response, "h1") == [SPANISH if answered == "es" else ENGLISH]


def test_ones_own_language_comes_before_that_of_the_browser(
    cast: Cast, spanish: User, log_in: LogIn
) -> None:
    assert language_of(log_in(spanish).get("/home/")) == "es"
    german = log_in(cast.owner, headers={"accept-language": "es"})
    assert language_of(german.get("/home/")) == "en"
    assert language_of(asks_for("es").get(LOG_IN)) == "es"  # what came before is nothing to it


@pytest.mark.parametrize("path", ["/nowhere/", "/installations/unknown/"])
def test_errors_are_in_it_too(spanish: User, log_in: LogIn, path: str) -> None:
    response = log_in(spanish).get(path)
    assert response.status_code == 404
    assert "No encontramos esta página" in response.content.decode()


def test_what_is_refused_before_anything_is_read_is_in_the_browsers(db: None) -> None:
    refused = asks_for("es").post(LOG_IN, headers={"content-length": str(10**9)})
    assert refused.status_code == 413
    assert "Esto es demasiado grande" in refused.content.decode()


def test_dates_are_written_as_the_language_does(cast: Cast, spanish: User, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=2)
    path = f"/installations/{site.reference}/"
    content = page(log_in(spanish), path)
    assert "Desde el 24 nov 2026" in words(content)
    assert "Hasta el 23 nov 2027" in words(content)
    assert not re.search(r"\bNov \d", words(content))
    assert "Since Nov 24, 2026" in words(page(log_in(cast.viewer), path))


def test_date_fields_hold_what_browsers_understand(spanish: User, log_in: LogIn) -> None:
    data = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-starts_on": "2027-01-05"}
    shown = log_in(spanish).post("/orders/new/", {**data, "preview": "1"})
    assert values_of(shown, "lines-0-starts_on") == ["2027-01-05"]


# The choice ----------------------------------------------------------------------------


def test_a_visitor_chooses_below_each_page_and_the_browser_remembers(db: None) -> None:
    visitor = Client()
    assert has(page(visitor, LOG_IN), '[name="language"][value="es"][lang="es"]')
    response = visitor.post(CHOICE, {"language": "es", "back": "/account/login/?next=/orders/"})
    assert response.status_code == 302
    assert response.headers["Location"] == "/account/login/?next=/orders/"
    cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (31536000, True, "Lax")
    visitor.cookies.pop(settings.SESSION_COOKIE_NAME)
    assert language_of(visitor.get(LOG_IN)) == "es"


@pytest.mark.parametrize("path", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_it_leads_nowhere_but_back_to_the_site(db: None, path: str) -> None:
    response = Client().post(CHOICE, {"language": "es", "back": path})
    assert response.headers["Location"] == CHOICE


@pytest.mark.parametrize("chosen", ["de", "", "en\0", "e" * 300])
def test_it_takes_only_what_there_is(spanish: User, log_in: LogIn, chosen: str) -> None:
    response = log_in(spanish).post(CHOICE, {"language": chosen})
    assert response.status_code == 200
    assert "Elija un" in response.content.decode()
    spanish.refresh_from_db()
    assert spanish.language == "es"


def test_who_is_logged_in_chooses_for_every_browser(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    assert "/account/language/" in links(page(client, CHOICE))
    client.post(CHOICE, {"language": "es"})
    assert language_of(client.get(CHOICE)) == "es"
    assert language_of(log_in(cast.buyer).get("/home/")) == "es"
    assert language_of(log_in(cast.viewer).get("/home/")) == "en"


def test_what_was_chosen_on_the_way_to_the_log_in_is_meant(cast: Cast) -> None:
    visitor = Client()
    visitor.post(CHOICE, {"language": "es", "back": LOG_IN})
    try_password(visitor, cast.buyer.email, PASSWORD)
    cast.buyer.refresh_from_db()
    assert cast.buyer.language == "es"


def test_what_somebody_else_once_chose_in_the_browser_is_not(cast: Cast) -> None:
    shared = Client()
    shared.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    assert language_of(shared.get(LOG_IN)) == "es"
    try_password(shared, cast.buyer.email, PASSWORD)
    cast.buyer.refresh_from_db()
    assert cast.buyer.language == "en"


def test_nobody_chooses_for_others(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        actions.choose_language(cast.buyer, language="es", by=cast.owner)
    with pytest.raises(ValidationError):
        actions.choose_language(cast.buyer, language="de", by=cast.buyer)
    cast.buyer.refresh_from_db()
    assert cast.buyer.language == "en"


def test_the_page_for_everybody_links_a_page_that_asks(cast: Cast, log_in: LogIn) -> None:
    content = page(Client(), "/")
    assert "csrf" not in content
    (link,) = {each for each in links(content) if each.startswith(f"{CHOICE}?language=es")}
    asking = page(Client(), link)
    assert attributes(asking, "html", "lang") == ["es"]
    assert values_of(only(asking, "main"), "language") == ["es"]
    assert "/" in attributes(asking, 'input[type="hidden"][name="back"]', "value")
    assert "es" in values_of(page(log_in(cast.buyer), "/guide/"), "language")


# Mail ----------------------------------------------------------------------------------


@pytest.fixture
def _queued(settings: Any) -> None:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"


@pytest.mark.usefixtures("_queued")
def test_an_invitation_is_in_the_language_of_who_gets_it_or_else_of_who_invites(
    cast: Cast, spanish: User
) -> None:
    def invited(email: str, by: User) -> str:
        actions.invite(company=cast.harbor, email=email, role="viewer", by=by)
        return str(newest_mail()["Subject"])

    owner = cast.owner
    with translation.override("es"):  # of the page that is looked at, which is nothing to it
        assert invited("one@new.example", owner) == "Join Harbor Security in the license portal"
    owner.language = "es"
    owner.save()
    assert invited("two@new.example", owner) == "Únase a Harbor Security en el portal de licencias"
    mail = newest_mail()
    assert "Su rol: Lector. Los lectores ven" in text_of(mail)
    assert "funciona hasta el " in text_of(mail)
    assert "Aceptar la invitación" in text_of(mail, "html")
    assert invited(cast.outsider.email, owner).startswith("Join ")


@pytest.mark.usefixtures("_queued")
def test_who_joins_keeps_the_language_of_the_page(cast: Cast) -> None:
    actions.invite(company=cast.harbor, email="new@new.example", role="viewer", by=cast.owner)
    data = {"full_name": "Noa Nash", "password1": PASSWORD, "password2": PASSWORD}
    newcomer = asks_for("es")
    assert newcomer.post(f"/invitations/{newest_token()}/", data).status_code == 302
    assert User.objects.get(email="new@new.example").language == "es"
    assert "Le damos la bienvenida a Harbor Security." in page(newcomer, "/home/")


def test_mail_about_the_account_is_in_ones_own_language(
    cast: Cast, spanish: User, rf: Any, log_in: LogIn
) -> None:
    Client().post("/account/password/reset/", {"email": spanish.email})
    (reset,) = mails_to(spanish.email)
    assert "Abra este enlace para elegir una contraseña nueva:" in reset
    boss = User.objects.create_superuser("boss@vendor.example")
    with request_context(request := rf.get("/")):
        mail_password_link(spanish, by=boss, request=request)
    assert "Usted tiene una cuenta en el portal de licencias." in mails_to(spanish.email)[-1]
    new = "another horse battery staple"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    log_in(spanish).post("/account/password/change/", data)
    changed = mails_to(spanish.email)[-1]
    assert "Su contraseña cambió." in changed
    assert re.search(r"Cuándo: \d+ \w{3} \d{4}, \d\d:\d\d CST", changed)
    asks_for("es").post("/account/password/reset/", {"email": cast.viewer.email})
    assert "Open this link to choose a new password:" in mails_to(cast.viewer.email)[-1]
    asks_for("es").post("/account/password/reset/", {"email": "nobody@new.example"})
    assert "no hay ninguna cuenta con esta dirección" in mails_to("nobody@new.example")[-1]
    assert not Message.objects.exists()
