"""The cleaner's own process: a file comes in, one line and a file go out.

It is started for one file and ends with it, holds no key and no setting, and bounds itself before
it looks at anything.
"""

import os
import resource
import sys
from typing import BinaryIO, Final

from forum.cleaning import CannotClean
from forum.cleaning.clean import clean

#: Bytes of memory, the libraries' own included. A photo of 50 million points takes some 300 MB
#: twice: as it was read, and as it is written.
MEMORY: Final = 1536 * 1024 * 1024

#: Seconds of work. The slowest that is let in, a large HEIC photo, takes some ten.
CPU_SECONDS: Final = 45

#: It gives way to whoever sends messages.
NICENESS: Final = 10

BOUNDS: Final = (
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_CPU, CPU_SECONDS),
    (resource.RLIMIT_FSIZE, 0),  # it writes no file
    (resource.RLIMIT_CORE, 0),  # and leaves none when it dies
)


def confine() -> None:
    """Take from this process what it does not need."""
    os.nice(NICENESS)
    for what, bound in BOUNDS:
        resource.setrlimit(what, (bound, bound))


def answer(content: bytes) -> tuple[bytes, bytes]:
    """Return the line that says how it went, and the file if it went well."""
    try:
        cleaned = clean(content)
    except CannotClean as why:
        return f"cannot {why.reason}\n".encode(), b""
    return f"clean {cleaned.mime}\n".encode(), cleaned.content


def main(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Clean one file."""
    stdout.writelines(answer(stdin.read()))
    stdout.flush()


if __name__ == "__main__":
    confine()
    main(sys.stdin.buffer, sys.stdout.buffer)
