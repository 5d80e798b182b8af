import pytest

from grievances.states import State
from grievances.status import SAYS

#: What would tell a stranger that somebody complained, and about what.
REVEALING = ("report", "case", "complain", "grievance", "abuse", "soldier", "police", "mine")


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_words(state):
    assert SAYS[state].endswith(".")


@pytest.mark.parametrize("said", sorted(set(SAYS.values())))
def test_no_word_tells_a_stranger_what_it_is_about(said):
    assert not [word for word in REVEALING if word in said.lower()]


@pytest.mark.parametrize("said", sorted(set(SAYS.values())))
def test_the_words_fit_beside_a_question_in_one_sms(said):
    assert said.isascii()
    assert len(said) <= 60
