"""Where the sound and the pictures of a track lie in a film's file.

Source: ISO/IEC 14496-12, 8.7 (stsc, stsz, stco, co64). A track is kept in chunks; one table tells
where each begins, one how many samples are in it, and one how long every sample is.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from forum.cleaning import CannotClean, Reason

#: Version and flags, before whatever a table says.
_FULL = 4
_COUNTED = _FULL + 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long samples are: all alike, or each by itself, summed up from the first."""

    alike: int
    summed: tuple[int, ...] = ()

    def between(self, first: int, last: int) -> int:
        """Return the bytes of the samples from *first* up to *last*, which is not counted."""
        if self.alike:
            return self.alike * (last - first)
        if last >= len(self.summed):
            raise CannotClean(Reason.BROKEN)
        return self.summed[last] - self.summed[first]


def ranges(tables: Mapping[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Yield where in the file each chunk of a track begins and ends.

    *tables*: the bodies of the boxes in ``stbl``. Raises ``CannotClean``.
    """
    offsets = _offsets(tables)
    runs = _runs(tables.get(b"stsc", b""))
    sizes = _sizes(tables.get(b"stsz"))
    if offsets and not runs:
        raise CannotClean(Reason.BROKEN)
    starts = [first for first, _ in runs]
    sample = 0
    for number, offset in enumerate(offsets, 1):
        run = bisect_right(starts, number) - 1
        if run < 0:
            raise CannotClean(Reason.BROKEN)
        after = sample + runs[run][1]
        yield offset, offset + sizes.between(sample, after)
        sample = after


def _offsets(tables: Mapping[bytes, bytes]) -> list[int]:
    wide = tables.get(b"co64")
    return _numbers(tables.get(b"stco", b""), "I") if wide is None else _numbers(wide, "Q")


def _runs(table: bytes) -> list[tuple[int, int]]:
    """Return from which chunk on how many samples are in each."""
    numbers = _numbers(table, "III")
    return list(zip(numbers[::3], numbers[1::3], strict=True))


def _sizes(table: bytes | None) -> Sizes:
    if table is None or len(table) < _COUNTED:
        raise CannotClean(Reason.UNKNOWN)  # the compact kind of table, which phones do not write
    (alike,) = struct.unpack_from(">I", table, _FULL)
    if alike == 1:
        raise CannotClean(Reason.UNKNOWN)  # QuickTime's first way to count, which is not bytes
    if alike:
        return Sizes(alike)
    each = _numbers(table[:_FULL] + table[_COUNTED:], "I")
    return Sizes(0, (0, *accumulate(each)))


def _numbers(table: bytes, row: str) -> list[int]:
    """Read a table of as many rows as it says that it has."""
    if len(table) < _COUNTED:
        return []
    (count,) = struct.unpack_from(">I", table, _FULL)
    if count * struct.calcsize(">" + row) > len(table) - _COUNTED:
        raise CannotClean(Reason.BROKEN)
    return list(struct.unpack_from(">" + row * count, table, _COUNTED))
