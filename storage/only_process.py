"""SQLite serves one process of ours at a time: a lock beside its file, which dies with it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another process of ours has this database open. Names the file."""


@contextmanager
def only_process(database: Path) -> Iterator[None]:
    """Have the SQLite file *database* for this process alone. Raises ``InUse``.

    The kernel lets go when the holder is killed, so a lock is never stale. SQLite's own locks are
    of another kind, and are not touched.
    """
    descriptor = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(str(database)) from error
        yield
    finally:
        os.close(descriptor)
