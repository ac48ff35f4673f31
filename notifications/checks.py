from typing import Any

from django.core.checks import CheckMessage, Warning


def check_fonts(**kwargs: Any) -> list[CheckMessage]:
    """notifications.W001: a script of names is boxes in the PDF of confirmations."""
    from notifications.confirmation.scripts import missing  # noqa: PLC0415 - few commands need typst

    scripts = missing()
    if not scripts:
        return []
    names = ", ".join(f"{script.name} ({script.family})" for script in scripts)
    return [
        Warning(
            f"Fonts are missing, so the PDF shows boxes for names in {names}.",
            hint="They come with the package weblate-fonts: python3 tools/install.py run",
            id="notifications.W001",
        )
    ]
