"""Run the tests on PostgreSQL, then on SQLite: `make test`, or `make test ARGS="-k serial"`.

Without arguments it ends within ten minutes on two processors: long tests are left out, and the
pages are tested on PostgreSQL only. Whoever names tests gets all of them; `tests` are all.
PostgreSQL is a throw-away server unless DATABASE_URL names a database.
"""

# ruff: noqa: S603 - the command is our own

import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tests.temporary_postgres import temporary_postgres

ROOT = Path(__file__).resolve().parent.parent
# Each has a database, and perhaps a browser. One more than there are processors: some wait for a
# mail server, a browser or another process. Who has nothing left takes tests from the others.
WORKERS = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "worksteal"]
# The database makes no difference to these, or they bring their own.
ONCE = [
    "--ignore=tests/pure",
    "--ignore=tests/browser",
    "--ignore=tests/operations/test_drill.py",
    "--ignore=tests/theme",
    "--ignore=tests/test_headers.py",
    "--ignore=tests/test_routes.py",
    "--ignore=tests/test_fuzz.py",
    "--ignore=tests/desk/test_role_by_action.py",
    "--ignore=tests/bulk/test_memory.py",
    "--ignore=tests/bulk/test_purchase_orders.py",
    "--ignore=tests/customers/test_purchase_orders.py",
]
QUICK = ["-m", "not long"]
PAGES = ["--ignore=tests/accounts", "--ignore=tests/customers", "--ignore=tests/desk"]
NO_TESTS = 5  # pytest's exit status where nothing was selected
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as orderly as Ctrl-C
    try:
        with _postgres() as url:
            postgres = _run("PostgreSQL", arguments or QUICK, {"DATABASE_URL": url})
        sqlite = _run("SQLite", [*ONCE, *(arguments or [*QUICK, *PAGES])], {})
    except KeyboardInterrupt:
        return INTERRUPTED
    if sqlite == NO_TESTS:  # what ARGS selects may lie within the tests that run once
        sqlite = 0
    print(f"\nPostgreSQL: {_outcome(postgres)}. SQLite: {_outcome(sqlite)}.")
    return postgres or sqlite


def _postgres() -> AbstractContextManager[str]:
    url = os.environ.get("DATABASE_URL")
    return nullcontext(url) if url else temporary_postgres()


def _run(title: str, arguments: list[str], database: dict[str, str]) -> int:
    """The exit status of pytest on one database."""
    print(f"\n=== Tests on {title} ===", flush=True)
    others = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "pytest", *WORKERS, *arguments]
    # In a session of its own, because pytest needs one interrupt, and Ctrl-C plus ours are two.
    process = subprocess.Popen(command, cwd=ROOT, env=others | database, start_new_session=True)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def _outcome(status: int) -> str:
    return "passed" if status == 0 else f"FAILED (exit status {status})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
