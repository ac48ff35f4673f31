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
from tools.serve import CannotServe, kept_secret, read_port, set_environment
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


SETTINGS = """
from portal.settings import DATABASES, LINK_KEY, PORTAL_URL, SECRET_KEY
print(SECRET_KEY, LINK_KEY, DATABASES["default"]["NAME"], PORTAL_URL)
"""


def settings_beside(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command's settings in a shell that knows little more than where the data are."""
    return subprocess.run(
        [sys.executable, "-c", SETTINGS],
        env={"PATH": os.environ["PATH"], "PORTAL_VAR": str(var), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def demo_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a demo that `make run` started on a database and a port of their own."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {"PORTAL_VAR": str(tmp_path), "DATABASE_URL": "sqlite:///own"})
        set_environment(8123)
    return tmp_path


@pytest.mark.db
def test_a_command_beside_the_demo_reads_what_the_demo_runs_with(demo_folder: Path) -> None:
    key = (demo_folder / "secret_key").read_text()
    found = settings_beside(demo_folder, PORTAL_MODE="demo")
    assert found.stdout.split() == [key, "links:", key, "own", "http://localhost:8123"], found
    for name in ("secret_key", "database_url"):
        assert stat.S_IMODE((demo_folder / name).stat().st_mode) == 0o600, name


@pytest.mark.db
def test_a_demo_that_is_started_anew_without_a_database_forgets_the_one_before(
    demo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {"PORTAL_VAR": str(demo_folder)})
        set_environment(8000)
    found = settings_beside(demo_folder, PORTAL_MODE="demo")
    assert str(demo_folder / "portal.sqlite3") in found.stdout.split()


@pytest.mark.db
def test_what_the_shell_says_goes_before_what_the_demo_keeps(demo_folder: Path) -> None:
    own = {"SECRET_KEY": "mine", "DATABASE_URL": "sqlite:///other", "PORTAL_URL": "http://here"}
    found = settings_beside(demo_folder, PORTAL_MODE="demo", **own)
    assert found.stdout.split() == ["mine", "links:", "mine", "other", "http://here"]


@pytest.mark.db
def test_production_reads_no_secret_of_the_demo(demo_folder: Path) -> None:
    found = settings_beside(demo_folder)
    assert found.returncode == 1
    assert "SECRET_KEY is not set." in found.stderr
    assert "For the demo, set PORTAL_MODE=demo." in found.stderr


@pytest.mark.db
def test_a_command_without_a_demo_says_how_to_get_one(tmp_path: Path) -> None:
    found = settings_beside(tmp_path, PORTAL_MODE="demo")
    assert found.returncode == 1
    assert f"There is no demo in {tmp_path}: start one by `make run`" in found.stderr


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
