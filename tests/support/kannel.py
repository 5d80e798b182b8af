"""A real Kannel (Debian's packages kannel and kannel-extras) with its fake message centre.

The centre speaks lines of text, «from to kind words», and whoever connects to it is its network:
here the phones. What it hands to a phone it reports as delivered.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.support.processes import free_port

BEARERBOX, SMSBOX = shutil.which("bearerbox"), shutil.which("smsbox")

MISSING = None if BEARERBOX and SMSBOX else "Kannel is not installed (apt-get install kannel)"

#: Seconds until both halves listen, on a machine that does much else.
PATIENCE = 30.0

_FROM_NETWORK = re.compile(rb"^(\S+) (\+\d{9,15}) (text|ucs-2) (.*)$", re.DOTALL)


@dataclass
class Kannel:
    """One gateway: ``url`` takes messages, ``hook`` is where it brings those of the phones."""

    folder: Path
    hook: str  # our address, with the secret in it; {…} of ``service`` are added
    number: str = "22345"
    user: str = "baraza"
    password: str = "quiet"
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("admin", "box", "centre", "send")}
    )
    heard: dict[str, list[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['send']}/cgi-bin/sendsms"

    def _written(self, service: str) -> Path:
        file = self.folder / "kannel.conf"
        groups = {
            "core": {"admin-port": self.ports["admin"], "admin-password": "x"}
            | {"smsbox-port": self.ports["box"], "box-allow-ip": "127.0.0.1"},
            "smsc": {"smsc": "fake", "smsc-id": "fake", "port": self.ports["centre"]}
            | {"connect-allow-ip": "127.0.0.1"},
            "smsbox": {"bearerbox-host": "127.0.0.1", "sendsms-port": self.ports["send"]}
            | {"http-request-retry": 10, "http-queue-delay": 1},
            "sendsms-user": {"username": self.user, "password": self.password}
            | {"max-messages": 10, "concatenation": "true"},
            "sms-service": {"keyword": "default", "catch-all": "true", "max-messages": 0}
            | {"omit-empty": "true", "send-sender": "true"},
        }
        lines = [
            "\n".join([f"group = {name}", *(f"{key} = {value}" for key, value in group.items())])
            for name, group in groups.items()
        ]
        file.write_text("\n\n".join(lines) + f"\n{service}\n")
        return file

    @asynccontextmanager
    async def runs(self, *, by_get: bool = False) -> AsyncIterator["Kannel"]:
        """Run it, and bring what the phones say by POST, or else by GET."""
        post = f'post-url = "{self.hook}&id=%I"'
        get = f'get-url = "{self.hook}&id=%I&from=%p&coding=%c&charset=%C&text=%b"'
        file = self._written(get if by_get else post)
        async with _process(BEARERBOX, file):
            await _listens(self.ports["box"])
            async with _process(SMSBOX, file):
                await _listens(self.ports["send"])
                reader, self._network = await asyncio.open_connection(
                    "127.0.0.1", self.ports["centre"]
                )
                listening = asyncio.create_task(self._listen(reader))
                try:
                    yield self
                finally:
                    listening.cancel()
                    self._network.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Take down what reaches each phone; a line that begins no message goes on with one."""
        last: list[str] = []
        while line := await reader.readline():
            found = _FROM_NETWORK.match(line.removesuffix(b"\n"))
            if found is None:
                last[-1] += "\n" + line.removesuffix(b"\n").decode()
                continue
            last = self.heard.setdefault(found[2].decode(), [])
            last.append(_words(found[3], found[4]))

    async def says(self, number: str, text: str) -> None:
        """Let a phone say something: in UTF-16, as phones do, where it is not plain."""
        kind, words = "text", text.encode()
        if not text.isascii():
            kind = "ucs2"
            words = "".join(f"%{byte:02x}" for byte in text.encode("utf-16-be")).encode()
        self._network.write(f"{number} {self.number} {kind} ".encode() + words + b"\n")
        await self._network.drain()


def _words(kind: bytes, words: bytes) -> str:
    if kind == b"text":
        return words.decode()
    return unquote_to_bytes(words.replace(b"+", b" ")).decode("utf-16-be")


@asynccontextmanager
async def _process(program: str | None, file: Path) -> AsyncIterator[None]:
    assert program is not None
    with (file.parent / f"{Path(program).name}.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(program, str(file), stdout=log, stderr=log)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                child.terminate()
            try:
                await asyncio.wait_for(child.wait(), 5)
            except TimeoutError:
                child.kill()
                await child.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
