from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from grievances.case import Move
from grievances.stages import spent, stages, total
from grievances.states import ENDED, TRANSITIONS, Actor, State

HOUR = timedelta(hours=1)


def walk(start, *steps):
    """Return the moves through some states, each so many hours after the one before."""
    moves, present, at = [], State.RECEIVED, start
    for to, hours in steps:
        at += hours * HOUR
        moves.append(Move(at, present, to, Actor.STAFF, "m"))
        present = to
    return moves


def test_each_stage_runs_from_one_move_to_the_next(now):
    moves = walk(now, (State.TRIAGED, 2), (State.ASSIGNED, 3), (State.IN_REVIEW, 5))
    found = stages(now, moves, now + 20 * HOUR)
    assert [(stage.state, stage.length / HOUR) for stage in found] == [
        (State.RECEIVED, 2),
        (State.TRIAGED, 3),
        (State.ASSIGNED, 5),
        (State.IN_REVIEW, 10),
    ]


def test_a_case_that_has_ended_takes_no_more_time_until_it_is_reopened(now):
    moves = walk(now, (State.TRIAGED, 1), (State.DUPLICATE, 1))
    assert total(stages(now, moves, now + 100 * HOUR)) == 2 * HOUR
    moves = walk(now, (State.RESOLVED, 1), (State.CLOSED, 1), (State.REOPENED, 50))
    assert total(stages(now, moves, now + 53 * HOUR)) == 3 * HOUR


def test_time_in_a_state_adds_up_over_its_stages(now):
    moves = walk(now, (State.IN_REVIEW, 1), (State.WAITING_REPORTER, 2), (State.IN_REVIEW, 30))
    clocks = spent(stages(now, moves, now + 40 * HOUR))
    assert clocks[State.IN_REVIEW] == 9 * HOUR
    assert clocks[State.WAITING_REPORTER] == 30 * HOUR


@st.composite
def lives(draw):
    """A life of a case along the table of moves; its clock may jump back on the way."""
    present, steps = State.RECEIVED, []
    for _ in range(draw(st.integers(0, 12))):
        ways = list(TRANSITIONS[present])
        if not ways:
            break
        present = draw(st.sampled_from(ways))
        steps.append((present, draw(st.integers(-3, 400))))
    return steps


@given(lives(), st.integers(0, 500))
def test_the_total_clock_is_the_sum_of_the_steps(steps, more):
    start = datetime(2026, 5, 12, 9, tzinfo=UTC)
    moves = walk(start, *steps)
    until = max([start, *(move.at for move in moves)]) + more * HOUR
    found = stages(start, moves, until)
    assert sum(spent(found).values(), timedelta(0)) == total(found)
    assert all(stage.length >= timedelta(0) for stage in found)
    assert all(one.ended <= other.begun for one, other in pairwise(found))
    if not ENDED & {state for state, _ in steps}:
        assert total(found) == until - start
