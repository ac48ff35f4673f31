"""Runs the demo site: `make run`.

One supervisor prepares the data, then starts three children, the web server, the writer of letters
and the mail worker, each in its own session. All of them end together.
"""

# ruff: noqa: S603 - the commands are our own

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from io import StringIO
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 30  # until the web server must answer
STOP_SECONDS = 10  # until the children must have ended, to let them finish their work
STOP_EARLY_SECONDS = 1  # while granian starts, its worker does not listen to signals
POLL_SECONDS = 0.1

READY = """
The license portal is running:  {url}

Log in with the password  {password}  as
  buyer@dealer.example          Buyer: orders licenses for a dealer, Harbor Security
  viewer@dealer.example         Viewer: a colleague, who only looks
  owner@dealer.example          Owner: manages its members, and has a second company
  outsider@other.example        Owner of another dealer, Summit Systems
  facilities@bayview.example    Viewer: the end customer of some of the sites
  sales@vendor.example          Sales manager: the sales desk, at {url}/admin/
  admin@vendor.example          Administrator: the same, with users and their roles

Mail lands in {mail}
Press Ctrl-C to stop.
"""


class CannotServe(Exception):
    """The site can't run; the message says why and what to do."""


class Supervisor:
    """The children, whether they are ready, and whether they should end."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.preparing = True
        self.stopping = False
        self.ready = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        if self.preparing:
            sys.exit(0)  # it breaks off the preparation; the next start continues it

    def start(self, name: str, command: list[str]) -> None:
        """Starts a child with this interpreter, out of reach of the terminal's Ctrl-C."""
        if self.stopping:
            return
        self.children[name] = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def check(self) -> None:
        for name, child in self.children.items():
            status = child.poll()
            if status is not None and not self.stopping:
                raise CannotServe(
                    f"The {name} ended with exit status {status}. "
                    "Look for the reason above, then run `make run` again."
                )

    def wait(self) -> None:
        """Waits until a signal asks to stop."""
        while not self.stopping:
            self.check()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends all children, politely at first."""
        self.stopping = True
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + (STOP_SECONDS if self.ready else STOP_EARLY_SECONDS)
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0, deadline - time.monotonic()))
            with suppress(ProcessLookupError, PermissionError):  # the group is empty
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def main() -> int:
    take_the_terminal()
    supervisor = Supervisor()
    try:
        port = read_port(os.environ)
        set_environment(port)
        prepare()
        serve(supervisor, port)
    except CannotServe as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        supervisor.stop()
    return 0


def take_the_terminal() -> None:
    """Lets Ctrl-C reach this process alone; `make` sees it end with status 0 and ends likewise."""
    if sys.stdin.isatty() and os.getpgrp() != os.getpid():
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # otherwise taking the terminal would stop us
        os.setpgid(0, 0)
        os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())


def read_port(environment: Mapping[str, str]) -> int:
    """The port to serve on. Checks that it is free."""
    text = environment.get("PORT", "8000")
    if not (text.isdecimal() and 0 < int(text) < 2**16):
        raise CannotServe(f"PORT is “{text}”. Set it to a number like 8000.")
    try:
        socket.create_server((HOST, int(text))).close()
    except OSError as error:
        raise CannotServe(
            f"Port {text} cannot be used: {os.strerror(error.errno or 0)}. "
            "Stop the program that uses it, or choose another: make run PORT=8001"
        ) from None
    return int(text)


def set_environment(port: int) -> None:
    """Sets the variables that the settings, the commands and the children read."""
    var = Path(os.environ.get("PORTAL_VAR", ROOT / "var")).resolve()
    var.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # the terminal belongs to the reader
    keep(var / "database_url", os.environ.get("DATABASE_URL", ""))
    os.environ.update(
        DJANGO_SETTINGS_MODULE="portal.settings",
        PORTAL_MODE="demo",
        PORTAL_VAR=str(var),
        PORTAL_URL=keep(var / "portal_url", f"http://localhost:{port}"),
        SECRET_KEY=kept_secret(var / "secret_key", length=50),
        DEMO_PASSWORD=kept_secret(var / "demo_password", length=15),
    )


def kept_secret(file: Path, *, length: int) -> str:
    """The secret in the file, made at random the first time. `length` is in bytes."""
    if not file.exists():
        draft = file.with_suffix(".new")  # an interrupted start leaves no empty secret
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(length))
        draft.rename(file)
    return file.read_text()


def keep(file: Path, value: str) -> str:
    """Keeps a value for commands beside the demo, which read it by `portal.settings.kept`."""
    file.touch(mode=0o600)  # the address of a database has its password
    file.write_text(value)
    return value


def prepare() -> None:
    """Brings the database and the static files up to date."""
    print("Preparing the demo …", flush=True)
    # Imported late: Django reads the environment set above, and loading it takes a moment.
    import django  # noqa: PLC0415
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import CommandError, call_command  # noqa: PLC0415
    from django.db import OperationalError, connections  # noqa: PLC0415

    try:
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_catalog", verbosity=0)
        call_command("load_roles", verbosity=0)
        call_command("load_demo", verbosity=0)
        call_command("send_notices", stdout=StringIO())  # a real site runs it every hour
        call_command("collectstatic", verbosity=0, interactive=False)
        connections.close_all()  # the supervisor waits for hours and needs none
    except (CommandError, ImproperlyConfigured) as error:
        raise CannotServe(str(error)) from error
    except OperationalError as error:
        raise CannotServe(f"The database cannot be used. Check DATABASE_URL.\n{error}") from error


def serve(supervisor: Supervisor, port: int) -> None:
    """Runs the children until a signal arrives."""
    address = ["--host", HOST, "--port", str(port)]
    options = ["--interface", "wsgi", "--blocking-threads", "4", "--log-level", "warning"]
    supervisor.preparing = False  # a child that starts now is recorded before anything ends
    granian = ["-m", "granian", "portal.wsgi:application", *options, *address]
    supervisor.start("web server", granian)
    supervisor.start("writer of letters", ["manage.py", "write_letters"])
    supervisor.start("mail worker", ["manage.py", "deliver_mail"])
    wait_until_ready(supervisor, port)
    if supervisor.ready:
        print_welcome()
    supervisor.wait()


def wait_until_ready(supervisor: Supervisor, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (supervisor.stopping or supervisor.ready):
        supervisor.check()
        if time.monotonic() > deadline:
            raise CannotServe("The web server does not answer. Run `make run` again.")
        time.sleep(POLL_SECONDS)
        supervisor.ready = answers(port)


def answers(port: int) -> bool:
    """Whether the site answers; a connection alone is accepted before the site is loaded."""
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("HEAD", "/", headers={"Host": f"localhost:{port}"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def print_welcome() -> None:
    url, password = os.environ["PORTAL_URL"], os.environ["DEMO_PASSWORD"]
    mail = os.path.relpath(Path(os.environ["PORTAL_VAR"]) / "mail")
    print(READY.format(url=url, password=password, mail=f"{mail}/"), flush=True)


if __name__ == "__main__":
    sys.exit(main())
