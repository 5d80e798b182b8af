"""Hands mails to a mail server by SMTP (RFC 5321), in a thread of their own.

The standard library's client: a handful of mails a day need no other. It blocks, so nothing of it
runs on the event loop. What it raises is told apart by what there is to do about it.
"""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.mail_settings import HERE, PORTS, MailSettings

T = TypeVar("T")

#: How long the server may take for one answer, in seconds.
PATIENCE: Final = 10.0

#: From this code on a server will never take it (RFC 5321, 4.2.1); below it, try again.
_NEVER: Final = 500


class Away(Exception):
    """The mail did not leave: try again."""


class Refused(Exception):
    """This mail is never taken."""


class Doubtful(Exception):
    """The mail may have left: the server fell silent after it had all of it."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed in. *secured*: by STARTTLS, TLS from the first byte, or not at all.

    *password_file* is read anew each time, so that it can be changed while we run.
    """

    host: str
    port: int
    secured: Literal["starttls", "tls", "not"]
    sender: str
    user: str = ""
    password: SecretStr = field(default=SecretStr(""))
    password_file: Path | None = None

    def secret(self) -> str:
        """Return the password. Raises ``OSError`` where its file cannot be read."""
        if self.password_file is not None:
            return self.password_file.read_text("utf-8").strip()
        return self.password.get_secret_value()


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """One mail. Never printed: it names somebody. *name* makes its Message-ID."""

    name: str
    to: str
    subject: str
    text: str
    language: str


def server_of(settings: MailSettings) -> Server | None:
    """Return the mail server of the settings; None: nothing is mailed.

    Without TLS only to this very machine: all else is STARTTLS or nothing.
    """
    if not settings.with_mail:
        return None
    parts = urlsplit(settings.smtp_url)
    host = parts.hostname or ""
    plain: Literal["starttls", "not"] = "not" if host in HERE else "starttls"
    return Server(
        host,
        parts.port or PORTS[parts.scheme],
        "tls" if parts.scheme == "smtps" else plain,
        settings.mail_from,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_password_file,
    )


class Post:
    """The way to one mail server. *trust*: whose certificates are believed; None: the system's."""

    def __init__(
        self, server: Server, *, trust: ssl.SSLContext | None = None, patience: float = PATIENCE
    ) -> None:
        self._server = server
        self._trust = trust
        self._patience = patience

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Counter"]:
        """Connect, prove who we are, and hang up at the end. Raises ``Away``."""
        client = await _in_thread(self._connect)
        try:
            yield Counter(client, self._server.sender)
        finally:
            await _in_thread(lambda: _hang_up(client))

    def _connect(self) -> smtplib.SMTP:
        server, trust = self._server, self._trust or ssl.create_default_context()
        try:
            if server.secured == "tls":
                client: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=self._patience, context=trust
                )
            else:
                client = smtplib.SMTP(server.host, server.port, timeout=self._patience)
        except (smtplib.SMTPException, OSError) as error:
            raise Away(type(error).__name__) from None
        try:
            if server.secured == "starttls":
                client.starttls(context=trust)
            client.ehlo_or_helo_if_needed()
            if server.user:
                client.login(server.user, server.secret())
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            _hang_up(client)
            # The error's own words may quote what we said; its name says enough.
            raise Away(type(error).__name__) from None
        return client


class Counter:
    """An open connection, at which one mail after the other is handed in."""

    def __init__(self, client: smtplib.SMTP, sender: str) -> None:
        self._client = client
        self._sender = sender

    async def hand_in(self, mail: Mail, now: datetime) -> None:
        """Hand one mail in. Raises ``Away``, ``Refused`` and ``Doubtful``."""
        content = written(mail, self._sender, now)
        await _in_thread(lambda: self._hand_in(mail.to, content))

    def _hand_in(self, to: str, content: bytes) -> None:
        try:
            _check(*self._client.mail(self._sender), never=False)  # that is ours to mend
            _check(*self._client.rcpt(to), never=True)
        except (smtplib.SMTPException, OSError) as error:
            raise Away(type(error).__name__) from None
        except UnicodeError:
            raise Refused from None
        try:
            _check(*self._client.data(content), never=True)
        except smtplib.SMTPDataError:
            raise Away("SMTPDataError") from None  # it did not want to hear it
        except (smtplib.SMTPException, OSError):
            raise Doubtful from None
        finally:
            with suppress(smtplib.SMTPException, OSError):
                self._client.rset()


def _check(code: int, _said: bytes, *, never: bool) -> None:
    if code // 100 == 2:  # noqa: PLR2004 - RFC 5321, 4.2.1: done
        return
    raise (Refused if never and code >= _NEVER else Away)(str(code))


def written(mail: Mail, sender: str, now: datetime) -> bytes:
    """Return *mail* as it travels. Machines are told not to answer it (RFC 3834)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message["Content-Language"] = mail.language  # set_content takes away what began with Content
    return message.as_bytes()


def _hang_up(client: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        client.quit()
    client.close()


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)
