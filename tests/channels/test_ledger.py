import pytest

from channels.ledger import FINAL, OPEN, TRANSITIONS, State, origins


def test_every_state_says_what_may_follow():
    assert set(TRANSITIONS) == set(State)


def test_what_is_final_stays():
    assert {
        State.FAILED,
        State.DELIVERED,
        State.UNDELIVERED,
        State.EXPIRED,
        State.CANCELLED,
    } == FINAL


@pytest.mark.parametrize("state", [state for state in State if state is not State.PLANNED])
def test_every_state_can_be_reached(state):
    seen, new = set(), {State.PLANNED}
    while new:
        seen |= new
        new = {after for one in new for after in TRANSITIONS[one]} - seen
    assert state in seen


def test_nothing_is_sent_that_was_not_waiting():
    assert origins(State.SUBMITTING) == {State.PLANNED}


def test_a_message_that_may_have_left_is_never_just_sent_again():
    assert State.SUBMITTING not in TRANSITIONS[State.SUBMITTING] | TRANSITIONS[State.UNKNOWN]


def test_doubt_does_not_hold_others_back():
    assert State.UNKNOWN not in OPEN
