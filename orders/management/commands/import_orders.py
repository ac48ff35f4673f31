from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from companies.models import Company, User
from orders.bulk import actions, result
from orders.bulk.file.table import FileRefused
from orders.bulk.wording import file_sentences, status_label
from orders.models.bulk import BulkUpload, Status

LONG = 100  # rows; longer files show their progress


class Command(BaseCommand):
    help = (
        "Previews the orders in a CSV or XLSX file, and with --place places those that are good. "
        "Exit status 0 when every row is good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--company", required=True, metavar="NAME")
        parser.add_argument(
            "--by", required=True, metavar="EMAIL", help="a buyer or owner of the company"
        )
        parser.add_argument(
            "--place", action="store_true", help="place the orders that are good; else nothing is"
        )
        parser.add_argument(
            "--result", type=Path, metavar="OUT.csv", help="the rows, with what became of each"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, exit status 1, when a row is refused or the file can't be read."""
        upload = _upload(options["file"], options["company"], options["by"])
        if upload.phase == BulkUpload.Phase.PLACING and not options["place"]:
            raise CommandError("This file is placed in part. Go on with --place.")
        self._run(upload)
        if options["place"]:
            actions.place(upload, by=upload.by)
            self._run(upload)
        self._report(upload)
        if options["result"]:
            with options["result"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(result.lines(upload))
        if not options["place"]:
            actions.discard(upload, by=upload.by)
        if upload.refused:
            raise CommandError(f"{upload.refused} of {upload.order_count} orders are refused.")

    def _run(self, upload: BulkUpload) -> None:
        while upload.is_running:
            actions.go_on(upload, by=upload.by)
            if upload.row_count >= LONG and upload.is_running:
                done = "checked" if upload.is_preview else "placed"
                self.stdout.write(f"{upload.done} of {upload.total} orders {done}")

    def _report(self, upload: BulkUpload) -> None:
        """Prints how the file was read, each refused order, and how many orders of each kind."""
        for note in upload.notes:
            self.stdout.write(note)
        for order in upload.orders.filter(status=Status.REFUSED).order_by("position"):
            for reason in order.explained:
                where = f"row {reason['row']}" if reason["row"] else "all its rows"
                self.stdout.write(f"{order}, {where}: {reason['text']}")
        counts = ", ".join(
            f"{upload.tally[status.value]} "
            f"{status_label(status, is_placed=upload.is_placed).lower()}"
            for status in Status
            if status.value in upload.tally
        )
        done = "placed" if upload.is_placed else "previewed"
        self.stdout.write(f"{upload.row_count} rows, {upload.order_count} orders {done}: {counts}.")


def _upload(path: Path, company: str, email: str) -> BulkUpload:
    """Raises CommandError that says what to do next."""
    try:
        with path.open("rb") as file:
            return actions.upload(
                company=_company(company), file=file, name=path.name, by=_user(email)
            )
    except OSError as error:
        raise CommandError(f"{path} can’t be opened: {error.strerror}.") from error
    except FileRefused as refusal:
        raise CommandError(
            "\n".join(f"{path}: {each}" for each in file_sentences(refusal))
        ) from refusal
    except PermissionDenied as error:
        raise CommandError(f"{email} is no buyer or owner of {company}.") from error


def _company(name: str) -> Company:
    try:
        return Company.objects.get(name=name)
    except Company.DoesNotExist as error:
        raise CommandError(f"There is no company “{name}”. Write its whole name.") from error


def _user(email: str) -> User:
    try:
        return User.objects.with_address(email).get()
    except User.DoesNotExist as error:
        raise CommandError(f"There is no user {email}.") from error
