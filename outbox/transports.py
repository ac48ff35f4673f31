"""The places that mail is sent to: a mail server, or a folder in demo mode."""

import os
import re
import select
import smtplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.mail.utils import DNS_NAME
from django.utils.text import slugify

from outbox.answers import Fault, Step, fault_of, is_final

# Errors at other steps, as at the log-in, say nothing about the mail that is to be sent.
ABOUT_A_MAIL = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
)
STEPS = {smtplib.SMTPSenderRefused: Step.SENDER, smtplib.SMTPRecipientsRefused: Step.RECIPIENT}
TAKEN, PASSED_ON, GOOD_BYE = 250, 251, 421  # answers of a server
SMTP_TIMEOUT = 30  # seconds for each step of the conversation

HINT = (
    "MAIL_URL is wrong. Set it to smtp+tls://user:password@host:587 (STARTTLS), "
    "smtps://user:password@host:465 (TLS), smtp://host:25 (no encryption) or "
    "file:///an/absolute/folder; write special characters in it as %XX."
)


class Refused(Exception):
    """The mail server refused this mail, and it said what it finds fault with."""

    def __init__(self, reply: str, *, fault: Fault) -> None:
        super().__init__(reply)
        self.fault = fault


class Deferred(Exception):
    """The mail server answered that it will not take this mail now."""


class Transport(Protocol):
    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        """Hand the mail over. Raises Refused when the mail server refuses it, else anything."""

    def close(self) -> None:
        """Called when there is nothing more to send for now."""


class SmtpTransport:
    """Keeps its connection from mail to mail, and opens a new one when the server ended it."""

    def __init__(self, scheme: str, host: str, port: int, user: str, password: str) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self._server: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        try:
            server = self._ready_for(sender, recipient, len(raw))
            _hand_over(server, raw)
        except Exception as error:
            self._go_on_after(error)
            raise _told(error) from error

    def _ready_for(self, sender: str, recipient: str, size: int) -> smtplib.SMTP:
        """The connection, once the server has taken both addresses.

        Many servers take so many mails over one connection, and then end it (421) at an address: no
        mail was handed over yet, so it is named again over a new one.
        """
        is_kept = self._is_open()
        server = self._connected()
        try:
            _name_both(server, sender, recipient, size)
        except (smtplib.SMTPException, OSError) as error:
            if not is_kept or not _ends_connection(error):
                raise
            self._hang_up()
            server = self._connected()
            _name_both(server, sender, recipient, size)
        return server

    def _go_on_after(self, error: Exception) -> None:
        """Keeps the connection if the server has only refused this mail."""
        is_refusal = isinstance(error, ABOUT_A_MAIL) and not _ends_connection(error)
        try:
            if self._server is not None and is_refusal:
                self._server.rset()
                return
        except (smtplib.SMTPException, OSError):
            pass  # the server ended it
        self._hang_up()

    def close(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                self._server.quit()
            self._hang_up()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None or not self._is_open():
            self._hang_up()
            self._server = self._connect()
            self._greet(self._server)
        return self._server

    def _is_open(self) -> bool:
        return self._server is not None and not _has_hung_up(self._server)

    def _connect(self) -> smtplib.SMTP:
        name = DNS_NAME.get_fqdn()  # as in Django: looked up once, so a slow DNS delays one mail
        if self.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                self.host, self.port, name, timeout=SMTP_TIMEOUT, context=context
            )
        return smtplib.SMTP(self.host, self.port, name, timeout=SMTP_TIMEOUT)

    def _greet(self, server: smtplib.SMTP) -> None:
        if self.scheme == "smtp+tls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if self.user:
            server.login(self.user, self.password)

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _has_hung_up(server: smtplib.SMTP) -> bool:
    """Whether the server closed the connection: it sends nothing else between mails."""
    return server.sock is None or bool(select.select([server.sock], [], [], 0)[0])


