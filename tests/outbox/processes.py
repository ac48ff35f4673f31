"""Real processes around the outbox: mail servers, and workers on the database of the test."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from django.db import connection

PATIENCE = 30  # seconds until a process counts as stuck
ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A child whose lines of output can be waited for, or are handed to `on_line`."""

    def __init__(
        self, command: list[str], on_line: Callable[[str], None] | None = None, **options: Any
    ) -> None:
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
        )
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.on_line = on_line or self.lines.put
        self.reader = threading.Thread(target=self._read, args=[self.popen.stdout])
        self.reader.start()

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self.on_line(line.strip())

    def next_line(self) -> str:
        return self.lines.get(timeout=PATIENCE)

    def wait_for(self, *parts: str) -> None:
        """Wait for a line with all of these in it."""
        while not all(part in line for line in [self.next_line()] for part in parts):
            pass

    def remaining_lines(self) -> list[str]:
        """The lines until its end that no test has read."""
        self.wait()
        self.reader.join()
        return [self.lines.get() for _ in range(self.lines.qsize())]

    def tell(self, line: str) -> None:
        assert self.popen.stdin
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def wait(self) -> int:
        return self.popen.wait(PATIENCE)

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self.reader.join()
        for pipe in (self.popen.stdin, self.popen.stdout):
            assert pipe
            pipe.close()


class Crew(Process):
    """Many workers behind one pipe, see `crew.py`; they end together."""

    def end(self) -> None:
        with suppress(ProcessLookupError):  # all of them have ended
            os.killpg(self.popen.pid, signal.SIGKILL)
        super().end()


class MailServer(Process):
    def __init__(
        self, mode: str, file: Path, *options: str, on_line: Callable[[str], None] | None = None
    ) -> None:
        program = str(Path(__file__).with_name("smtp_server.py"))
        super().__init__([sys.executable, program, mode, str(file), *options])
        self.file = file
        self.port = int(self.next_line().removeprefix("port "))
        self.on_line = on_line or self.on_line
        self.url = f"smtp://127.0.0.1:{self.port}"

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The mails that arrived, in order; raw as bytes."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        mails = [json.loads(line) for line in lines]
        return [each | {"raw": each["raw"].encode("latin-1")} for each in mails]

    @property
    def connections(self) -> list[int]:
        """How many mails in a row came over each connection."""
        return [len(list(mails)) for _, mails in groupby(self.accepted, itemgetter("connection"))]

    @property
    def message_ids(self) -> list[str]:
        return [message_from_bytes(each["raw"])["Message-ID"] for each in self.accepted]


StartServer = Callable[..., MailServer]
StartWorker = Callable[..., Process]
StartCrew = Callable[..., Crew]


def surroundings(mail_url: str, settings: str) -> dict[str, Any]:
    """The environment of a process that works on the test's database and mails to that server."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DJANGO_SETTINGS_MODULE", "COVERAGE_PROCESS_START"}
    } | {
        "PORTAL_MODE": "demo",
        "SECRET_KEY": "only-for-tests",
        "DATABASE_URL": database_url(),
        "MAIL_URL": mail_url,
        "DJANGO_SETTINGS_MODULE": settings or "portal.settings",
    }
    return {"cwd": ROOT, "env": environment, "stderr": subprocess.STDOUT}


def database_url() -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    connection.ensure_connection()
    info = connection.connection.info
    login = f"{quote(info.user)}:{quote(info.password or '')}"
    return f"postgres://{login}@/{info.dbname}?host={quote(info.host)}&port={info.port}"
