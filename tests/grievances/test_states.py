"""The whole table of domain.md, section 3: S staff, R reporter, Y the system by itself.

U: staff take back that it is a duplicate, and it stands where it stood.
"""

from itertools import product

import pytest

from grievances.states import ENDED, OPEN, TRANSITIONS, Actor, State, allowed, ways_on

TABLE = """
received          triaged:S redirected:S duplicate:S withdrawn:R
triaged           assigned:SY redirected:S duplicate:S withdrawn:R
redirected        reopened:SRY duplicate:S withdrawn:R
assigned          in_review:S duplicate:S withdrawn:R
in_review         waiting_reporter:S proposed:S duplicate:S withdrawn:R
waiting_reporter  in_review:SY duplicate:S withdrawn:R
proposed          agreed:SR in_review:SRY appealed:SR closed:Y duplicate:S withdrawn:R
agreed            implementing:S duplicate:S withdrawn:R
implementing      resolved:S duplicate:S withdrawn:R
resolved          monitoring:SY reopened:SRY duplicate:S withdrawn:R
monitoring        closed:SY reopened:SRY duplicate:S withdrawn:R
closed            appealed:SR reopened:SRY
reopened          triaged:SY duplicate:S withdrawn:R
appealed          in_review:S closed:S duplicate:S withdrawn:R
duplicate         received:U triaged:U redirected:U assigned:U in_review:U waiting_reporter:U
duplicate         proposed:U agreed:U implementing:U resolved:U monitoring:U reopened:U appealed:U
withdrawn
"""

LETTERS = {"S": Actor.STAFF, "R": Actor.REPORTER, "Y": Actor.SYSTEM, "U": Actor.UNDOING}


def written() -> set[tuple[State, State, Actor]]:
    moves = set()
    for line in TABLE.strip().splitlines():
        present, *ways = line.split()
        for way in ways:
            to, letters = way.split(":")
            moves |= {(State(present), State(to), LETTERS[letter]) for letter in letters}
    return moves


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
