from datetime import timedelta

import pytest

from grievances import case, waiting
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.states import Actor, State
from grievances.waiting import SILENCE

BY = {"by": Actor.STAFF, "actor": "a" * 32}


@pytest.fixture
def wait(database, file, now):
    """Have a case wait for its reporter."""

    async def waited():
        filed = await file()
        async with database.transaction() as db:
            in_review = cases.update().where(cases.c.id == filed.case_id)
            await db.execute(in_review.values(state=State.IN_REVIEW))
            await case.move(db, filed.case_id, State.WAITING_REPORTER, now=now, **BY)
        return filed

    return waited


@pytest.fixture
def back(database):
    async def taken(when, **more):
        async with database.transaction() as db:
            return await waiting.back_to_review(db, PLAIN_WEEK, when, **more)

    return taken


async def test_after_two_weeks_of_silence_a_case_is_in_review_again(wait, back, database, now):
    filed = await wait()
    assert await back(now + SILENCE - timedelta(seconds=1)) == 0
    assert await back(now + SILENCE) == 1
    assert await back(now + SILENCE) == 0
    async with database.reading() as db:
        *_, last = await case.history(db, filed.case_id)
    assert (last.present, last.state) == (State.WAITING_REPORTER, State.IN_REVIEW)
    assert (last.word_of, last.at) == (Actor.SYSTEM, now + SILENCE)


async def test_many_come_back_in_chunks(wait, back, now):
    for _ in range(3):
        await wait()
    assert [await back(now + SILENCE, limit=2) for _ in range(3)] == [2, 1, 0]


async def test_a_case_that_does_not_wait_stays(file, back, now):
    await file()
    assert await back(now + 10 * SILENCE) == 0
