"""The tools by which Baraza is measured are themselves right."""

from xml.etree import ElementTree as ET

from tests.benchmarks.charts import Chart
from tests.benchmarks.limits import most
from tests.benchmarks.results import Result, share

SVG = "{http://www.w3.org/2000/svg}"

CHART = Chart(
    "Messages <a second>",
    "calls",
    "messages",
    {"bare": [(1, 10), (10, 90), (100, 800)], "ours": [(1, 9), (10, 88), (100, 799)]},
    logarithmic=True,
)


def _drawn():
    return ET.fromstring(CHART.drawn("x"))


def test_a_chart_says_its_numbers_aloud():
    assert _drawn().find(f"{SVG}title").text == "Messages <a second>"
    assert "bare: 10 at 1, 90 at 10, 800 at 100" in _drawn().find(f"{SVG}desc").text


def test_a_charts_lines_can_be_told_apart_without_colour():
    paths = [one for one in _drawn().iter(f"{SVG}path") if one.get("fill") == "none"]
    assert len({one.get("stroke-dasharray") for one in paths}) == len(CHART.lines)


def test_no_name_stands_over_another():
    names = [one for one in _drawn().iter(f"{SVG}text") if one.get("class") == "name"]
    heights = sorted(float(one.get("y")) for one in names)
    assert heights[1] - heights[0] >= 15


def test_equal_factors_are_equally_far_apart():
    left, middle, right = (CHART._at(x, 0)[0] for x in (1, 10, 100))
    assert middle - left == right - middle


def test_the_fullest_stretch_is_found_wherever_it_lies():
    assert most([0, 5, 5.1, 5.2, 5.9, 7], 1.0) == 4
    assert most([0, 1, 2], 1.0) == 1


def test_99_of_100_lie_below_the_99th():
    assert share([float(one) for one in range(100)], 0.99) == 99.0
    assert share([3.0, 1.0, 2.0], 0.5) == 2.0


def test_a_figure_is_kept_with_no_more_digits_than_it_is_worth():
    kept = Result("x", 1234.5678, "turns/s", 4938.27).kept
    assert (kept["value"], kept["ratio"]) == (1235.0, 0.25)
