"""A mail server on 127.0.0.1 that takes every mail and keeps none: `python -m bench.mail_server`.

It prints its port, and a line of JSON with what came in so far for each line that it reads.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    def __init__(self) -> None:
        self.connections = 0
        self.mails = 0

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.mails += 1
        return "250 OK"

    def answer(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="mail.test")


async def serve() -> None:
    sink, loop = Sink(), asyncio.get_running_loop()
    server = await loop.create_server(sink.answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(json.dumps(vars(sink)), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
