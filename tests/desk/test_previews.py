"""Every mail that we send can be looked at, in every language, and looking changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.test.signals import template_rendered

from notifications.samples import SAMPLES, sample
from portal.order.downloads import MAIL_POLICY
from tests.cast import Cast
from tests.desk.staffed import At
from tests.pages import has, linked, links

LIST = "/admin/mail-previews/"
LANGUAGES = [code for code, _ in settings.LANGUAGES]
TEMPLATES = Path(settings.BASE_DIR) / "templates"


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk("notifications.view_confirmation")


def test_every_mail_template_is_in_a_sample_that_needs_no_database() -> None:
    """Pytest refuses the database here. A new mail needs its sample."""
    used: set[str] = set()

    def note(template: object, **_: object) -> None:
        used.add(str(getattr(template, "name", "")))

    template_rendered.connect(note)
    try:
        for each in SAMPLES.values():
            for language in LANGUAGES:
                assert each.mail(language).subject.strip()
    finally:
        template_rendered.disconnect(note)
    subjects = [*TEMPLATES.glob("mail/*.subject.txt"), *TEMPLATES.glob("*/email/*_subject.txt")]
    assert len(subjects) > 15
    assert {str(path.relative_to(TEMPLATES)) for path in subjects} - used == set()


def test_a_sample_is_the_same_mail_each_time() -> None:
    for each in SAMPLES.values():
        one, two = each.mail("en"), each.mail("en")
        assert (one.subject, one.body) == (two.subject, two.body)
        assert getattr(one, "alternatives", []) == getattr(two, "alternatives", [])


def test_the_list_leads_to_each_in_each_language(desk: Client, cast: Cast) -> None:
    shown = links(desk.get(LIST))
    assert LIST not in shown
    for kind in SAMPLES:
        for language in LANGUAGES:
            assert f"{LIST}{kind}/{language}/" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preview_shows_the_mail_with_headers_text_and_html(
    desk: Client, cast: Cast, language: str
) -> None:
    for kind, each in SAMPLES.items():
        mail = each.mail(language)
        page = desk.get(f"{LIST}{kind}/{language}/")
        assert page.context["mail"].subject == mail.subject
        assert page.context["mail"].body == mail.body
        has_html = bool(getattr(mail, "alternatives", []))
        assert has(page, "iframe") == has_html
        answer = desk.get(f"{LIST}{kind}/{language}/html/")
        assert answer.status_code == (200 if has_html else 404)
        if has_html:
            assert isinstance(mail, EmailMultiAlternatives)
            assert answer.content.decode() == mail.alternatives[0][0]


def test_the_html_may_bring_its_styles_and_nothing_else(desk: Client, cast: Cast) -> None:
    answer = desk.get(f"{LIST}held-serial/en/html/")
    assert answer["Content-Security-Policy"] == MAIL_POLICY
    directives = dict(part.split(" ", 1) for part in MAIL_POLICY.split("; ") if " " in part)
    assert directives == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    assert MAIL_POLICY.endswith("; sandbox")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    page = desk.get(f"{LIST}held-serial/en/")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-src" not in desk.get(LIST)["Content-Security-Policy"]


def test_what_is_attached_can_be_saved(desk: Client, cast: Cast) -> None:
    def with_attachment(language: str) -> EmailMultiAlternatives:
        mail = EmailMultiAlternatives("Paper", "See the paper.", to=["ann@x.example"])
        mail.attach("R3.pdf", b"%PDF-1.7", "application/pdf")
        return mail

    sample("with-paper", "Paper")(with_attachment)
    try:
        shown = desk.get(f"{LIST}with-paper/en/")
        assert (f"{LIST}with-paper/en/0/", "R3.pdf") in linked(shown)
        answer = desk.get(f"{LIST}with-paper/en/0/")
        assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
        assert answer["Content-Disposition"] == 'attachment; filename="R3.pdf"'
        assert desk.get(f"{LIST}with-paper/en/1/").status_code == 404
    finally:
        del SAMPLES["with-paper"]


@pytest.mark.parametrize("path", ["nothing/en/", "held-serial/xx/", "nothing/en/html/"])
def test_what_is_not_there_is_not_found(desk: Client, cast: Cast, path: str) -> None:
    assert desk.get(LIST + path).status_code == 404


def test_previews_need_the_right_to_read_what_we_write(at_desk: At, cast: Cast) -> None:
    client = at_desk("outbox.view_message")
    for path in ("", "held-serial/en/", "held-serial/en/html/", "held-serial/en/0/"):
        assert client.get(LIST + path).status_code == 403, path
    assert "Mail previews" not in client.get("/admin/outbox/message/").content.decode()
    client = at_desk("outbox.view_message", "notifications.view_confirmation")
    assert LIST in links(client.get("/admin/outbox/message/"))
