"""The scripts that a PDF can show beside those of typst's own fonts, and the font of each.

The fonts come with the package weblate-fonts (SIL Open Font License 1.1), so each machine has the
same. A PDF gets the characters that it shows, not the whole font.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
import weblate_fonts

FOLDER = Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"


@dataclass(frozen=True, slots=True)
class Script:
    name: str  # for operators
    family: str
    characters: str  # as between the brackets of a regular expression


# The order decides whose form a Chinese character has: the Korean one in a text with Hangul, the
# Japanese one in a text with kana. The last font that has such characters has all of them.
SCRIPTS = (
    Script("Korean", "Kurinto Sans KR", "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"),
    Script("Japanese", "Kurinto Sans JP", "\u3041-\u3096\u3099-\u30ff\u31f0-\u31ff\uff65-\uff9f"),
    Script(
        "Chinese",
        "Kurinto Sans SC",
        "\u3000-\u303f\u3105-\u312f\u3400-\u4db5\u4e00-\u9fef\uff01-\uff5e",
    ),
    Script(
        "Arabic",
        "Kurinto Sans",
        "\u0606-\u061b\u061e-\u06ff\u0750-\u077f\ufb50-\ufbc1\ufe76-\ufefc",
    ),
    Script("Thai", "Kurinto Sans", "\u0e01-\u0e3a\u0e3f-\u0e5b"),
    Script("Hindi", "Kurinto Sans", "\u0900-\u097f"),
)


def families_for(text: str) -> list[str]:
    """The fonts that the text needs besides typst's own, in the order in which they are asked."""
    used = (script.family for script in SCRIPTS if re.search(f"[{script.characters}]", text))
    return [family for family in dict.fromkeys(used) if family in _families()]


def characters_of(families: Collection[str]) -> str:
    """The characters of these fonts, as between the brackets of a regular expression."""
    return "".join(script.characters for script in SCRIPTS if script.family in families)


def missing() -> list[Script]:
    """The scripts that are boxes in a PDF, because their font is not there."""
    return [script for script in SCRIPTS if script.family not in _families()]


@cache
def fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[FOLDER])


@cache
def _families() -> frozenset[str]:
    return frozenset(fonts().families())
