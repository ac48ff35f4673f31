"""Deletes counters of tries that are over."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from limits.sweeping import sweep


class Command(BaseCommand):
    help = "Delete the counters of tries that are over, and those that are too many."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep()
        if swept.ended or swept.pushed_out:
            self.stdout.write(
                f"{swept.ended} counters were over, {swept.pushed_out} were too many."
            )
