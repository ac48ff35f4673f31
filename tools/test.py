"""Run the tests by a plan: `python -m tools.test quick`, or `all`, `unit`, `siege`, `named`.

`make` has a command for each; `make test ARGS="-k serial"` runs all tests that it names.
PostgreSQL is a throw-away server unless DATABASE_URL names a database. What ran is told by lane at
the end, because what the first pass said has long gone from the screen.
"""

# ruff: noqa: S603 - the command is our own

import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tests.temporary_postgres import temporary_postgres

ROOT = Path(__file__).resolve().parent.parent
# Each has a database, and perhaps a browser. One more than there are processors: some wait for a
# mail server, a browser or another process. Who has nothing left takes tests from the others.
PROCESSORS = os.cpu_count() or 1
WORKERS = ["-n", str(min(PROCESSORS + 1, 4)), "--dist", "worksteal"]
UNIT_WORKERS = ["-n", str(min(PROCESSORS, 4))]  # they wait for nothing
COVERAGE = ["--cov", "--cov-report=term-missing:skip-covered"]
NO_TESTS = 5  # pytest's exit status where nothing was selected
INTERRUPTED = 130
LONGEST_REASON = 200  # characters


class Pass(NamedTuple):
    """One run of pytest: on which database, and which tests by their marks."""

    database: str
    select: str
    options: list[str] = []


PLANS = {
    "quick": (
        Pass("PostgreSQL", "not siege and not walk"),
        Pass("SQLite", "both_databases and not siege"),
    ),
    "all": (
        # Measuring nearly doubles the time, and the longest add little to what is covered.
        Pass("PostgreSQL", "not siege and not browser", COVERAGE),
        Pass("PostgreSQL", "siege or browser"),
        Pass("SQLite", "db or both_databases"),
    ),
    # The same tests with more examples are a part of the other plans.
    "unit": (Pass("no database", "unit", ["--hypothesis-profile=unit", *UNIT_WORKERS]),),
    "siege": (
        Pass("PostgreSQL", "siege"),
        Pass("SQLite", "siege and both_databases"),
    ),
    "named": (Pass("PostgreSQL", ""), Pass("SQLite", "db or both_databases")),
}


class Run(NamedTuple):
    """The result of a pass."""

    database: str
    status: int
    failures: list[str]
    lanes: Counter[str]  # how many tests ran

    @property
    def outcome(self) -> str:
        verdicts = {0: "passed", NO_TESTS: "nothing to do"}
        verdict = verdicts.get(self.status, f"FAILED (exit status {self.status})")
        each = ", ".join(f"{count} {lane}" for lane, count in sorted(self.lanes.items()))
        return f"{self.database}: {verdict}. {self.lanes.total()} tests ran ({each or 'none'})."


def main(plan: str, arguments: list[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # ends as orderly as with Ctrl-C
    try:
        runs = [_run(each, arguments) for each in PLANS[plan]]
    except KeyboardInterrupt:
        return INTERRUPTED
    print()
    for run in runs:
        print(run.outcome, *run.failures, sep="\n")
    statuses = [run.status for run in runs]
    failed = [status for status in statuses if status not in (0, NO_TESTS)]
    return failed[0] if failed else min(statuses)  # a pass without tests is as good as another one


def _run(one: Pass, arguments: list[str]) -> Run:
    print(f"\n=== Tests: {one.database} ===", flush=True)
    with _environment(one.database) as variables, tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        options = [*WORKERS, f"--junitxml={report}", *one.options, "-m", one.select, *arguments]
        status = _pytest(options, variables | {"COVERAGE_FILE": str(Path(folder, "coverage"))})
        return Run(one.database, status, list(failures(report)), lanes(report))


@contextmanager
def _environment(database: str) -> Iterator[dict[str, str]]:
    """The variables of the tests on that database, as long as its server runs."""
    variables = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # or each worker compiles all tests anew
    with ExitStack() as stack:
        if database == "PostgreSQL":
            url = os.environ.get("DATABASE_URL") or stack.enter_context(temporary_postgres())
            variables["DATABASE_URL"] = url
        yield variables


def _pytest(options: list[str], variables: dict[str, str]) -> int:
    # In a session of its own, because pytest needs one interrupt, and Ctrl-C plus ours are two.
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options], cwd=ROOT, env=variables, start_new_session=True
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def _cases(report: Path) -> Iterator[ElementTree.Element]:
    """The cases in pytest's report as JUnit XML, if pytest wrote one."""
    if report.exists():
        yield from ElementTree.parse(report).iter("testcase")  # noqa: S314 - the file is our own


def lanes(report: Path) -> Counter[str]:
    """How many tests ran in each lane."""
    return Counter(
        str(lane.get("value"))
        for case in _cases(report)
        if case.find("skipped") is None
        for lane in case.iterfind("properties/property[@name='lane']")
    )


def failures(report: Path) -> Iterator[str]:
    """A line for each failure."""
    for case in _cases(report):
        for problem in (*case.iterfind("failure"), *case.iterfind("error")):
            reason = " ".join(problem.get("message", "").split())[:LONGEST_REASON]
            yield f"  {case.get('classname')}::{case.get('name')} - {reason}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
