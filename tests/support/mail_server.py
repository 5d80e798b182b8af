"""A real mail server on this machine: it takes mails by SMTP (RFC 5321) and keeps them.

With STARTTLS or with TLS from the first byte, with or without an account; and with faults.
"""

import asyncio
import base64
import ssl
import subprocess
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Self


@dataclass(frozen=True)
class Fault:
    """What becomes of the next *verb*: another answer, none at all, or a connection that breaks.

    *taken*: a mail is kept all the same.
    """

    verb: str
    answer: str = ""
    silent: bool = False
    taken: bool = False


@dataclass(frozen=True)
class Taken:
    """A mail that was taken."""

    sender: str
    to: str
    content: bytes

    @property
    def message(self):
        return message_from_bytes(self.content, policy=policy.default)


class MailServer:
    """Listens on a free port of the loopback interface while it is entered."""

    def __init__(self, *, starttls=None, tls=None, account=None):
        self.faults = deque()
        self.taken = []
        self.said = []
        self._starttls, self._tls, self._account = starttls, tls, account
        self._open = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(0.05)  # for the connections to be let go

    async def _serve(self, reader, writer):
        self._open.add(task := asyncio.current_task())
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await _Talk(self, reader, writer).go_on()
        finally:
            self._open.discard(task)
            writer.transport.abort()


class _Talk:
    """One connection."""

    def __init__(self, server, reader, writer):
        self._server, self._reader, self._writer = server, reader, writer
        self._secure = server._tls is not None
        self._known = server._account is None
        self._sender = self._to = ""

    async def go_on(self):
        await self._say("220 here")
        while line := (await self._reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            self._server.said.append(verb if verb == "AUTH" else line)
            if await self._suffers(verb):
                continue
            if verb == "QUIT":
                await self._say("221 bye")
                return
            await getattr(self, f"_{verb.lower()}")(line)

    async def _say(self, *lines):
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def _suffers(self, verb):
        """Do what the next fault says, if it is about *verb*."""
        faults = self._server.faults
        if not faults or faults[0].verb != verb:
            return False
        fault = faults.popleft()
        if fault.silent:
            await asyncio.sleep(3600)
        if not fault.answer:
            raise ConnectionResetError
        await self._say(fault.answer)
        return True

    async def _ehlo(self, _line):
        offers = ["250-here"]
        if self._server._starttls and not self._secure:
            offers.append("250-STARTTLS")
        if self._server._account:
            offers.append("250-AUTH PLAIN")
        await self._say(*offers, "250 8BITMIME")

    async def _starttls(self, _line):
        await self._say("220 go on")
        await self._writer.start_tls(self._server._starttls)
        self._secure = True

    async def _auth(self, line):
        said = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
        self._known = tuple(said) == self._server._account
        await self._say("235 welcome" if self._known else "535 who are you")

    async def _mail(self, line):
        wants_tls = self._server._starttls is not None and not self._secure
        if wants_tls or not self._known:
            return await self._say("530 not like this")
        self._sender = _address(line)
        return await self._say("250 fine")

    async def _rcpt(self, line):
        self._to = _address(line)
        await self._say("250 fine")

    async def _data(self, _line):
        await self._say("354 go on")
        content = await self._reader.readuntil(b"\r\n.\r\n")
        faults = self._server.faults
        lost = bool(faults) and faults[0].verb == "."
        if not lost or faults[0].taken:
            mail = Taken(self._sender, self._to, content[:-3].replace(b"\r\n..", b"\r\n."))
            self._server.taken.append(mail)
        if not await self._suffers("."):
            await self._say("250 taken")

    async def _rset(self, _line):
        await self._say("250 fine")


def _address(line):
    return line.partition("<")[2].partition(">")[0]


_MAKE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    "-subj /CN=here -addext subjectAltName=IP:127.0.0.1"
)


def certificate(folder):
    """Make a certificate for this machine; return a server's context, and who trusts it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [*_MAKE.split(), "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(cert, key)
    return serving, ssl.create_default_context(cafile=str(cert))
