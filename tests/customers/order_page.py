"""The parts of an order's page."""

from __future__ import annotations

import re

from tests.customers.reading import words


def steps(content: str) -> list[str]:
    (track,) = re.findall(r'<ol class="track">.*?</ol>', content, re.S)
    return [words(step).strip() for step in re.findall("<li.*?</li>", track, re.S)]
