"""The mailbox that bounces come to: on a mail server by IMAP, or a folder in demo mode.

It is only read: no mail in it is changed, marked or deleted, so people may use it as well.
"""

from __future__ import annotations

import datetime as dt
import imaplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from outbox.bounces import MOST_BYTES

IMAP_TIMEOUT = 30  # seconds for each step of the conversation

HINT = (
    "BOUNCE_URL is wrong. Set it to imaps://user:password@host:993/INBOX (TLS), "
    "imap+tls://user:password@host:143/INBOX (STARTTLS), imap://user:password@localhost/INBOX "
    "(no encryption) or file:///an/absolute/folder; write special characters in it as %XX."
)


class Arrived(NamedTuple):
    number: int  # grows from mail to mail
    raw: bytes  # its beginning


class Folder(Protocol):
    """An opened mailbox."""

    validity: int  # numbers of another validity mean nothing

    def after(self, number: int, *, since: dt.datetime, most: int) -> Iterator[Arrived]:
        """The next mails that came since that day."""

    def close(self) -> None: ...


class Mailbox(Protocol):
    name: str  # without a password

    def open(self) -> Folder: ...


class ImapMailbox:
    def __init__(
        self, scheme: str, host: str, port: int, *, user: str, password: str, folder: str
    ) -> None:
        self.name = f"{user}@{host}:{port}/{folder}"
        self.scheme = scheme
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.folder = folder

    def open(self) -> ImapFolder:
        context = ssl.create_default_context()
        server = self._connect(context)
        try:
            if self.scheme == "imap+tls":
                server.starttls(context)
            server.login(self.user, self.password)
            return ImapFolder(server, self.folder)
        except BaseException:
            with suppress(OSError):
                server.shutdown()
            raise

    def _connect(self, context: ssl.SSLContext) -> imaplib.IMAP4:
        if self.scheme == "imaps":
            return imaplib.IMAP4_SSL(
                self.host, self.port, ssl_context=context, timeout=IMAP_TIMEOUT
            )
        return imaplib.IMAP4(self.host, self.port, timeout=IMAP_TIMEOUT)


class ImapFolder:
    def __init__(self, server: imaplib.IMAP4, name: str) -> None:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        status, answer = server.select(f'"{quoted}"', readonly=True)
        if status != "OK":
            raise imaplib.IMAP4.error(f"no folder {name}: {answer[0]!r}")
        _, [validity] = server.response("UIDVALIDITY")
        self.validity = int(validity or 0)
        self.server = server

    def after(self, number: int, *, since: dt.datetime, most: int) -> Iterator[Arrived]:
        day = imaplib.Time2Internaldate(since)[1:12]
        _, found = self.server.uid("SEARCH", f"UID {number + 1}:*", f"SINCE {day}")
        # a server answers with its last mail, if there is none after the number
        uids = map(int, b" ".join(filter(None, found)).split())
        newer = sorted(uid for uid in uids if uid > number)
        for uid in newer[:most]:
            _, parts = self.server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
            yield Arrived(uid, b"".join(part[1] for part in parts if isinstance(part, tuple)))

    def close(self) -> None:
        with suppress(OSError, imaplib.IMAP4.error):
            self.server.logout()


class FolderMailbox:
    """Each file is a mail. Its number is the time when it came into the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.as_uri()
        self.validity = 1

    def open(self) -> FolderMailbox:
        return self

    def after(self, number: int, *, since: dt.datetime, most: int) -> Iterator[Arrived]:
        files = [path for path in self.folder.glob("*.eml") if path.is_file()]
        came = sorted((path.stat().st_ctime_ns, path) for path in files)
        for at, path in [each for each in came if each[0] > number][:most]:
            with path.open("rb") as file:
                yield Arrived(at, file.read(MOST_BYTES))

    def close(self) -> None:
        pass


def mailbox_from_url(url: str) -> Mailbox:
    """Raises ImproperlyConfigured with a hint that does not show the URL: it has a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(HINT) from None  # its text may show part of the password
    if parts.query or parts.fragment or not url.isascii():
        raise ImproperlyConfigured(HINT)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderMailbox(Path(unquote(parts.path)))
    return _imap_mailbox(parts, port)


def _imap_mailbox(parts: SplitResult, port: int | None) -> ImapMailbox:
    default_port = {"imaps": 993, "imap+tls": 143, "imap": 143}.get(parts.scheme)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if default_port is None or not (parts.hostname and user and password and folder.isprintable()):
        raise ImproperlyConfigured(HINT)
    account = {"user": user, "password": password}
    return ImapMailbox(parts.scheme, parts.hostname, port or default_port, folder=folder, **account)
