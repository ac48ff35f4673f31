"""Do the unit tests notice? Change the pure rules one token at a time, and run them.

`make mutants` tries every change, a *mutant* (those of some modules: `make mutants ARGS=texts/`).
`make mutants-sample` tries a fixed share of them, and all in the rule modules that changed since
the commit before (or since BASE=…). A mutant dies in a test, or stands in
tests/data/equivalent_mutants.toml with the reason why no test can see it.

mutmut makes the mutants: in a copy of the project, each function of a rule module stands beside
all of its mutants, and a name says which of them is called. pytest collects the tests once; for
each mutant a process is forked that runs the tests which call its function. That is ten times as
fast as mutmut's own runner, which starts pytest anew for each.
"""

# ruff: noqa: S603 - the commands are our own

import ast
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

import django
import pytest
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import get_mutant_name, mangled_name_from_mutant_name

ROOT = Path(__file__).resolve().parent.parent
EQUIVALENT = ROOT / "tests" / "data" / "equivalent_mutants.toml"
SAMPLE = 4  # every fourth mutant, by a hash of its name: some three minutes on two processors
ALIVE, DEAD, NO_TEST = "alive", "dead", "no test"  # what came of a mutant
SURVIVED = 7  # exit status of a process in which all tests passed
MEMORY = 4 * 2**30  # bytes, for a mutant that never ends
LONGER = 5  # times as long as without a mutant, and then some seconds: it never ends
SECONDS = 1
READERS = (
    *("contracts", "html_is_parsed", "log_fields", "migration_graph", "named_modules", "one_home"),
    *("pointers", "prose", "readme", "texts_are_marked", "times_say_their_zone", "translations"),
)
PYTEST = [  # without the project's own set-up: fixtures cost time, and no rule needs them
    *("-c", "/dev/null", "--rootdir=.", "--noconftest", "-q", "-p", "no:cacheprovider"),
    *("-p", "no:django", "-p", "no:xdist", "-p", "no:cov", "-p", "no:playwright"),
    "--assert=plain",  # a failure is all that is asked for, and telling what it is takes long
    *("-W", "ignore::pytest.PytestUnknownMarkWarning"),
    # chance may kill a mutant today, and another day not
    *("-m", "not hypothesis and not siege", "tests/pure"),
    # these read the project's own texts, and call no rule
    *(f"--ignore=tests/pure/test_{name}.py" for name in READERS),
]


class Change(NamedTuple):
    """A mutant's change, named like those in the list of equivalent mutants."""

    function: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.function}\n    was      {self.was}\n    becomes  {self.becomes}"


@dataclass(frozen=True, slots=True)
class Mutated:
    """A rule module in the copy, with all its mutants beside it."""

    path: Path
    code: str
    names: list[str]

    def changes(self, names: Iterable[str]) -> list[Change]:
        functions = {
            node.name: node
            for node in ast.walk(ast.parse(self.code))
            if isinstance(node, ast.FunctionDef)
        }
        return [_change(name, functions) for name in names]


def main(arguments: list[str]) -> int:
    with TemporaryDirectory(prefix="license-portal-mutants-") as folder:
        copy = Path(folder).resolve()
        copy_project(copy)
        os.chdir(copy)
        return try_mutants(arguments)


def try_mutants(arguments: list[str]) -> int:
    """In the copy, which is the working directory."""
    by_sample = arguments[:1] == ["sample"]
    beginnings = ("",) if by_sample else tuple(arguments) or ("",)
    paths = [each for each in sorted(walk_mutatable_files()) if str(each).startswith(beginnings)]
    modules = [mutate(path) for path in paths]
    chosen = [name for module in modules for name in module.names]
    if by_sample:
        chosen = list(sample(modules, *arguments[1:]))
    print(f"Trying {len(chosen)} mutants.", flush=True)
    trial = Trial(chosen)
    sys.path[:] = [str(Path.cwd()), *(path for path in sys.path if path not in ("", str(ROOT)))]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()  # rules need none of it, but the modules of some tests do
    if status := pytest.main(PYTEST, plugins=[trial]):
        return status
    return report(modules, trial.results)


# The mutants ----------------------------------------------------------------------------------


