"""Brings the catalogs of translations up to date with the texts in the code: `make messages`.

It writes locale/*/LC_MESSAGES/django.po, adds new texts, leaves out texts that are gone, and
compiles each catalog to the django.mo that the site reads. Run it again after you have written the
translations.
"""

import os
import shutil
import sys
from pathlib import Path

import django
import polib
from django.core.management import call_command
from django.core.management.commands import makemessages

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = ROOT / "locale"
PROGRAMS = ("xgettext", "msguniq", "msgmerge", "msgattrib")
NO_PROGRAMS = """The programs of GNU gettext are missing. Install them, then try again.
On Debian and Ubuntu: sudo apt-get install gettext"""
NOT_OURS = ("tests", "tools", "bench", "docs", "var", "staticfiles", ".venv", "build")
STAMPS = ("POT-Creation-Date", "PO-Revision-Date")  # different each time, and no news


class Command(makemessages.Command):
    """Collects texts without guessing translations: a wrong one is worse than none."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


def extract() -> None:
    languages = [path.name for path in sorted(CATALOGS.iterdir())]
    options = {"no_wrap": True, "add_location": "file", "no_obsolete": True}
    call_command(Command(), locale=languages, ignore_patterns=[*NOT_OURS], verbosity=0, **options)


def tidy(path: Path) -> polib.POFile:
    """The catalog without the parts that would change with each run."""
    catalog = polib.pofile(str(path), wrapwidth=0)
    for stamp in STAMPS:
        catalog.metadata.pop(stamp, None)
    catalog.save()
    return catalog


def main() -> None:
    if not all(map(shutil.which, PROGRAMS)):
        sys.exit(NO_PROGRAMS)
    os.chdir(ROOT)
    os.environ.update(PORTAL_MODE="demo", SECRET_KEY="not-used")  # noqa: S106 - nothing is signed
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    extract()
    missing = False
    for path in sorted(CATALOGS.glob("*/LC_MESSAGES/*.po")):
        catalog = tidy(path)
        catalog.save_as_mofile(str(path.with_suffix(".mo")))
        for entry in catalog.untranslated_entries():
            missing = True
            print(f"{path.relative_to(ROOT)}: no translation of “{entry.msgid}”")
    if missing:
        sys.exit("Write what is missing into the catalog, then run make messages again.")


if __name__ == "__main__":
    main()
