import pytest
from multidict import MultiDict

from console import naming
from console.naming import Shown
from grievances.parties import NOBODY, Answer, Contradiction, Named

AMINA, POLICE = "a" * 32, "p" * 32
SOME = MultiDict([("named", "some"), ("named_member", AMINA), ("named_body", POLICE)])


def test_a_form_that_says_nothing_says_nothing():
    assert naming.read(MultiDict()) is None


def test_a_form_names_people_and_bodies():
    named = Named(Answer.SOME, frozenset({AMINA}), frozenset({POLICE}))
    assert naming.read(SOME) == named
    assert naming.read(MultiDict(named="nobody")) == NOBODY


@pytest.mark.parametrize(
    "form",
    [
        {"named": "some"},
        {"named": "nobody", "named_member": AMINA},
        {"named": "unknown", "named_body": POLICE},
        {"named": "whatever"},
    ],
)
def test_a_form_may_contradict_itself(form):
    with pytest.raises(Contradiction):
        naming.read(MultiDict(form))


def test_what_was_chosen_is_shown_again_and_else_what_is_kept():
    kept = Named(Answer.SOME, frozenset({AMINA}))
    assert naming.shown(kept, {}) == Shown("some", frozenset({AMINA}))
    assert naming.shown(kept, SOME) == Shown("some", frozenset({AMINA, POLICE}))
    assert naming.shown(None, {}) == Shown("", frozenset())
