from datetime import timedelta

import pytest
from sqlalchemy import select, update

from forum import audit, keyholders
from grievances import (
    case,
    caseload,
    checks,
    correspondence,
    deadlines,
    entries,
    followups,
    withdrawal,
)
from grievances.case import NoSuchCase, cases
from grievances.filters import Filter, Show
from grievances.followups import Kind
from grievances.severity import Severity
from grievances.states import ENDED, OPEN, Actor, State
from grievances.withdrawal import Outcome

DAY = timedelta(days=1)


@pytest.fixture
def withdraw(database, now):
    async def taken_back(filed, when=now):
        async with database.transaction() as db:
            return await withdrawal.withdraw(db, filed.case_id, now=when)

    return taken_back


@pytest.fixture
def put(database):
    async def changed(filed, **values):
        async with database.transaction() as db:
            its = cases.c.id == filed.case_id
            await db.execute(update(cases).where(its).values(**values))
        return filed

    return changed


@pytest.mark.parametrize("state", sorted(OPEN))
async def test_any_open_case_can_be_taken_back(
    secretary, file, put, withdraw, database, now, state
):
    filed = await put(await file(), state=state)
    assert await withdraw(filed, now + DAY) is Outcome.WITHDRAWN
    async with database.reading() as db:
        *_, last = await case.history(db, filed.case_id)
        clocks = await deadlines.of_case(db, filed.case_id)
        acts = await audit.recent(db)
        every = [Filter(show=show) for show in Show]
        counts = await caseload.counts(db, secretary.member, every, now=now + DAY)
    assert (last.state, last.word_of, last.actor) == (State.WITHDRAWN, Actor.REPORTER, "reporter")
    assert all(each.met_at is not None for each in clocks)
    assert ("case.withdrawn", "reporter") in {(act.act, act.actor) for act in acts}
    assert {show for show, count in zip(Show, counts, strict=True) if count} == {Show.ENDED}


@pytest.mark.parametrize("state", sorted(ENDED))
async def test_what_has_ended_stays_as_it_is(file, put, withdraw, database, state):
    filed = await put(await file(), state=state)
    assert await withdraw(filed) is Outcome.OVER
    async with database.reading() as db:
        assert await case.history(db, filed.case_id) == []


async def test_staff_read_that_it_was_taken_back(secretary, file, withdraw, database):
    filed = await file()
    await withdraw(filed)
    async with database.reading() as db:
        key = await keyholders.open_subject(
            db, filed.case_id, secretary.member.id, secretary.private
        )
        *_, last = await entries.read(db, filed.case_id, key)
    assert (last.text, last.author) == ("The reporter took the case back.", entries.REPORTER)


async def test_nobody_is_told_or_reminded_of_it_any_more(
    secretary, file, put, withdraw, database, keyring, now
):
    filed = await put(await file(), state=State.IN_REVIEW)
    async with database.transaction() as db:
        said = {"case_id": filed.case_id, "text": "Which shaft?", "now": now}
        await correspondence.answer(
            db, keyring, member=secretary.member, expects_reply=True, **said
        )
        await checks.plan(db, filed.case_id, Kind.RETALIATION, (7, 30), now)
    await withdraw(filed)
    async with database.reading() as db:
        assert (await db.execute(select(followups.followups))).all() == []


@pytest.mark.parametrize("severity", Severity)
async def test_after_a_matter_of_life_the_reporter_is_asked_once_how_they_are(
    file, put, withdraw, database, now, severity
):
    filed = await put(await file(), severity=severity)
    grave = severity is Severity.S1
    assert await withdraw(filed, now + DAY) is (Outcome.WATCHED if grave else Outcome.WITHDRAWN)
    async with database.reading() as db:
        planned = await checks.of_case(db, filed.case_id, Kind.RETALIATION)
    assert [each.due_at for each in planned] == [now + 8 * DAY] * grave


async def test_a_case_that_there_is_not_cannot_be_taken_back(database, now):
    async with database.transaction() as db:
        with pytest.raises(NoSuchCase):
            await withdrawal.withdraw(db, "0" * 32, now=now)
