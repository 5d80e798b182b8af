from collections import Counter
from datetime import timedelta

import pytest

from channels.ledger import State
from channels.lines import Line
from channels.overview import Overview
from channels.tallies import minute_of
from console import charts
from console.charts import HEIGHT, WIDTH


@pytest.fixture
def hour(now):
    """Draw what happened so many minutes ago."""

    def drawn(counts):
        by_minute = {
            minute_of(now - timedelta(minutes=ago)): Counter(states)
            for ago, states in counts.items()
        }
        return charts.hour_of(Overview(Line("sms"), None, {}, {}, 0, 0, by_minute), now)

    return drawn


def test_nothing_is_drawn_of_nothing(hour):
    assert hour({}).empty
    assert hour({60: {State.ACCEPTED: 5}}).empty


def test_the_busiest_minute_reaches_the_top_and_now_stands_at_the_right(hour):
    drawn = hour({0: {State.ACCEPTED: 10}, 59: {State.ACCEPTED: 5}})
    first, last = drawn.bars
    assert drawn.highest == 10
    assert (first.x, first.height) == (0, HEIGHT / 2)
    assert (last.y, last.height) == (0, HEIGHT)
    assert last.x + last.width < WIDTH


def test_what_failed_stands_on_top_of_what_left(hour):
    left, failed = hour({3: {State.ACCEPTED: 3, State.FAILED: 1, State.DELIVERED: 9}}).bars
    assert (left.kind, failed.kind) == ("left", "failed")
    assert failed.y + failed.height == left.y
    assert failed.y == 0


def test_a_single_message_can_be_seen_beside_a_thousand(hour):
    drawn = hour({0: {State.ACCEPTED: 1000}, 5: {State.ACCEPTED: 1}})
    assert min(bar.height for bar in drawn.bars) >= 2
    assert all(0 <= bar.y <= HEIGHT for bar in drawn.bars)


def test_rows_are_compared_with_the_longest():
    rows = charts.shares({"a": 4, "b": 1, "c": 0})
    assert [(row.name, row.percent) for row in rows] == [("a", 100.0), ("b", 25.0), ("c", 0.0)]
    assert [row.percent for row in charts.shares({"a": 0})] == [0.0]
    assert charts.shares({}) == []


def test_a_row_has_a_bar_for_each_value_in_its_place():
    row = charts.row_of([10, 0, None, 5])
    first, last = row.bars
    assert row.highest == 10
    assert (first.x, first.y, first.height) == (0, 0, HEIGHT)
    assert (last.x, last.height) == (WIDTH * 3 / 4, HEIGHT / 2)
    assert last.x + last.width < WIDTH


def test_of_no_values_there_is_no_bar():
    for values in ([], [0, 0], [None]):
        assert charts.row_of(values).bars == []
        assert charts.row_of(values).highest == 0


def test_one_case_can_be_seen_beside_a_thousand():
    assert min(bar.height for bar in charts.row_of([1000, 1]).bars) >= 2


def test_counts_lie_one_after_the_other_and_the_longest_row_fills_the_width():
    first, second, third = charts.stacked([{"a": 3, "b": 1}, {"a": 0, "b": 2}, {"a": 0, "b": 0}])
    assert [(piece.kind, piece.left, piece.percent) for piece in first] == [
        ("a", 0.0, 75.0),
        ("b", 75.0, 25.0),
    ]
    assert [(piece.kind, piece.left, piece.percent) for piece in second] == [("b", 0.0, 50.0)]
    assert third == []
    assert charts.stacked([]) == []
