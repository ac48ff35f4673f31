"""A mail server that takes all and keeps nothing, in a process of its own.

It prints its port first, then a line for each connection: python -m bench.sink
"""

from __future__ import annotations

import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class Conversation(socketserver.StreamRequestHandler):
    """Just enough SMTP, and as fast as Python reads lines: the sender is to be measured."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        print("connected", flush=True)
        self.answer(b"220 sink")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"EHLO":
                self.answer(b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING")
            elif command == b"DATA":
                self.answer(b"354 go on")
                while self.rfile.readline() != b".\r\n":
                    pass
                self.answer(b"250 taken")
            else:
                self.answer(b"221 bye" if command == b"QUIT" else b"250 ok")
            if command == b"QUIT":
                return

    def answer(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True


@dataclass(slots=True)
class Known:
    port: int
    connections: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def sink() -> Iterator[Known]:
    """Runs one; it knows how many connections it had."""
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        known = Known(int(process.stdout.readline()))
        reader = threading.Thread(target=_count, args=(process.stdout, known))
        reader.start()
        try:
            yield known
        finally:
            process.kill()
            reader.join()


def _count(lines: object, known: Known) -> None:
    for _line in lines:  # type: ignore[attr-defined]  # an open file
        known.connections += 1


if __name__ == "__main__":
    with Sink(("127.0.0.1", 0), Conversation) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
