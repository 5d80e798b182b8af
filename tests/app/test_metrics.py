import json
import re
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram, generate_latest

from app import metrics
from app.metrics import Totals

ALL = [
    one for one in vars(metrics).values() if isinstance(one, (Counter, Gauge, Histogram, Totals))
]
OPERATORS = Path(__file__).parents[2] / "docs" / "operators"

#: What a measure may be told apart by: words of ours, of which there are few.
LABELS = {"channel", "status", "result", "kind"}

#: What Prometheus adds to a name.
SUFFIXES = r"_(?:total|created|bucket|count|sum)$"


@pytest.fixture(autouse=True)
def nothing_measured():
    yield
    metrics.SENDS.set({})


@pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure._name)
def test_a_measure_is_ours_and_told_apart_by_words_of_ours_alone(measure):
    assert measure._name.startswith("baraza_")
    assert measure._documentation
    assert set(measure._labelnames) <= LABELS


def test_the_page_holds_every_measure_and_nothing_of_the_process():
    page = generate_latest(metrics.REGISTRY).decode()
    named = {line.split()[2] for line in page.splitlines() if line.startswith("# HELP")}
    plain = {re.sub(SUFFIXES, "", name) for name in named}
    assert plain == {measure._name for measure in ALL}


def test_totals_are_shown_as_they_were_last_set():
    metrics.SENDS.set({("sms", "accepted"): 3})
    metrics.SENDS.set({("sms", "accepted"): 5, ("sms", "failed"): 1})
    page = generate_latest(metrics.REGISTRY).decode()
    assert 'baraza_sends_total{channel="sms",result="accepted"} 5.0' in page
    assert 'baraza_sends_total{channel="sms",result="failed"} 1.0' in page


# --- the ready dashboard ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def dashboard():
    return json.loads((OPERATORS / "grafana.json").read_text())


def _queries(dashboard):
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_the_dashboard_asks_for_measures_that_there_are(dashboard):
    asked = {name for query in _queries(dashboard) for name in re.findall(r"baraza_\w+", query)}
    known = {measure._name for measure in ALL}
    assert {name for name in asked if re.sub(SUFFIXES, "", name) not in known} == set()


def test_the_dashboard_shows_every_measure_of_the_engine(dashboard):
    queries = " ".join(_queries(dashboard))
    assert [measure._name for measure in ALL if measure._name not in queries] == []


def test_a_query_tells_lines_apart_by_labels_that_the_measure_has(dashboard):
    labels = {measure._name: set(measure._labelnames) | {"le"} for measure in ALL}
    for query in _queries(dashboard):
        names = re.findall(r"baraza_\w+", query)
        known = set.intersection(*(labels[re.sub(SUFFIXES, "", name)] for name in names))
        used = {
            label.strip()
            for group in re.findall(r"by \(([^)]*)\)", query)
            for label in group.split(",")
        } | set(re.findall(r'(\w+)=~?"', query))
        assert used <= known, query


def test_panels_of_the_dashboard_stand_side_by_side(dashboard):
    taken = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_every_measure_is_explained_to_the_operator():
    guide = (OPERATORS / "README.md").read_text()
    assert [measure._name for measure in ALL if f"`{measure._name}" not in guide] == []
