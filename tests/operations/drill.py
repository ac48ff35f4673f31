"""A machine to follow docs/operations.md on: folders, processes, and somebody who visits."""

import http.client
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.browser.supervised import NOT_IN_A_FRESH_CHECKOUT
from tests.files import Upload
from tests.operations import operations_page
from tests.outbox.processes import MailServer
from tests.pages import every
from tests.temporary_postgres import client_programs

HOST = "licenses.vendor.example"
START_SECONDS = 120  # for a busy machine; it goes on as soon as both web servers answer
STOP_SECONDS = 60
POLL_SECONDS = 0.1


class Machine:
    """Runs the page's blocks, with its own folders, ports and users in place of the page's."""

    def __init__(self, folder: Path, postgres_url: str, mail_server: MailServer) -> None:
        self.folder = folder
        self.checkout = folder / "opt"
        shutil.copytree(operations_page.ROOT, self.checkout, ignore=NOT_IN_A_FRESH_CHECKOUT)
        (self.checkout / ".venv").symlink_to(sys.prefix)
        self.ports = free_ports(2)
        [sockets] = parse_qs(urlsplit(postgres_url).query)["host"]
        self.exchanges = {
            "/opt/license-portal": str(self.checkout),
            "/etc/license-portal": str(folder / "etc"),
            "/var/lib/license-portal": str(folder / "lib"),
            "/var/backups/license-portal": str(folder / "backups"),
            "/var/run/postgresql": sockets,
            "sudo -u postgres": f"env PGHOST={sockets} PGUSER=portal",
            "sudo -u licenses": f"env PGHOST={sockets} PGUSER=licenses",
            "smtp+tls://user:password@mail.vendor.example:587": mail_server.url,
            "8001": str(self.ports[0]),
            "8002": str(self.ports[1]),
        }
        self.blocks = operations_page.blocks()
        self.done: list[str] = []
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, block: str) -> str:
        """A block as root."""
        self.done.append(block)
        return self._bash(self.blocks[block], cwd=self.checkout)

    def run_as_portal(self, block: str) -> str:
        """A block in the portal user's shell."""
        self.done.append(block)
        return self.manage(self.blocks[block])

    def manage(self, commands: str, **environment: str) -> str:
        return self._bash(self.blocks["shell"] + commands, cwd=self.folder, **environment)

    def start(self) -> None:
        """Everything in the Procfile, and waits until both web servers are well."""
        for name, command in operations_page.procfile().items():
            script = self._exchanged(f"{self.blocks['shell']}\nexec {command}")
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    ["bash", "-euo", "pipefail", "-c", script],
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for port in self.ports:
            self._wait_until_well(port)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        statuses = {name: each.wait(STOP_SECONDS) for name, each in self.processes.items()}
        assert set(statuses.values()) == {0}, statuses
        self.processes.clear()

    def kill(self) -> None:
        """Kills the processes that are left."""
        for process in self.processes.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def log(self) -> str:
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def _wait_until_well(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            ended = {name: each.poll() for name, each in self.processes.items()}
            assert set(ended.values()) == {None}, f"{ended}\n{self.log}"
            try:
                status, _, body = request(port, "GET", "/health/", {"Host": HOST})
            except OSError:
                status, body = 0, "no answer"
            if status == 200:
                return
            assert time.monotonic() < deadline, f"{body}\n{self.log}"
            time.sleep(POLL_SECONDS)

    def _bash(self, script: str, *, cwd: Path, **environment: str) -> str:
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._exchanged(script)],
            cwd=cwd,
            env=self._environment() | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{script}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def _exchanged(self, script: str) -> str:
        for text, instead in self.exchanges.items():
            script = script.replace(text, instead)
        return script

    def _environment(self) -> dict[str, str]:
        path = f"{client_programs()}:{os.environ['PATH']}"
        return {"PATH": path, "LANG": "C.UTF-8", "HOME": str(self.folder)}


class Visitor:
    """A browser behind the proxy, which sends each request to another web server."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = itertools.cycle(ports)
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str) -> str:
        status, _, body = self._request("GET", path)
        assert status == 200, f"{path}: {status}"
        return body

    def post(self, path: str, fields: dict[str, str], **files: Upload) -> str:
        """Fills in the form at the path, hidden fields included; where it leads to."""
        hidden = [each.attributes for each in every(self.get(path), 'input[type="hidden"]')]
        kept = {each["name"] or "": each.get("value") or "" for each in hidden}
        sent = encode_multipart(BOUNDARY, kept | fields | files)
        status, headers, body = self._request("POST", path, sent)
        assert status == 302, f"{path}: {status}\n{body}"
        return str(headers["Location"])

    def _request(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any, str]:
        headers = {
            "Host": HOST,
            "Origin": f"https://{HOST}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.7",
            "Content-Type": MULTIPART_CONTENT,
            "Cookie": "; ".join(f"{name}={each.value}" for name, each in self.cookies.items()),
        }
        status, answered, text = request(next(self.ports), method, path, headers, body)
        for cookie in answered.get_all("Set-Cookie") or []:
            self.cookies.load(cookie)
        return status, answered, text


def request(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode(errors="replace")
    finally:
        connection.close()


def free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports
