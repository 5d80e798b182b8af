from hypothesis import given
from hypothesis import strategies as st

from forum.circulation import TOTAL, Cell
from outreach.survey_response import Rate, response
from outreach.survey_results import MOST_SITES, OTHERS
from outreach.survey_tallies import Taking
from tests.support.reader import Reader

K = 5

PARTS = st.dictionaries(
    st.sampled_from(["", "man", "woman", "x"]),
    st.tuples(st.integers(1, 20), st.integers(0, 20)).map(lambda one: (sum(one), one[1])),
    min_size=1,
)


def told(parts, others=50):
    drawn, done = (sum(one[n] for one in parts.values()) for n in (0, 1))
    return response(Taking(done + others + 9, done + others, done + 5, done), drawn, parts)


def test_of_each_part_it_is_told_how_many_came_to_the_end():
    found = told({"woman": (40, 30), "man": (60, 15)})
    assert found.whole == Rate("", 100, 45)
    assert found.parts == [Rate("man", 60, 15), Rate("woman", 40, 30)]
    assert [one.share for one in found.parts] == [0.25, 0.75]


def test_a_few_are_not_told_in_whole_nor_in_parts():
    assert told({"woman": (40, 3), "man": (60, 0)}).whole.done is None
    assert told({"woman": (40, 3), "man": (60, 0)}).parts is None
    few_came = told({"woman": (40, 20), "man": (60, 20)}, others=2)
    assert (few_came.whole.done, few_came.parts) == (None, None)


def test_a_sample_that_was_not_counted_in_parts_has_a_whole_alone():
    found = response(Taking(60, 50, 45, 40), 100, {})
    assert (found.whole.share, found.parts) == (0.4, ())


def test_many_sites_are_put_together():
    found = told({f"s{n:02}": (200 - n, 100 - n) for n in range(40)})
    assert len(found.parts) == MOST_SITES + 1
    assert found.parts[0].name == OTHERS
    assert sum(one.drawn for one in found.parts) == found.whole.drawn


@given(PARTS)
def test_no_small_part_can_be_worked_out(parts):
    found = told(parts)
    if found.parts:
        shown = {}
        for one in found.parts:
            left = None if None in (one.drawn, one.done) else one.drawn - one.done
            for column, n in (("done", one.done), ("left", left), (TOTAL, one.drawn)):
                shown[Cell(one.name, column)] = n
        done, drawn = found.whole.done, found.whole.drawn
        shown |= {Cell(TOTAL, "done"): done, Cell(TOTAL, "left"): drawn - done}
        shown |= {Cell(TOTAL, TOTAL): drawn}
        reader = Reader({"parts": shown}, [])
        for name, (n, came) in parts.items():
            for column, small in (("done", came), ("left", n - came), (TOTAL, n)):
                if 0 < small < K:
                    cell = ("parts", Cell(name, column))
                    assert shown[cell[1]] is None
                    assert reader.width(cell) >= K - 1
