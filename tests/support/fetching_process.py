"""A process that brings attachments home and dies at a commit of its choice, without a goodbye.

Called as ``python -m tests.support.fetching_process URL FOLDER KEYS NOW N before|after``: the
provider is the folder ``provider`` in FOLDER, where an erased file is no more. N 0: it lives.
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from app.fetching import Fetching
from channels.errors import Refused
from forum.cleaning import Cleaned
from storage.engine import connect
from vault import keyring

#: What such a process ends with.
KILLED = 9


class Folder:
    """A provider whose files lie in a folder, under their references."""

    name = "sms"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fetch(self, media):
        path = self._folder / media.reference
        if not path.exists():
            raise Refused("404")
        return path.read_bytes()

    async def erase(self, media):
        path = self._folder / media.reference
        if not path.exists():
            raise Refused("404")
        path.unlink()


class Mortal:
    """A database at whose *n*-th commit *die* is called: just *before* it, or just after."""

    def __init__(self, database, n, *, before, die):
        self._database, self._left = database, n
        self._before, self._die = before, die

    def reading(self):
        return self._database.reading()

    @asynccontextmanager
    async def transaction(self):
        self._left -= 1
        dies = self._left == 0
        async with self._database.transaction() as db:
            yield db
            if dies and self._before:
                self._die()
        if dies and not self._before:
            self._die()


async def clean(content):
    """Stand in for the cleaner, which has tests of its own and takes a while to start."""
    return Cleaned("image/jpeg", b"clean " + content)


async def main(url, folder, keys, now, n, when):
    database = connect(url, Path(folder))
    mortal = Mortal(database, int(n), before=when == "before", die=lambda: os._exit(KILLED))
    house = SimpleNamespace(
        database=mortal,
        keyring=keyring.load(Path(keys), sender=True),
        channels={"sms": Folder(Path(folder) / "provider")},
    )
    await Fetching(house, clean).run(datetime.fromisoformat(now))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
