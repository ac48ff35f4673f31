"""A mail server on 127.0.0.1 that speaks as much IMAP (RFC 3501) as the portal asks for.

It answers as Dovecot does: a search beyond the last mail finds the last one, and a mail is sent as
far as it was asked for. It refuses every command that would change a mailbox.
"""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "ann@vendor.example", "p/w"


@dataclass
class Kept:
    """A folder of mails by their numbers, and what was asked of it."""

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    commands: list[str] = field(default_factory=list)

    def add(self, raw: bytes) -> None:
        self.mails[max(self.mails, default=40) + 1] = raw


class Conversation(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            name, _, rest = command.partition(" ")
            if name == "UID":
                name, _, rest = rest.partition(" ")
            self.server.kept.commands.append(name)
            answer = getattr(self, f"do_{name.lower()}", None)
            self.say(f"{tag} {answer(rest) if answer else 'BAD not here'}")
            if name == "STARTTLS":
                self.encrypt()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # by now another one than the server closes

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def encrypt(self) -> None:
        assert self.server.tls
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)

    def do_capability(self, _rest: str) -> str:
        self.say(f"* CAPABILITY IMAP4rev1{' STARTTLS' if self.server.tls else ''}")
        return "OK done"

    def do_starttls(self, _rest: str) -> str:
        return "OK begin"

    def do_login(self, rest: str) -> str:
        right = rest == f'{USER} "{PASSWORD}"'
        return "OK hello" if right else "NO [AUTHENTICATIONFAILED] Authentication failed."

    def do_examine(self, rest: str) -> str:
        if rest != '"INBOX"':
            return "NO Mailbox doesn't exist"
        self.say(f"* {len(self.server.kept.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.server.kept.validity}] UIDs valid")
        return "OK [READ-ONLY] done"

    def do_search(self, rest: str) -> str:
        match = re.fullmatch(r"UID (\d+):\* SINCE \d\d?-[A-Z][a-z]{2}-\d{4}", rest)
        assert match, rest
        numbers = sorted(self.server.kept.mails)
        found = [number for number in numbers if number >= int(match[1])] or numbers[-1:]
        self.say(" ".join(["* SEARCH", *map(str, found)]))
        return "OK done"

    def do_fetch(self, rest: str) -> str:
        match = re.fullmatch(r"(\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest)
        assert match, rest
        content = self.server.kept.mails[int(match[1])][: int(match[2])]
        self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (int(match[1]), len(content)))
        self.wfile.write(content)
        self.say(")")
        return "OK done"

    def do_logout(self, _rest: str) -> str:
        self.say("* BYE")
        return "OK done"


class ImapServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None, *, at_once: bool) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.kept = Kept()
        self.tls = tls
        if tls and at_once:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """A client that hangs up, because of our certificate for example, is no news."""


@contextmanager
def imap_server(certificate: str | None = None, *, at_once: bool = False) -> Iterator[ImapServer]:
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    with ImapServer(tls, at_once=at_once) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
