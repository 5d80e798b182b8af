import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.cleaning import CannotClean, Reason
from forum.cleaning.samples import ranges


def table(*numbers, form="I", head=None):
    count = len(numbers) if head is None else head
    return struct.pack(f">II{len(numbers)}{form}", 0, count, *numbers)


def sizes(*each, alike=0):
    return struct.pack(f">III{len(each)}I", 0, alike, len(each), *each)


def runs(*rows):
    return struct.pack(f">II{3 * len(rows)}I", 0, len(rows), *(n for row in rows for n in row))


def tables(offsets, rows, each=(), alike=0):
    return {
        b"stco": table(*offsets),
        b"stsc": runs(*rows),
        b"stsz": sizes(*each, alike=alike),
    }


def test_each_chunk_is_as_long_as_its_samples():
    found = list(ranges(tables([100, 200, 500], [(1, 2, 1), (3, 1, 1)], [3, 4, 5, 6, 7])))
    assert found == [(100, 107), (200, 211), (500, 507)]


def test_samples_that_are_all_alike_are_not_listed():
    assert list(ranges(tables([8, 80], [(1, 10, 1)], alike=4))) == [(8, 48), (80, 120)]


def test_far_places_have_a_table_of_their_own():
    told = tables([], [(1, 1, 1)], [9]) | {b"co64": table(2**33, form="Q")}
    assert list(ranges(told)) == [(2**33, 2**33 + 9)]


def test_a_track_without_samples_points_nowhere():
    assert list(ranges(tables([], [], []))) == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (tables([1], [(1, 5, 1)], [1, 2]), Reason.BROKEN),  # fewer samples than a chunk has
        (tables([1], [], [1]), Reason.BROKEN),
        (tables([1], [(2, 1, 1)], [1]), Reason.BROKEN),  # nothing is said of the first chunk
        ({**tables([1], [(1, 1, 1)], [1]), b"stco": table(1, head=2**31)}, Reason.BROKEN),
        ({**tables([1], [(1, 1, 1)], [1]), b"stsz": b""}, Reason.UNKNOWN),
        (tables([1], [(1, 1, 1)], alike=1), Reason.UNKNOWN),
    ],
)
def test_tables_that_do_not_fit_are_not_believed(told, reason):
    with pytest.raises(CannotClean) as raised:
        list(ranges(told))
    assert raised.value.reason is reason


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_whatever_stands_in_them_it_ends_well_or_is_refused(offsets, rows, each):
    with contextlib.suppress(CannotClean):
        list(ranges({b"stco": offsets, b"stsc": rows, b"stsz": each}))
