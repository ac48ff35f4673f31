"""Installs the locked packages into .venv: `python3 tools/install.py run` or `dev`.

It runs on the system's Python, before there is a virtual environment, so it uses only the standard
library. It is silent and instant when nothing changed since the last time.
"""

# ruff: noqa: S603 - the commands are our own

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that older Pythons get to see
    sys.exit(
        "The license portal needs Python 3.11 or newer; this is Python "
        "{}.{}. Install a newer one, then name it: make run PYTHON=python3.12".format(
            *sys.version_info[:2]
        )
    )

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
THIS_PYTHON = "{}.{}".format(*sys.version_info[:2])
NO_VENV = """Python's venv module is missing. Install it, then try again.
On Debian and Ubuntu: sudo apt-get install python3-venv"""


def is_up_to_date(which: str, *, stamp: dict[str, str], locks: dict[str, str]) -> bool:
    """Whether the packages of a lock are installed; those of dev contain those of run."""
    return any(stamp.get(name) == locks[name] for name in {which, "dev"})


def read_locks() -> dict[str, str]:
    """The fingerprint of each lock; another Python needs its packages installed again."""
    return {
        name: hashlib.sha256(THIS_PYTHON.encode() + lock_file(name).read_bytes()).hexdigest()
        for name in ("run", "dev")
    }


def lock_file(which: str) -> Path:
    return ROOT / "requirements" / f"{which}.txt"


def read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return stamp


def create_venv(*, clear: bool) -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian splits it off
        import venv  # noqa: F401, PLC0415
    except ImportError:
        sys.exit(NO_VENV)
    command = [sys.executable, "-m", "venv", str(VENV), *(["--clear"] if clear else [])]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"The virtual environment .venv could not be made.\n{NO_VENV}")


def install_packages(which: str) -> None:
    count = sum("==" in line for line in lock_file(which).read_text().splitlines())
    print(f"Installing {count} packages into .venv, about a minute …", flush=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    options = ["--quiet", "--require-hashes", "-r", str(lock_file(which))]
    if subprocess.run([*pip, "install", *options], check=False).returncode != 0:
        sys.exit("The packages could not be installed. Check the internet access and try again.")


def install(which: str) -> None:
    stamp, locks = read_stamp(), read_locks()
    if is_up_to_date(which, stamp=stamp, locks=locks):
        return
    create_venv(clear=stamp.get("python", THIS_PYTHON) != THIS_PYTHON)
    STAMP.unlink(missing_ok=True)  # an interrupted installation must not look complete
    install_packages(which)
    STAMP.write_text(json.dumps({which: locks[which], "python": THIS_PYTHON}))


if __name__ == "__main__":
    # As an exception, a signal also ends the running pip.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("Interrupted."))
    if sys.argv[1:] not in (["run"], ["dev"]):
        sys.exit("Usage: python3 tools/install.py run|dev")
    install(sys.argv[1])
