"""All templates of the site: they obey the Content-Security-Policy, error pages need nothing."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.template.loader import get_template

from tests.pages import every, has, only

ROOT = settings.BASE_DIR / "templates"
PAGES = sorted(
    path for path in ROOT.rglob("*.html") if path.relative_to(ROOT).parts[0] != "mail"
)  # mail programs need inline styles and have no policy
FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.S),
    "a style element": re.compile(r"<style\b(?![^>]*nonce)", re.I),
    "an inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.S | re.I),
    "htmx evaluating code": re.compile(r"\s(hx-on|hx-vals\s*=\s*[\"']js:)", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\b(src|nonce)\s*=)", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_content_security_policy_allows_it(path: Path) -> None:
    source = path.read_text()
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(source)]
    assert not found, f"{path} holds {', '.join(found)}"


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500])
def test_an_error_page_needs_no_context_and_says_whom_to_ask(code: int) -> None:
    html = get_template(f"{code}.html").render()
    assert f"Error {code}" in html
    assert settings.SALES_PHONE in html
    assert settings.SALES_EMAIL in html


def test_a_field_ties_its_label_help_and_errors_together() -> None:
    class Form(forms.Form):
        site = forms.CharField(help_text="As on the PO", max_length=3)
        note = forms.CharField(required=False)
        agree = forms.BooleanField()
        kind = forms.ChoiceField(
            choices=[("n", "New")], widget=forms.RadioSelect(attrs={"class": "choice"})
        )

    form = Form({"site": "too long"})
    site = form["site"].as_field_group()
    assert has(site, 'label[for="id_site"]')
    field = only(site, '[aria-invalid="true"]')
    assert field.attributes["aria-describedby"] == "id_site_helptext id_site_error"
    assert has(site, "#id_site_helptext")
    assert has(site, "#id_site_error")
    assert "(optional)" not in site
    assert "(optional)" in form["note"].as_field_group()
    assert "This field is required." in form["agree"].as_field_group()
    choice = only(form["kind"].as_field_group(), "fieldset")
    assert has(choice, "legend")
    assert has(choice, "div.choice")


def test_lanes_take_any_number_of_families() -> None:
    def row(family: str) -> SimpleNamespace:
        segment = SimpleNamespace(kind="now", start=1, span=1, number=f"{family}-1", note="Current")
        return SimpleNamespace(family=family, note="Stays", segments=[segment], reissues=False)

    lanes = SimpleNamespace(
        columns=[SimpleNamespace(number="R1", date=None, note="<b>")],
        rows=[row(family) for family in ("ISS", "VAI", "NEW")],
    )
    html = get_template("parts/lanes.html").render({"lanes": lanes})
    assert len(every(html, ".lane")) == 3
    assert has(html, '[tabindex="0"]')  # three lanes may scroll on a phone: keys must reach them
    assert not has(html, "b")
