"""The demo as a new user runs it: the supervisor in a fresh checkout.

Each run has a checkout of its own, so that it starts without data and collects static files
where no other run does: several of these, and `make run`, do not get into each other's way.
"""

import os
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_IN_A_FRESH_CHECKOUT = shutil.ignore_patterns(".*", "__pycache__", "staticfiles", "var")
LAST_LINE = "Press Ctrl-C to stop."

# Deadlines for a busy machine. All of them end as soon as what they wait for is there.
START_SECONDS = 180
STOP_SECONDS = 60
MAIL_SECONDS = 60
POLL_SECONDS = 0.1


class Supervised:
    """A running supervisor, and what it printed."""

    def __init__(self, checkout: Path, port: int) -> None:
        self.checkout = checkout
        self.output = ""
        self.cookies: dict[str, list[Any]] = {}  # by email, of who has logged in
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.serve"],
            cwd=checkout,
            env={"PATH": os.environ["PATH"], "PORT": str(port)},  # nothing of the tests' settings
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")

    def read_until(self, last: str) -> None:
        """Reads what it prints up to that line."""
        deadline = time.monotonic() + START_SECONDS
        while last not in self.output:
            line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            assert line, f"It ended without saying “{last}”:\n{self.output}"
            self.output += line

    @property
    def url(self) -> str:
        return self._told(r"is running: +(\S+)")

    @property
    def password(self) -> str:
        return self._told(r"with the password +(\S+)")

    @property
    def mail(self) -> Path:
        return self.checkout / self._told(r"Mail lands in +(\S+)")

    def revisions_of(self, site_name: str) -> int:
        """How often something was issued for that site."""
        query = (
            "select count(*) from licensing_revision"
            " join licensing_installation on installation_id = licensing_installation.id"
            " where site_name = ?"
        )
        with closing(sqlite3.connect(self.checkout / "var" / "portal.sqlite3")) as database:
            (count,) = database.execute(query, [site_name]).fetchone()
            return int(count)

    def _told(self, pattern: str) -> str:
        found = re.search(pattern, self.output)
        assert found, self.output
        return found[1]

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit status, once it has ended and all it had to say is in `output`."""
        status = self._process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        while not self._lines.empty():
            self.output += self._lines.get()
        return status

    def processes(self) -> dict[int, str]:
        """The command by process id, of all that works in the checkout: nothing else does."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended, or is somebody else's
                if (folder / "cwd").readlink() == self.checkout:
                    command = (folder / "cmdline").read_text().replace("\0", " ")
                    found[int(folder.name)] = command
        return found

    def wait_for_process(self, command: str) -> int:
        """The first one with that in its command."""
        deadline = time.monotonic() + START_SECONDS
        while not (found := [n for n, text in self.processes().items() if command in text]):
            assert time.monotonic() < deadline, f"Nothing runs {command}:\n{self.output}"
            time.sleep(POLL_SECONDS)
        return found[0]

    def kill(self) -> None:
        """Ends what a failed test left behind."""
        for number in self.processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self._process.wait()

    def letters(self, po_number: str) -> list[EmailMessage]:
        """The mails about that purchase order that have arrived."""
        return [mail for mail in self._mails() if subject_of(mail).endswith(f"PO {po_number}")]

    def _mails(self) -> list[EmailMessage]:
        files = sorted(self.mail.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def wait_for_letter(self, po_number: str) -> EmailMessage:
        """The one mail about that purchase order."""
        deadline = time.monotonic() + MAIL_SECONDS
        while not (found := self.letters(po_number)):
            assert time.monotonic() < deadline, f"No mail about {po_number} in {self.mail}"
            time.sleep(POLL_SECONDS)
        (letter,) = found
        return letter

    def invitation_link(self) -> str:
        """That of the demo's open invitation, whose mail was the first to be queued."""
        deadline = time.monotonic() + MAIL_SECONDS
        while not (found := re.findall(r"http\S+/invitations/\S+", self._invitations())):
            assert time.monotonic() < deadline, f"No invitation in {self.mail}"
            time.sleep(POLL_SECONDS)
        return str(found[0])

    def answer_link(self, po_number: str) -> str:
        """That of the mail about the held order."""
        link = re.search(r"http\S+/orders/answer/\S+", text_of(self.wait_for_letter(po_number)))
        assert link, f"The letter about {po_number} has no link"
        return link[0]

    def _invitations(self) -> str:
        mails = [mail for mail in self._mails() if mail["Subject"].startswith("Join ")]
        return "".join(text_of(mail) for mail in mails)


def fresh_checkout(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT, folder / "portal", ignore=NOT_IN_A_FRESH_CHECKOUT)).resolve()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def supervised(checkout: Path, port: int) -> Iterator[Supervised]:
    """A supervisor that was started and may not be ready yet."""
    site = Supervised(checkout, port)
    try:
        yield site
    finally:
        site.kill()


def subject_of(letter: EmailMessage) -> str:
    """As mail programs show it: where the line was folded is no matter."""
    return str(letter["Subject"]).strip()


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body
    content: str = body.get_content()
    return content.replace("\r\n", "\n")
