"""Runs the tests on PostgreSQL, then on SQLite: `make test`, or `make test ARGS="-k serial"`.

Without arguments it ends within ten minutes on two processors: it leaves out long tests, and runs
the tests of pages and demo on PostgreSQL only. If you name tests, all of them run; `tests` names
all. PostgreSQL is a throw-away server unless DATABASE_URL names a database.
"""

# ruff: noqa: S603 - the command is our own

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tests.temporary_postgres import temporary_postgres

ROOT = Path(__file__).resolve().parent.parent
# Each worker has a database, and perhaps a browser. There is one more worker than processors, since
# some wait for a mail server, a browser or another process. An idle worker takes tests from the
# others.
WORKERS = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "worksteal"]
# The database makes no difference to these tests, or they bring their own.
ONCE = [
    "--ignore=tests/pure",
    "--ignore=tests/browser",
    "--ignore=tests/operations/test_drill.py",
    "--ignore=tests/theme",
    "--ignore=tests/test_headers.py",
    "--ignore=tests/test_routes.py",
    "--ignore=tests/test_fuzz.py",
    "--ignore=tests/test_tools.py",
    "--ignore=tests/desk/test_role_by_action.py",
    "--ignore=tests/bulk/test_memory.py",
    "--ignore=tests/bulk/test_purchase_orders.py",
    "--ignore=tests/customers/test_purchase_orders.py",
]
QUICK = ["-m", "not long"]
QUICK_ONCE = [
    "--ignore=tests/accounts",
    "--ignore=tests/customers",
    "--ignore=tests/demo",
    "--ignore=tests/desk",
]
NO_TESTS = 5  # pytest's exit status if no test was selected
INTERRUPTED = 130
LONGEST_REASON = 200  # characters


class Run(NamedTuple):
    """The result of pytest on one database."""

    database: str
    status: int
    failures: list[str]

    @property
    def outcome(self) -> str:
        passed = self.status == 0
        return f"{self.database}: {'passed' if passed else f'FAILED (exit status {self.status})'}."


def main(arguments: list[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # ends as orderly as with Ctrl-C
    try:
        with _postgres() as url:
            postgres = _run("PostgreSQL", arguments or QUICK, {"DATABASE_URL": url})
        sqlite = _run("SQLite", [*ONCE, *(arguments or [*QUICK, *QUICK_ONCE])], {})
    except KeyboardInterrupt:
        return INTERRUPTED
    if sqlite.status == NO_TESTS:  # ARGS may select only tests that run once
        sqlite = sqlite._replace(status=0)
    # Repeated at the end: the failures on PostgreSQL are far up the screen by now.
    print("", postgres.outcome, *postgres.failures, sqlite.outcome, *sqlite.failures, sep="\n")
    return postgres.status or sqlite.status


def _postgres() -> AbstractContextManager[str]:
    url = os.environ.get("DATABASE_URL")
    return nullcontext(url) if url else temporary_postgres()


def _run(database: str, arguments: list[str], environment: dict[str, str]) -> Run:
    print(f"\n=== Tests on {database} ===", flush=True)
    others = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", *WORKERS, f"--junitxml={report}", *arguments]
        # In its own session: pytest needs one interrupt, and Ctrl-C plus ours would be two.
        process = subprocess.Popen(
            command, cwd=ROOT, env=others | environment, start_new_session=True
        )
        try:
            status = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        return Run(database, status, list(failures(report)))


def failures(report: Path) -> Iterator[str]:
    """A line for each failure in pytest's report as JUnit XML."""
    if not report.exists():  # pytest ended before it wrote one
        return
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - the file is our own
        for problem in (*case.iterfind("failure"), *case.iterfind("error")):
            reason = " ".join(problem.get("message", "").split())[:LONGEST_REASON]
            yield f"  {case.get('classname')}::{case.get('name')} - {reason}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
