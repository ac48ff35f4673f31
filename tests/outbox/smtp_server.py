"""A mail server on 127.0.0.1: python smtp_server.py MODE FILE [CERTIFICATE] [--port PORT].

Appends each mail that reached it whole to FILE, as a line of JSON, and prints a line per
event: first "port NUMBER", then "received" for each mail, before it is answered.

Modes: ok; refuse (550 to everybody), refuse-some (550 to addresses with “refused”), "RCPT CODE
TEXT" and "DATA CODE TEXT" (that answer to each address, or to each mail), greylist (451 the first
time an address is seen), drop (hangs up after the first mail without an answer), one-each (hangs
up after each mail), two-each (says 421 to the third mail of a connection, and hangs up), hold
(answers a mail once a line comes in on standard input), login (530 unless logged in as ann with
p/w), faults (does what the address says: it never takes refuse-1@…, greylists greylist-2@…, drops
the first mail to drop-3@…, and prints "received slow" for slow-4@…, which it answers once the
line "slow" comes in; the others it answers like hold). With a CERTIFICATE (one file with key and
certificate) it speaks TLS only after STARTTLS, or from the start when MODE begins with "tls-".
"""

import argparse
import asyncio
import json
import ssl
import sys
from collections import Counter
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Handler:
    def __init__(self, mode: str, file: Path) -> None:
        self.mode = mode
        self.file = file
        self.seen: set[str] = set()
        self.to_drop: set[str] = set()
        self.received = 0
        self.taken: Counter[SMTP] = Counter()
        self.releases = asyncio.Semaphore(0)
        self.slow_releases = asyncio.Semaphore(0)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.taken[server] += 1
        if self.mode == "two-each" and self.taken[server] > 2:
            assert server.transport
            asyncio.get_running_loop().call_soon(server.transport.close)
            return "421 4.7.0 Too many mails over one connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mode.startswith("RCPT "):
            return self.mode.removeprefix("RCPT ")
        fault = self.fault(address)
        if fault == "refuse" or (self.mode == "refuse-some" and "refused" in address):
            return "550 5.1.1 No such user"
        if fault == "greylist":
            return "451 4.7.1 Come back later"
        if self.mode == "faults" and fault == "drop":
            self.to_drop.add(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def fault(self, address: str) -> str:
        """The fault that an address gets, this time."""
        if self.mode not in {"greylist", "faults"}:
            return self.mode
        fault = address.partition("-")[0] if self.mode == "faults" else self.mode
        if address in self.seen and fault != "refuse":
            return "ok"
        self.seen.add(address)
        return fault

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.mode.startswith("DATA "):
            return self.mode.removeprefix("DATA ")
        self.received += 1
        dropped = self.drops(envelope)
        slow = self.mode == "faults" and envelope.rcpt_tos[0].startswith("slow-")
        self.note(session, envelope, dropped, "received slow" if slow else "received")
        if slow:
            await self.slow_releases.acquire()
        elif self.mode in {"hold", "faults"}:
            await self.releases.acquire()
        if dropped or self.mode == "one-each":
            assert server.transport
            asyncio.get_running_loop().call_soon(server.transport.close)
        if dropped:
            await asyncio.Event().wait()  # until the end of the connection cancels us
        return "250 OK"

    def drops(self, envelope: Envelope) -> bool:
        """Whether to hang up without an answer, although the mail is here."""
        known = self.to_drop.intersection(envelope.rcpt_tos)
        self.to_drop -= known
        return bool(known) or (self.mode == "drop" and self.received == 1)

    def note(self, session: Session, envelope: Envelope, dropped: bool, event: str) -> None:
        assert isinstance(envelope.original_content, bytes)
        mail = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "raw": envelope.original_content.decode("latin-1"),
            "dropped": dropped,
            "connection": session.peer,
        }
        with self.file.open("a") as file:
            file.write(json.dumps(mail) + "\n")
        print(event, flush=True)


async def release_by_line(handler: Handler) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        released = handler.slow_releases if line == b"slow\n" else handler.releases
        released.release()


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    right = (data.login, data.password) == (b"ann", b"p/w")
    return AuthResult(success=right, handled=False)


def tls(certificate: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def serve(mode: str, file: str, certificate: str | None, port: int) -> None:
    context, at_once = tls(certificate), mode.startswith("tls-")
    handler = Handler(mode.removeprefix("tls-"), Path(file))
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            handler,
            hostname="mail.test",
            auth_required=handler.mode == "login",
            auth_require_tls=False,
            authenticator=authenticate,
            tls_context=None if at_once else context,
            require_starttls=context is not None and not at_once,
        ),
        "127.0.0.1",
        port,
        ssl=context if at_once else None,
    )
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await release_by_line(handler)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("mode")
    parser.add_argument("file")
    parser.add_argument("certificate", nargs="?")
    parser.add_argument("--port", type=int, default=0, help="a free one unless given")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(**vars(arguments())))  # until standard input ends
