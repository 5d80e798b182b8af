import pytest

from console import coverage_words as words
from console.words import in_words
from forum.members import Role
from outreach.coverage import PARTS, Baseline
from outreach.events import Kind
from outreach.guard import Stage
from outreach.overrides import Outcome, Refusal
from outreach.vouching import Bar


@pytest.mark.parametrize(
    ("texts", "known"),
    [
        (words.KINDS, Kind),
        (words.BASELINES, Baseline),
        (words.OUTCOMES, Outcome),
        (words.REFUSALS, Refusal),
        (words.BARS, Bar),
        (words.CAPACITIES, Role),
        (words.PARTS, PARTS),
    ],
)
def test_everything_that_can_be_has_its_words(texts, known):
    assert set(texts) == set(known)


def test_the_stages_are_in_their_order():
    assert list(words.STAGES) == ["law", "outreach", *Stage]


@pytest.mark.parametrize(
    "text",
    [
        *(*words.KINDS.values(), *words.BASELINES.values()),
        *(*words.OUTCOMES.values(), *words.REFUSALS.values(), *words.BARS.values()),
    ],
)
def test_they_are_there_in_french(text):
    assert text == "Radio" or in_words(text, "fr") != text
