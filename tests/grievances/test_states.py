from itertools import product

import pytest

from grievances.states import ENDED, OPEN, TRANSITIONS, Actor, State, allowed, ways_on
from tests.support.state_table import written


@pytest.mark.parametrize("present", State)
def test_a_case_moves_as_the_table_says_and_not_otherwise(present):
    for to, by in product(State, Actor):
        assert allowed(present, to, by) == ((present, to, by) in written()), (to, by)


def test_every_state_stands_in_the_table():
    assert set(TRANSITIONS) == set(State)


def test_every_state_can_be_reached():
    undone = frozenset({Actor.UNDOING})
    reached = {to for moves in TRANSITIONS.values() for to, by in moves.items() if by != undone}
    assert reached == set(State) - {State.RECEIVED}


def test_only_a_duplicate_goes_back_and_only_to_where_it_was_open():
    for present, to in product(State, State):
        back = allowed(present, to, Actor.UNDOING)
        assert back == (present is State.DUPLICATE and to in OPEN)


def test_only_an_open_case_can_be_withdrawn_and_only_by_its_reporter():
    for present in State:
        actors = TRANSITIONS[present].get(State.WITHDRAWN, frozenset())
        assert actors == (frozenset({Actor.REPORTER}) if present in OPEN else frozenset())


def test_open_and_ended_divide_the_states():
    assert set(State) == OPEN | ENDED
    assert not OPEN & ENDED


@pytest.mark.parametrize("by", Actor)
def test_the_ways_on_are_those_that_are_allowed(by):
    for present in State:
        assert set(ways_on(present, by)) == {to for to in State if allowed(present, to, by)}
