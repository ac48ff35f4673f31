"""The tools behind `make`."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.temporary_postgres import temporary_postgres
from tools.install import is_up_to_date
from tools.serve import CannotServe, kept_secret, read_port
from tools.test import failures, lanes

LOCKS = {"run": "r2", "dev": "d2"}


@pytest.mark.parametrize(
    ("which", "stamp", "expected"),
    [
        pytest.param("run", {}, False, id="nothing-installed"),
        pytest.param("run", {"run": "r2"}, True, id="run-is-current"),
        pytest.param("run", {"run": "r1"}, False, id="run-has-changed"),
        pytest.param("run", {"dev": "d2"}, True, id="dev-contains-run"),
        pytest.param("run", {"dev": "d1"}, False, id="dev-has-changed"),
        pytest.param("dev", {"run": "r2"}, False, id="run-lacks-dev"),
        pytest.param("dev", {"dev": "d2"}, True, id="dev-is-current"),
    ],
)
def test_packages_are_installed_only_after_a_change(
    which: str, stamp: dict[str, str], expected: bool
) -> None:
    assert is_up_to_date(which, stamp=stamp, locks=LOCKS) is expected


def data_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


@pytest.mark.db
def test_temporary_postgres_answers_and_leaves_nothing_behind() -> None:
    with temporary_postgres() as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT lower('É')").fetchone() == ("é",)
        data = data_folder(url)
        server = int((data / "postmaster.pid").read_text().split()[0])
    assert not data.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


@pytest.mark.db
def test_temporary_postgres_is_removed_after_a_failure() -> None:
    urls = []

    def fail_while_it_runs() -> None:
        with temporary_postgres() as url:
            urls.append(url)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_while_it_runs()
    assert not data_folder(urls[0]).parent.exists()


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    secret = kept_secret(file, length=50)
    assert len(secret) >= 50
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_secret(file, length=50) == secret


@pytest.mark.parametrize("text", ["", "http", "-1", "70000"])
def test_a_port_that_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(CannotServe, match="Set it to a number"):
        read_port({"PORT": text})


ONE_OF_EACH = """
import pytest
@pytest.fixture(autouse=True)
def lane(request): request.node.user_properties.append(("lane", "unit"))
@pytest.fixture
def broken():
    raise OSError("no room")
def test_passes(): pass
def test_is_skipped(): pytest.skip("not today")
def test_fails(): raise ValueError("too long" + "!" * 1000)
def test_has_an_error(broken): pass
"""


@pytest.mark.db
def test_what_failed_is_said_in_a_line_each(tmp_path: Path) -> None:
    module = tmp_path / "test_module.py"
    module.write_text(ONE_OF_EACH)
    report = tmp_path / "report.xml"
    assert list(failures(report)) == []  # pytest may not come so far
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"--junitxml={report}",
        "-p",
        "no:django",
        str(module),
    ]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert lanes(report) == {"unit": 3}, "what was skipped did not run"
    failed, error = failures(report)
    assert failed.startswith("  test_module::test_fails - ValueError: too long!!!")
    assert len(failed) < 250
    assert error == ('  test_module::test_has_an_error - failed on setup with "OSError: no room"')
