import pytest
from prometheus_client import Counter, Gauge, Histogram, generate_latest

from app import metrics

ALL = [one for one in vars(metrics).values() if isinstance(one, (Counter, Gauge, Histogram))]

#: What a measure may be told apart by: words of ours, of which there are few.
LABELS = {"channel", "status", "result", "kind"}


@pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure._name)
def test_a_measure_is_ours_and_told_apart_by_words_of_ours_alone(measure):
    assert measure._name.startswith("baraza_")
    assert measure._documentation
    assert set(measure._labelnames) <= LABELS


def test_the_page_holds_every_measure_and_nothing_of_the_process():
    page = generate_latest(metrics.REGISTRY).decode()
    named = {line.split()[2] for line in page.splitlines() if line.startswith("# HELP")}
    plain = {name.removesuffix("_total").removesuffix("_created") for name in named}
    assert plain == {measure._name for measure in ALL}