def _name_both(server: smtplib.SMTP, sender: str, recipient: str, size: int) -> None:
    """The steps MAIL and RCPT. Until they are over no mail is handed over."""
    options = ["BODY=8BITMIME"] if server.has_extn("8bitmime") else []
    if server.has_extn("size"):
        options.append(f"size={size}")
    code, said = server.mail(sender, options)
    if code != TAKEN:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = server.rcpt(recipient)
    if code not in (TAKEN, PASSED_ON):
        raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})


def _hand_over(server: smtplib.SMTP, raw: bytes) -> None:
    code, said = server.data(raw)
    if code != TAKEN:
        raise smtplib.SMTPDataError(code, said)


def _ends_connection(error: Exception) -> bool:
    lost = smtplib.SMTPServerDisconnected | ConnectionError
    return isinstance(error, lost) or _reply_in(error)[0] == GOOD_BYE


def _told(error: Exception) -> Exception:
    """The error as Refused or Deferred with the mail server's words, if the server answered."""
    step = STEPS.get(type(error), Step.OTHER)
    code, text = _reply_in(error)
    if not code:
        return error
    if is_final(code) and isinstance(error, ABOUT_A_MAIL):
        return Refused(f"{code} {text}", fault=fault_of(code, text, step))
    return Deferred(f"{code} {text}")


def _reply_in(error: Exception) -> tuple[int, str]:
    """The code and the words of the server's answer; 0 without one."""
    reply: tuple[int, bytes | str] = (0, "")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [reply] = error.recipients.values()
    elif isinstance(error, smtplib.SMTPResponseException):
        reply = (error.smtp_code, error.smtp_error)
    code, said = reply
    return code, said.decode(errors="replace") if isinstance(said, bytes) else said


class FolderTransport:
    """Writes each mail as NAME.eml, and as NAME.txt for people who try the demo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        message = message_from_bytes(raw, policy=policy.default)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{_file_name(recipient, message)}"
        path = self._write(name, ".eml", raw)
        self._write(path.stem, ".txt", _readable(message).encode(errors="replace"))

    def close(self) -> None:
        pass

    def _write(self, name: str, suffix: str, content: bytes) -> Path:
        """Makes a new file. It appears with all its content and replaces no other file."""
        with NamedTemporaryFile(dir=self.folder, prefix=".") as file:
            file.write(content)
            file.flush()
            for number in range(1, 1000):
                path = self.folder / f"{name}{f'-{number}' if number > 1 else ''}{suffix}"
                with suppress(FileExistsError):
                    os.link(file.name, path)  # unlike a rename, a link never overwrites
                    return path
        raise FileExistsError(f"{name}{suffix} exists a thousand times.")


def _file_name(recipient: str, message: EmailMessage) -> str:
    address = re.sub(r"[^A-Za-z0-9@._+-]+", "_", recipient)
    return f"{address[:60]}-{slugify(str(message['Subject'] or ''))[:60]}"


def _readable(message: EmailMessage) -> str:
    headers = [f"{name}: {message[name] or ''}\n" for name in ("From", "To", "Subject", "Date")]
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return "".join([*headers, "\n", text.replace("\r\n", "\n")])


def transport_from_url(url: str) -> Transport:
    """Raises ImproperlyConfigured with a hint that does not show the URL: it has a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(HINT) from None  # its text may show part of the password
    if parts.query or parts.fragment:
        raise ImproperlyConfigured(HINT)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderTransport(Path(unquote(parts.path)))
    return _smtp_transport(parts, port)


def _smtp_transport(parts: SplitResult, port: int | None) -> SmtpTransport:
    scheme = "smtps" if parts.scheme == "smtp+ssl" else parts.scheme
    default_port = {"smtp": 25, "smtp+tls": 587, "smtps": 465}.get(scheme)
    if default_port is None or not parts.hostname or parts.path.strip("/"):
        raise ImproperlyConfigured(HINT)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmtpTransport(scheme, parts.hostname, port or default_port, user, password)
