"""Measures the portal against the floor, and prints the table of goals: `make bench`."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time

from bench import server
from bench.plan import FULL, PLANS, Plan, missing_disk


def main() -> int:
    plan, only, keeps = _asked()
    if missing := missing_disk(plan, server.FOLDER):
        print(missing, file=sys.stderr)
        return 1
    print(f"Needs {plan.disk / 1e9:.1f} GB in {server.FOLDER} while it runs.", flush=True)
    with (
        server.running() as url,
        tempfile.TemporaryDirectory(prefix="license-portal-bench-") as var,
    ):
        _set_environment(url, var)
        _measure(plan, only, keeps=keeps)
    return 0


def _asked() -> tuple[Plan, str, bool]:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("plan", nargs="?", default=FULL.name, choices=PLANS)
    parser.add_argument("--only", default="", help="rows whose names contain this")
    parser.add_argument("--keep", action="store_true", help="keep the figures as those before")
    asked = parser.parse_args()
    return PLANS[asked.plan], asked.only, asked.keep


def _set_environment(url: str, var: str) -> None:
    os.environ.update(
        DATABASE_URL=url,
        DJANGO_SETTINGS_MODULE="bench.settings",
        LOG_LEVEL="ERROR",
        PORTAL_MODE="demo",
        PORTAL_VAR=var,
        SECRET_KEY=secrets.token_urlsafe(50),
    )


def _measure(plan: Plan, only: str, *, keeps: bool) -> None:
    # Imported late: Django reads the environment set above.
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from bench import seeding, table  # noqa: PLC0415
    from bench.rows import ROWS, in_their_turn  # noqa: PLC0415

    rows = [row for row in ROWS if only in row.name]
    began = time.monotonic()
    call_command("collectstatic", verbosity=0, interactive=False)
    seeding.fill(plan)
    found = {}
    for row in in_their_turn(rows):
        at = time.monotonic()
        found[row.name] = row.measure(plan)
        print(f"{time.monotonic() - at:6.1f} s  {row.name}: {found[row.name].text}", flush=True)
    if keeps:
        table.keep(rows, found, plan)
    print(f"\n{table.told(rows, found, plan)}\n\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
