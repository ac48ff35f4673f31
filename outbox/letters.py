"""Mail for its reader: renders templates in one language into subject, text and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

# Mail programs read styles in the tags; styles that depend on the screen must stay in <style>.
_INLINER = css_inline.CSSInliner(
    keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
)


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


def render(kind: str, language: str, context: Mapping[str, Any]) -> Letter:
    """Renders mail/KIND.subject.txt, .txt and .html. Sends nothing and reads no database."""
    known = {
        "language": language,
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
    }
    with override(language):
        subject, text, html = (
            render_to_string(f"mail/{kind}.{part}", {**known, **context})
            for part in ("subject.txt", "txt", "html")
        )
    return Letter(" ".join(subject.split()), text.strip() + "\n", _INLINER.inline(html))
