"""The seventeen promises: each is shown by something that exists, in figures that were run."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.benchmarks import figures
from tests.benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).parents[2]
DELIVERY = (ROOT / "docs" / "delivery.md").read_text()
ROWS = dict(re.findall(r"^\| (\d+) \| (.+)$", DELIVERY, re.MULTILINE))
POINTS = 17


@cache
def _tests(path):
    """Return the names of the tests in *path*."""
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_there_are_seventeen_promises():
    assert list(ROWS) == [str(number) for number in range(1, POINTS + 1)]


@pytest.mark.parametrize("number", ROWS)
def test_each_is_shown_by_something_that_exists(number):
    shown = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", ROWS[number])
    measured = re.findall(r"`make bench ARGS=(\w+)`", ROWS[number])
    assert shown or measured
    missing = [(path, name) for path, name in shown if name and name not in _tests(path)]
    assert missing == []
    assert set(measured) <= set(BENCHMARKS)
    assert all((ROOT / path).exists() for path, _ in shown)


@pytest.mark.parametrize("page", figures.PAGES, ids=lambda page: page.name)
def test_no_figure_was_written_by_hand(page):
    assert page.read_text() == figures.filled(page.read_text(), figures.read())


def test_a_figure_that_somebody_changed_is_seen():
    page = "<!--=startup-->a blink<!--/-->"
    assert figures.filled(page, figures.read()) != page


def test_figures_are_told_as_they_are_read_aloud():
    known = {"x": {"value": 1234.5, "unit": "turns/s", "floor": 0.1234, "ratio": 0.951}}
    page = "<!--=x--><!--/-->, <!--=x:floor--><!--/-->, <!--=x:ratio-->old<!--/-->"
    told = re.sub(r"<!--.*?-->", "", figures.filled(page, known))
    assert told == "1,234 turns/s, 0.123, 95 %"
