"""Sentences about a bulk file: its faults, and the problems of its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from orders.bulk.file.table import (
    MAX_ALSO,
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    AsRead,
    Fault,
    FileProblem,
    FileRefused,
    letters,
)
from orders.bulk.reading import RowProblem, Wrong
from orders.models import MAX_LINES, MAX_NOTIFIED
from orders.models.bulk import Status
from orders.rules.problems import Found, Problem
from orders.wording import sentence

MAX_TOGETHER = 50  # orders for one site in one file; they are previewed in one go


def file_sentences(refusal: FileRefused) -> list[str]:
    return [_file_sentence(problem) for problem in refusal.problems]


def _file_sentence(problem: FileProblem) -> str:
    """Says where the fault is, what is wrong, and what to do next."""
    what = str(_FAULTS[problem.fault]) % {**_FIGURES, "text": problem.text}
    if problem.fault is Fault.MORE:
        return what
    where = _("Row %(row)d, column %(column)s: %(what)s") % {
        "row": problem.row,
        "column": letters(problem.column),
        "what": what,
    }
    return f"{where} {_also(problem)}" if problem.also else where


def _also(problem: FileProblem) -> str:
    rows = ", ".join(map(str, problem.also))
    if problem.more:
        return _("The same in rows %(rows)s and %(more)d more.") % {
            "rows": rows,
            "more": problem.more,
        }
    return ngettext(
        "The same in row %(rows)s.", "The same in rows %(rows)s.", len(problem.also)
    ) % {"rows": rows}


def as_read_sentences(as_read: AsRead) -> list[str]:
    """Says what was left out of the file, and what was guessed of it."""
    said = []
    if as_read.encoding:
        said.append(_("Read as %(encoding)s.") % {"encoding": as_read.encoding})
    if as_read.letters:
        said[0] = _(
            "Read as %(encoding)s, for example “%(letters)s”. If letters are wrong, save the "
            "file as “CSV UTF-8” or as XLSX."
        ) % {"encoding": as_read.encoding, "letters": as_read.letters}
    if as_read.not_read:
        titles = ", ".join(f"“{title}”" for title in as_read.not_read)
        said.append(
            _("Not read: %(titles)s. No column of ours has that name.") % {"titles": titles}
        )
    if as_read.totals:
        shown = ", ".join(map(str, as_read.totals[:MAX_ALSO]))
        more = "…" if len(as_read.totals) > MAX_ALSO else ""
        text = ngettext(
            "Left out as a sum: row %(rows)s.",
            "Left out as sums: rows %(rows)s.",
            len(as_read.totals),
        )
        said.append(text % {"rows": shown + more})
    return said


_FIGURES: Mapping[str, object] = {
    "megabytes": MAX_BYTES // 1024**2,
    "rows": f"{MAX_ROWS:,}",
    "columns": MAX_COLUMNS,
    "characters": f"{MAX_CELL:,}",
}
_FAULTS: dict[Fault, Promise] = {
    Fault.EMPTY: gettext_lazy(
        "nothing is ordered here. Fill in a row below the names of the columns."
    ),
    Fault.TOO_LARGE: gettext_lazy(
        "the file has more than %(megabytes)d MB. Split it, or take pictures out of it."
    ),
    Fault.UNREADABLE: gettext_lazy(
        "these characters can’t be read. Save the file as “CSV UTF-8” or as XLSX."
    ),
    Fault.QUOTES: gettext_lazy(
        "the quotation marks or line ends don’t fit. Save the file as “CSV UTF-8” or as XLSX."
    ),
    Fault.LOCKED: gettext_lazy(
        "the file is protected by a password, or an old XLS. Save it as XLSX without a password."
    ),
    Fault.DAMAGED: gettext_lazy(
        "the file begins like an XLSX and is damaged. Open it, and save it again as XLSX."
    ),
    Fault.BOMB: gettext_lazy(
        "there is far more in this file than in a list of orders. "
        "Copy the rows into a new workbook, and save that as XLSX."
    ),
    Fault.FORMULA: gettext_lazy(
        "there is a formula. Copy the column, paste it as values, and save the file again."
    ),
    Fault.ERROR_VALUE: gettext_lazy("there is %(text)s. Write the value that you mean."),
    Fault.MERGED: gettext_lazy(
        "the cells %(text)s are merged. Unmerge them, and fill in each of them."
    ),
    Fault.CHANGED_NUMBER: gettext_lazy(
        "the spreadsheet program changed this number to %(text)s, and digits of it are lost. "
        "Format the column as text, and type the number anew."
    ),
    Fault.MADE_A_DATE: gettext_lazy(
        "the spreadsheet program made the day %(text)s of what was typed here. "
        "Format the column as text, and type it anew."
    ),
    Fault.SHOWN_OTHERWISE: gettext_lazy(
        "the cell has %(text)s, and its format shows something else. "
        "Format the column as text, and type what is meant."
    ),
    Fault.HIDDEN_ROW: gettext_lazy(
        "this row is hidden, perhaps by a filter. Show it, or delete it."
    ),
    Fault.HIDDEN_COLUMN: gettext_lazy(
        "this column is hidden, and there is “%(text)s”. Show it, or delete it."
    ),
    Fault.HIDDEN_SHEET: gettext_lazy(
        "the sheet “%(text)s” is hidden. Show it, or delete it; the orders are on the first sheet."
    ),
    Fault.LONG_CELL: gettext_lazy(
        "there are more than %(characters)s characters. Shorten the text."
    ),
    Fault.TOO_MANY_COLUMNS: gettext_lazy(
        "the file has more than %(columns)d columns. Keep only those of the list below."
    ),
    Fault.TOO_MANY_ROWS: gettext_lazy(
        "the file has more than %(rows)s rows. Put the rest into another file."
    ),
    Fault.NO_COLUMNS: gettext_lazy(
        "no row names the columns. Write their names above the orders, as in the list below."
    ),
    Fault.UNKNOWN_COLUMN: gettext_lazy(
        "there is no column “%(text)s”. Name it as in the list below, or delete it."
    ),
    Fault.COLUMN_TWICE: gettext_lazy("the column “%(text)s” is there twice. Delete one."),
    Fault.COLUMN_MISSING: gettext_lazy(
        "the column “%(text)s” is missing. Add it; its values may stay empty where the list "
        "below says so."
    ),
    Fault.NO_HEADER: gettext_lazy(
        "there is “%(text)s”, but no name of a column above it. Name the column, or empty the cell."
    ),
    Fault.MORE: gettext_lazy("There is more to correct. You see it once this is corrected."),
}


def row_sentence(problem: RowProblem) -> str:
    figures = {
        "column": problem.column,
        "value": problem.value,
        "lines": MAX_LINES,
        "addresses": MAX_NOTIFIED,
        "together": MAX_TOGETHER,
    }
    said = str(_WRONGS[problem.wrong]) % figures
    if problem.near:
        near = get_text_list(list(problem.near), _("or"))
        return _("%(problem)s Did you mean %(near)s?") % {"problem": said, "near": near}
    return said


_WRONGS: dict[Wrong, Promise] = {
    Wrong.MISSING: gettext_lazy("%(column)s is empty. Fill it in."),
    Wrong.TOO_LONG: gettext_lazy("%(column)s is too long: “%(value)s…”. Shorten it."),
    Wrong.NOT_ONE_LINE: gettext_lazy(
        "There is a line break or an invisible character in %(column)s. Type it anew."
    ),
    Wrong.KIND: gettext_lazy("kind is “%(value)s”. Write new or existing."),
    Wrong.ACTION: gettext_lazy("action is “%(value)s”. Write add, upgrade or renew."),
    Wrong.NO_PART: gettext_lazy(
        "%(column)s is “%(value)s”, which is not in the catalog. Look the part number up there."
    ),
    Wrong.NOT_ORDERABLE: gettext_lazy(
        "%(value)s can no longer be ordered. Choose another part number, or ask sales."
    ),
    Wrong.QUANTITY: gettext_lazy(
        "quantity is “%(value)s”. Write a whole number from 1 to 100,000, like 12."
    ),
    Wrong.DATE: gettext_lazy(
        "%(column)s is “%(value)s”. Write a day like 2026-12-15 or 12/15/2026."
    ),
    Wrong.ADDRESS: gettext_lazy(
        "notify is “%(value)s”. Write email addresses with semicolons between."
    ),
    Wrong.SERIAL_OF_NEW: gettext_lazy(
        "A new installation has no serial number yet. Write existing in kind, or empty "
        "serial_number."
    ),
    Wrong.FROM_OF_ADD: gettext_lazy(
        "%(column)s is only for upgrade and renew. Empty it, or correct the action."
    ),
    Wrong.START_OF_CHANGE: gettext_lazy(
        "start_date is only for add. Empty it, or correct the action."
    ),
    Wrong.TOO_MANY_LINES: gettext_lazy(
        "An order has at most %(lines)d lines. Give the rest another PO number."
    ),
    Wrong.TOO_MANY_ADDRESSES: gettext_lazy(
        "An order tells at most %(addresses)d more addresses. Remove some from notify."
    ),
    Wrong.SITE_NAMES: gettext_lazy(
        "These rows are one order, and name its site in two ways: %(value)s. Write it one way; if "
        "they are two sites, place one of them with the order form."
    ),
    Wrong.TOO_MANY_TOGETHER: gettext_lazy(
        "One file has at most %(together)d orders for one site. Put this one into another file."
    ),
    Wrong.MORE: gettext_lazy(
        "This order has more problems (%(value)s). You see them once these are corrected."
    ),
}


def refusal_sentence(problem: Problem) -> str:
    """The sentence of the form, without the box that a file can't tick."""
    if isinstance(problem, Found):
        return _("%(found)s If you want to order it anyway, use the order form.") % {
            "found": sentence(problem)
        }
    return sentence(problem)


