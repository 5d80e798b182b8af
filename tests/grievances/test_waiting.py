from datetime import timedelta

import pytest

from forum import keyholders
from grievances import case, deadlines, entries, waiting
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.deadlines import Step
from grievances.severity import Severity
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


# --- a proposal


@pytest.fixture
def propose(database, file, now):
    async def proposed(severity):
        filed = await file()
        async with database.transaction() as db:
            its = cases.update().where(cases.c.id == filed.case_id)
            heard = now - timedelta(hours=1)
            await db.execute(its.values(state=State.IN_REVIEW, severity=severity, heard_at=heard))
            await case.move(db, filed.case_id, State.PROPOSED, now=now, **BY)
        return filed

    return proposed


@pytest.fixture
def give_up(database):
    async def taken(when, **more):
        async with database.transaction() as db:
            return await waiting.unanswered(db, PLAIN_WEEK, when, **more)

    return taken


async def last_move(database, filed):
    async with database.reading() as db:
        *_, last = await case.history(db, filed.case_id)
    return last


@pytest.mark.parametrize(
    ("severity", "to"),
    [
        (Severity.S1, State.IN_REVIEW),
        (Severity.S2, State.IN_REVIEW),
        (Severity.S3, State.CLOSED),
        (Severity.S4, State.CLOSED),
    ],
)
async def test_a_proposal_that_nobody_answers_ends_after_two_weeks(
    propose, give_up, database, secretary, now, severity, to
):
    filed = await propose(severity)
    assert await give_up(now + SILENCE - timedelta(seconds=1)) == 0
    assert await give_up(now + SILENCE) == 1
    assert await give_up(now + SILENCE) == 0
    last = await last_move(database, filed)
    assert (last.present, last.state, last.word_of) == (State.PROPOSED, to, Actor.SYSTEM)
    async with database.reading() as db:
        clocks = await deadlines.of_case(db, filed.case_id)
        key = await keyholders.open_subject(
            db, filed.case_id, secretary.member.id, secretary.private
        )
        *_, why = await entries.read(db, filed.case_id, key)
    assert (why.text, why.author) == (waiting._UNANSWERED, entries.SYSTEM)
    feedback = next(each for each in clocks if each.step is Step.FEEDBACK)
    if to is State.CLOSED:
        assert all(each.met_at is not None for each in clocks)
    else:
        assert feedback.started_at == now + SILENCE
        assert feedback.escalates_at == feedback.due_at > now + SILENCE


async def test_who_writes_about_a_proposal_is_not_silent(propose, give_up, database, now):
    filed = await propose(Severity.S3)
    async with database.transaction() as db:
        await case.change(db, filed.case_id, heard_at=now + timedelta(days=1))
    assert await give_up(now + 3 * SILENCE) == 0


async def test_a_word_of_ours_begins_the_wait_anew(propose, give_up, database, now):
    filed = await propose(Severity.S3)
    later = now + timedelta(days=10)
    async with database.transaction() as db:
        await case.change(db, filed.case_id, told_at=later)
    assert await give_up(later + SILENCE - timedelta(seconds=1)) == 0
    assert await give_up(later + SILENCE) == 1


async def test_many_proposals_end_in_chunks(propose, give_up, now):
    for _ in range(3):
        await propose(Severity.S4)
    assert [await give_up(now + SILENCE, limit=2) for _ in range(3)] == [2, 1, 0]