def copy_project(copy: Path) -> None:
    """Copies the files that are in the repository or will be, without generated files."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)


def mutate(path: Path) -> Mutated:
    mutated = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
    path.write_text(mutated.code, encoding="utf-8")
    names = [get_mutant_name(path, name) for name in mutated.mutant_names]
    return Mutated(path, mutated.code, names)


def sample(modules: Iterable[Mutated], base: str = "HEAD~1") -> Iterator[str]:
    """The names of the mutants to try."""
    touched = changed_since(base)
    for module in modules:
        if module.path in touched:
            yield from module.names
        else:
            yield from filter(is_in_sample, module.names)


def is_in_sample(name: str) -> bool:
    return int(sha256(name.encode()).hexdigest(), 16) % SAMPLE == 0


def changed_since(base: str) -> set[Path]:
    compared = ["git", "diff", "--name-only", base, "--"]
    found = subprocess.run(compared, cwd=ROOT, check=False, capture_output=True, text=True)
    if found.returncode:
        print(f"There is no {base} in this clone: only the fixed sample is tried.")
    return set(map(Path, found.stdout.splitlines()))


def _change(name: str, functions: Mapping[str, ast.FunctionDef]) -> Change:
    module, _, mutant = name.rpartition(".")
    function = mangled_name_from_mutant_name(mutant)
    before, after = (
        [line.strip() for line in ast.unparse(functions[each]).replace(each, "", 1).splitlines()]
        for each in (f"{function}__mutmut_orig", mutant)
    )
    lines = list(unified_diff(before, after, lineterm="", n=0))[2:]
    was, becomes = (" ".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
    return Change(f"{module}.{_readable(function)}", was, becomes)


def _readable(mangled: str) -> str:
    """`x_cover`, and of a method `xǁPartǁrenews`."""
    return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


# The tests ------------------------------------------------------------------------------------


class Trial:
    """In pytest's place: runs the tests once for each mutant instead of once."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.results: dict[str, str] = {}
        self._is_mutant = False
        self._tests: defaultdict[str, list[pytest.Item]] = defaultdict(list)  # by function
        self._took: dict[pytest.Item, float] = {}  # seconds of a processor
        self._running: dict[int, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """A mutant is dead at the first failure, of which no report is made."""
        if self._is_mutant and call.excinfo:
            os._exit(0)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._run_without_mutant(session.items)
        if session.testsfailed:
            return True
        for name in self.names:
            tests = self._tests[mangled_name_from_mutant_name(name)]
            if not tests:
                self.results[name] = NO_TEST
                continue
            if len(self._running) == (os.cpu_count() or 1):
                self._wait()
            self._start(name, sorted(tests, key=self._took.__getitem__))
        while self._running:
            self._wait()
        return True

    def _run_without_mutant(self, tests: Sequence[pytest.Item]) -> None:
        """To know which of them call which function, and how long they take."""
        set_mutant_under_test("stats")
        for test in tests:
            state()._stats.clear()
            begin = process_time()
            _run(test)
            self._took[test] = process_time() - begin
            for function in state()._stats:
                self._tests[function].append(test)
        set_mutant_under_test("")
        gc.freeze()  # and nothing of it is copied for each process

    def _start(self, name: str, tests: Sequence[pytest.Item]) -> None:
        process = os.fork()
        if process:
            self._running[process] = name
            return
        try:
            tests[0].config.pluginmanager.unregister(name="terminalreporter")
            _limit(SECONDS + LONGER * sum(self._took[test] for test in tests))
            set_mutant_under_test(name)
            self._is_mutant = True
            for test in tests:
                _run(test)
        finally:
            os._exit(SURVIVED)  # whatever happens, here is no second pytest

    def _wait(self) -> None:
        process, status = os.wait()
        survived = os.waitstatus_to_exitcode(status) == SURVIVED
        self.results[self._running.pop(process)] = ALIVE if survived else DEAD


def _run(test: pytest.Item) -> None:
    test.config.hook.pytest_runtest_protocol(item=test, nextitem=None)


def _limit(seconds: float) -> None:
    """Limits the time of this process, which then ends by itself."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


# The result -----------------------------------------------------------------------------------


def report(modules: Iterable[Mutated], results: Mapping[str, str]) -> int:
    """Prints what came of it; 0 where all is as it is listed."""
    listed = read_list()
    wrong: list[str] = []
    print(f"\n{'module':34}{'mutants':>8}{'tried':>7}{'dead':>6}{'equivalent':>12}{'alive':>7}")
    for module in filter(attrgetter("names"), modules):
        survivors = module.changes(n for n in module.names if results.get(n, DEAD) != DEAD)
        others = [change for change in survivors if change not in listed]
        count = Counter(results.get(name) for name in module.names)
        tried, equivalent = len(module.names) - count[None], len(survivors) - len(others)
        row = f"{module.path!s:34}{len(module.names):8}{tried:7}{count[DEAD]:6}{equivalent:12}"
        print(f"{row}{len(others):7}")
        wrong += [f"{change}\n    No test sees it." for change in others]
        dead = {name for name in module.names if results.get(name) == DEAD}
        stale = listed.intersection(module.changes(dead)).difference(survivors)
        wrong += [f"{change}\n    Is listed, and a test sees it." for change in stale]
    print("", *wrong, f"{len(wrong)} to look at." if wrong else "All is as listed.", sep="\n")
    return 1 if wrong else 0


def read_list() -> set[Change]:
    """The equivalent mutants."""
    stored = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {
        Change(each["in"], each["was"], becomes)
        for each in stored["equivalent"]
        for becomes in each["becomes"]
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