def existing_sentence(site: str, serials: Mapping[str, str]) -> str:
    """Tells the author of the file how to order for an existing site."""
    numbers = [
        _("%(number)s for %(family)s") % {"number": number, "family": family}
        for family, number in serials.items()
    ]
    return _(
        "To order for “%(site)s”, write existing in kind, and in serial_number %(serials)s."
    ) % {"site": site, "serials": get_text_list(numbers, _("or"))}


def replaced_sentence(on: dt.date, current: str, *, as_of: dt.date) -> str:
    """Names its day: it is kept, and read later by somebody who may not know more then."""
    return _(
        "This serial number was replaced on %(date)s. As of %(today)s, the current one is "
        "%(number)s."
    ) % {"date": date_format(on), "today": date_format(as_of), "number": current}


def similar_sentence(names: Sequence[str]) -> str:
    return _("Perhaps you mean an existing site: %(sites)s.") % {"sites": "; ".join(names)}


def bounds_sentences(error: ValidationError) -> list[str]:
    """The errors of values that a model refuses, with their fields."""
    if not hasattr(error, "error_dict"):
        return error.messages
    return [
        f"{name}: {message}"
        for name, messages in error.message_dict.items()
        for message in messages
    ]


def about_row(row: int, text: str) -> str:
    return _("Row %(row)d: %(text)s") % {"row": row, "text": text}


STATUSES: Mapping[str, Promise] = dict(Status.choices)
FORECAST_STATUSES: Mapping[str, Promise] = {  # the same, before the order is placed
    Status.ISSUED: pgettext_lazy("order", "Would be issued"),
    Status.IN_REVIEW: pgettext_lazy("order", "Would go to review"),
    Status.HELD: pgettext_lazy("order", "Would be held"),
    Status.REFUSED: pgettext_lazy("order", "Refused"),
}


def status_label(status: str, *, is_placed: bool) -> str:
    """Nothing is called issued before it is."""
    return str((STATUSES if is_placed else FORECAST_STATUSES)[status])


def reviewed_as_usual() -> str:
    return _("Sales looks at each order of this company first.")
