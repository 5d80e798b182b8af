import pytest

from console.published_table import grid_of
from forum.circulation import Cell
from forum.suppression import published, thresholds
from grievances.periods import Quarter
from grievances.releases import UNKNOWN, Part, Release

COUNTS = {
    Cell("North", "PAY"): 4,
    Cell("North", "WATER"): 40,
    Cell("South", "PAY"): 30,
    Cell("South", "WATER"): 20,
    Cell(UNKNOWN, UNKNOWN): 50,
}


@pytest.fixture
def release():
    rows, columns = ["North", "South", UNKNOWN], ["PAY", "WATER", UNKNOWN]
    table = published(COUNTS, rows, columns, thresholds())
    return Release(Quarter(2026, 1), Part.ORDINARY, table)


def test_a_table_is_told_in_words_with_its_totals_last(release):
    assert grid_of(release, "en") == [
        [
            "District",
            "Wages and working conditions",
            "Water, forest, dust",
            "Not sorted yet",
            "All",
        ],
        ["North", "hidden", "hidden", 0, 44],
        ["South", "hidden", "hidden", 0, 50],
        ["Not known", 0, 0, 50, 50],
        ["All", 34, 60, 50, 144],
    ]


def test_what_is_hidden_is_in_no_cell(release):
    values = {value for row in grid_of(release, "en") for value in row}
    assert not values & {4, 40, 30, 20}


def test_every_row_is_as_long_as_the_header(release):
    grid = grid_of(release, "fr")
    assert {len(row) for row in grid} == {5}
