import pytest

from console import broadcast_words as words
from outreach.announcements import Fallback, State
from outreach.approvals import Outcome, Refusal
from outreach.progress import Fate
from outreach.runs import State as Run
from outreach.wording import Flaw


@pytest.mark.parametrize(
    ("texts", "of"),
    [
        (words.STATES, State),
        (words.FALLBACKS, Fallback),
        (words.FLAWS, Flaw),
        (words.REFUSALS, Refusal),
        (words.OUTCOMES, Outcome),
        (words.FATES, Fate),
        (words.RUNS, Run),
    ],
)
def test_everything_that_can_be_has_words(texts, of):
    assert set(texts) == set(of)


def test_what_has_begun_is_under_way():
    assert words.state_of(State.APPROVED, began=False) == "Approved"
    assert words.state_of(State.APPROVED, began=True) == "Under way"
    assert words.state_of(State.PAUSED, began=True) == "Paused"
