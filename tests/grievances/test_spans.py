from collections import Counter
from datetime import UTC, timedelta

import pytest

from grievances import spans
from grievances.deadlines import Step
from grievances.periods import weeks_up_to
from grievances.spans import Wait
from grievances.states import ENDED, State
from tests.support.lives import lives, write

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def made(database, now, secretary, handler):
    many = lives(now, 300, handlers=[handler.member.id])
    async with database.transaction() as db:
        await write(db, many)
    return many


@pytest.fixture
def weeks(now):
    return weeks_up_to(now, UTC, 26)


def of_answer(life):
    return life.received_at, life.acknowledged_at


def of_triage(life):
    judged = {State.TRIAGED, State.REDIRECTED}
    first = [m.at for m in life.moves if m.present is State.RECEIVED and m.state in judged]
    return life.received_at, min(first, default=None)


def of_feedback(life):
    clock = life.clocks[Step.FEEDBACK]
    taken_off = life.state in {State.DUPLICATE, State.WITHDRAWN} and clock.met == life.moved_at
    return clock.started, None if taken_off else clock.met


def of_resolution(life):
    resolved, reopened = life.last(State.RESOLVED), life.last(State.REOPENED)
    again = resolved and reopened and reopened > resolved
    return life.received_at, None if again else resolved


BY_HAND = {
    Wait.ANSWER: of_answer,
    Wait.TRIAGE: of_triage,
    Wait.FEEDBACK: of_feedback,
    Wait.RESOLUTION: of_resolution,
}


def by_hand(made, wait, weeks, now):
    counts = Counter()
    for life in made:
        week = [n for n, w in enumerate(weeks) if w.starts <= life.received_at < w.ends]
        if week:
            begun, done = BY_HAND[wait](life)
            until = done or (life.moved_at if life.state in ENDED else now)
            counts[week[0], (until - begun) // MINUTE, done is not None] += 1
    return counts


@pytest.mark.parametrize("wait", Wait)
async def test_waits_are_those_reckoned_case_by_case(made, database, secretary, weeks, now, wait):
    async with database.reading() as db:
        found = await spans.waits(db, secretary.member, wait, weeks, now)
    counts = Counter({(each.week, each.minutes, each.done): each.n for each in found})
    assert counts == by_hand(made, wait, weeks, now)
    assert {each.done for each in found} == {True, False}


@pytest.mark.parametrize("wait", Wait)
async def test_a_handler_waits_only_for_their_own(made, database, handler, weeks, now, wait):
    given = [life for life in made if life.assignee and not life.quarantine]
    theirs = [life for life in given if life.category != "ABUSE"]  # no focal point of the lane
    async with database.reading() as db:
        found = await spans.waits(db, handler.member, wait, weeks, now)
    counts = Counter({(each.week, each.minutes, each.done): each.n for each in found})
    assert counts == by_hand(theirs, wait, weeks, now)


async def test_a_case_that_was_reopened_is_not_resolved(database, secretary, weeks, now):
    again = [
        life
        for life in lives(now, 600)
        if life.last(State.RESOLVED) and of_resolution(life)[1] is None
    ]
    async with database.transaction() as db:
        await write(db, again)
    async with database.reading() as db:
        found = await spans.waits(db, secretary.member, Wait.RESOLUTION, weeks, now)
    assert found
    assert not any(each.done for each in found)


async def test_with_no_case_nobody_waited(database, secretary, weeks, now):
    async with database.reading() as db:
        for wait in Wait:
            assert await spans.waits(db, secretary.member, wait, weeks, now) == []
