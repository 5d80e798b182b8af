"""What arrived while the database was away: sealed, on the disk, before the provider is answered.

A process appends to a file of its own in one folder, with one ``fsync`` for all who wait, and
locks it for as long as it lives. A file whose lock is free was left behind by a dead process, and
is taken over. What it may have half written at its end was never answered, and is ignored.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import structlog

from channels import arrivals
from channels.base import Arrival
from vault import seals
from vault.keyring import Keyring, Purpose
from vault.seals import CannotOpen

log = structlog.get_logger()

#: In front of each record stands its length, in so many bytes.
LENGTH_BYTES = 4

#: How a spool's file is called.
SUFFIX = ".spool"

_CONTEXT = "spool"


@dataclass(frozen=True, slots=True, repr=False)
class Spooled:
    """Something that arrived, and when."""

    arrival: Arrival
    at: datetime


@dataclass(slots=True, eq=False)
class _File:
    """One locked file: how long it is, and how far it was dealt with."""

    path: Path
    descriptor: int
    size: int = 0
    dealt_with: int = 0

    def append(self, records: bytes) -> None:
        """Write *records* durably, all or none. Raises ``OSError``."""
        try:
            written = os.pwrite(self.descriptor, records, self.size)
            while written < len(records):
                written += os.pwrite(self.descriptor, records[written:], self.size + written)
            os.fsync(self.descriptor)
        except OSError:
            os.ftruncate(self.descriptor, self.size)
            raise
        self.size += len(records)

    def records(self, start: int) -> Iterator[tuple[bytes, int]]:
        """Yield each record from *start* on, and where it ends."""
        while start + LENGTH_BYTES <= self.size:
            length = os.pread(self.descriptor, LENGTH_BYTES, start)
            end = start + LENGTH_BYTES + int.from_bytes(length)
            if end > self.size:
                return
            yield os.pread(self.descriptor, end - start - LENGTH_BYTES, start + LENGTH_BYTES), end
            start = end

    def shred(self) -> None:
        """Overwrite what stands in it, and remove it. Raises ``OSError``."""
        os.pwrite(self.descriptor, bytes(self.size), 0)
        os.fsync(self.descriptor)
        self.path.unlink()
        os.close(self.descriptor)


class Spool:
    """The files of one process in *folder*, oldest first; the last one is written to."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._key = keyring.keyed(Purpose.SPOOL)
        self._files: list[_File] = []
        self._ours: _File | None = None
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self.draining = asyncio.Lock()

    @property
    def empty(self) -> bool:
        """Whether nothing waits. While something does, what comes new has to queue behind it."""
        return not self._files and not self._waiting and self._writing is None

    def abandon(self) -> None:
        """Let go of the files: this process ends, and another takes over what is in them."""
        for file in self._files:
            os.close(file.descriptor)
        self._files, self._ours = [], None

    # --- in -----------------------------------------------------------------------------------

    async def keep(self, arrival: Arrival, at: datetime) -> None:
        """Keep *arrival* durably. Raises ``OSError`` when the disk does not take it."""
        sealed = seals.lock(self._key, arrivals.encoded(arrival, at), context=_CONTEXT)
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((len(sealed).to_bytes(LENGTH_BYTES) + sealed, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._append(batch)
        finally:
            self._writing = None

    async def _append(self, batch: Sequence[tuple[bytes, asyncio.Future[None]]]) -> None:
        error: Exception | None = None
        async with self._lock:
            try:
                if self._ours is None:
                    self._ours = await asyncio.to_thread(_made, self._folder)
                    self._files.append(self._ours)
                records = b"".join(record for record, _ in batch)
                await asyncio.to_thread(self._ours.append, records)
            except OSError as refused:
                error = refused
        for _, kept in batch:
            if kept.done():
                continue  # whoever brought it has gone; it is kept all the same
            if error is None:
                kept.set_result(None)
            else:
                kept.set_exception(error)

    # --- out ----------------------------------------------------------------------------------

    async def adopt(self) -> None:
        """Take over what dead processes left behind; it goes before what is ours."""
        async with self._lock:
            known = {file.path for file in self._files}
            self._files[:0] = await asyncio.to_thread(_orphans, self._folder, known)

    async def oldest(self, limit: int) -> tuple[Sequence[Spooled], int]:
        """Return the first *limit* that wait, of one file, and what to tell ``done`` then."""
        async with self._lock:
            return await asyncio.to_thread(self._read, limit)

    def _read(self, limit: int) -> tuple[Sequence[Spooled], int]:
        if not self._files:
            return (), 0
        file = self._files[0]
        found: list[Spooled] = []
        end = file.dealt_with
        for record, after in file.records(file.dealt_with):
            if len(found) == limit:
                break
            end = after
            try:
                plain = seals.unlock(self._key, record, context=_CONTEXT)
            except CannotOpen:
                log.exception("spool.damaged")  # nobody can read it any more
            else:
                found.append(Spooled(*arrivals.decoded(plain)))
        return found, end

    async def done(self, end: int) -> None:
        """Forget the first ones up to *end*; a file with nothing left is shredded."""
        async with self._lock:
            if not self._files:
                return
            file = self._files[0]
            file.dealt_with = end
            if next(file.records(end), None) is None:
                await asyncio.to_thread(file.shred)
                self._files.remove(file)
                self._ours = None if file is self._ours else self._ours


def _made(folder: Path) -> _File:
    """Make a file that is locked before anybody can find it. Raises ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{uuid4().hex}{SUFFIX}"
    unseen = path.with_suffix(".new")
    descriptor = os.open(unseen, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unseen.rename(path)
        _settle(folder)
    except OSError:
        os.close(descriptor)
        unseen.unlink(missing_ok=True)
        raise
    return _File(path, descriptor)


def _orphans(folder: Path, known: set[Path]) -> list[_File]:
    """Lock the files in *folder* that nobody holds, oldest first."""
    with suppress(FileNotFoundError):
        found = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        return [file for path in found if path not in known and (file := _taken(path))]
    return []


def _taken(path: Path) -> _File | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # it lives
        os.close(descriptor)
        return None
    status = os.fstat(descriptor)
    if status.st_nlink == 0:  # somebody else was faster, and is done with it
        os.close(descriptor)
        return None
    return _File(path, descriptor, status.st_size)


def _settle(folder: Path) -> None:
    """See that the names in *folder* are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
