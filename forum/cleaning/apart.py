"""Cleans a file in a process of its own, which may crash, hang or be taken over without harm.

A process for each file, not a pool: none ever holds two reporters' files, and none is a copy of
ours with its keys. It costs a third of a second, and nobody waits for it.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason

#: Seconds by the clock, after which the process is killed.
SECONDS = 60.0

#: Bytes of an answer. A photo that was packed tightly grows when it becomes one that all can see.
MAX_ANSWER = 100 * 1024 * 1024

#: Bytes asked for at a time.
_CHUNK = 1024 * 1024

#: The folder of our rooms: all that the process gets to know of us.
_ROOT: Final = Path(__file__).parents[2]

#: Nothing is compiled to disk, where it may not write, and the folder in which it happens to be
#: started does not count.
CLEANER: Final = (sys.executable, "-B", "-P", "-m", "forum.cleaning")


class CleanerFailed(Exception):
    """The process died, hung or said what it never says. It may go better another time."""


async def clean(
    content: bytes, *, cleaner: Sequence[str] = CLEANER, seconds: float = SECONDS
) -> Cleaned:
    """Return *content* without hidden data.

    *cleaner*: what to start; *seconds*: how long to wait for it. Raises ``CannotClean`` and
    ``CleanerFailed``.
    """
    environment = {"PYTHONPATH": str(_ROOT)}
    process = await asyncio.create_subprocess_exec(
        *cleaner, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await asyncio.gather(_hear(process), _tell(process, content))
            ended = await process.wait()
    except TimeoutError:
        raise CleanerFailed("it hung") from None
    finally:
        await _end(process)
    if ended != 0:
        raise CleanerFailed(f"it ended with {ended}")
    return _understood(said)


async def _tell(process: Process, content: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(content)
        await process.stdin.drain()
    process.stdin.close()


async def _hear(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    said = bytearray()
    while chunk := await process.stdout.read(_CHUNK):
        said += chunk
        if len(said) > MAX_ANSWER:
            raise CleanerFailed("it said too much")
    return bytes(said)


async def _end(process: Process) -> None:
    """See that nothing is left of it, however we came here."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    # What it had said and nobody read would keep it from being over.
    await process.communicate()


def _understood(said: bytes) -> Cleaned:
    line, _, content = said.partition(b"\n")
    how, _, what = line.decode("ascii", "replace").partition(" ")
    if how == "clean" and what and content:
        return Cleaned(what, content)
    if how == "cannot" and what in {*Reason}:
        raise CannotClean(Reason(what))
    raise CleanerFailed("it said what it never says")
