"""Real processes around the outbox: a mail server and a worker."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.outbox.processes import (
    Crew,
    MailServer,
    Process,
    StartCrew,
    StartServer,
    StartWorker,
    surroundings,
)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    with ExitStack() as stack:

        def start(mode: str, *options: str, **more: Any) -> MailServer:
            server = MailServer(mode, tmp_path / "accepted.jsonl", *options, **more)
            stack.callback(server.end)
            return server

        yield start


@pytest.fixture
def start_worker() -> Iterator[StartWorker]:
    """Starts `manage.py deliver_mail` on the database of the test; its lines are its log.

    A `late` one is the control: it notes answers later than it should.
    """
    with ExitStack() as stack:

        def start(
            mail_url: str, *options: str, settings: str = "", late: bool = False, **more: Any
        ) -> Process:
            program = ["-m", "tests.outbox.late_notes"] if late else ["manage.py", "deliver_mail"]
            command = [sys.executable, *program, *options]
            worker = Process(command, **surroundings(mail_url, settings), **more)
            stack.callback(worker.end)
            return worker

        yield start


@pytest.fixture
def start_crew() -> Iterator[StartCrew]:
    """Starts as many workers on the database of the test; they share one log."""
    with ExitStack() as stack:

        def start(mail_url: str, size: int, *, settings: str, **more: Any) -> Crew:
            command = [sys.executable, "-m", "tests.outbox.crew", str(size)]
            around = surroundings(mail_url, settings)
            crew = Crew(command, **around, start_new_session=True, **more)
            stack.callback(crew.end)
            return crew

        yield start


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    output = ["-keyout", str(file), "-out", str(file.with_suffix(".crt"))]
    subprocess.run([*request, *output], check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return str(file)
