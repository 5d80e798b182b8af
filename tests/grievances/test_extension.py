from datetime import timedelta

import pytest
from sqlalchemy import update

from forum import audit
from grievances import case, correspondence, deadlines, extension, reckonings
from grievances.calendars import add_months
from grievances.case import cases
from grievances.deadlines import Step
from grievances.extension import NotNow, OutOfRange
from grievances.reckonings import Why
from grievances.states import Actor, State
from vault.seals import unseal

DAY = timedelta(days=1)
REASON = "The laboratory needs until September."


@pytest.fixture
async def filed(file, secretary, database):
    made = await file()
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.IN_REVIEW))
    return made


@pytest.fixture
def extend(database, keyring, secretary, now):
    async def extended(filed, until, when=now):
        async with database.transaction() as db:
            await extension.extend(
                db,
                keyring,
                member=secretary.member,
                case_id=filed.case_id,
                until=until,
                reason=REASON,
                now=when,
            )

    return extended


@pytest.fixture
def clocks(database):
    async def of(filed):
        async with database.reading() as db:
            return {each.step: each for each in await deadlines.of_case(db, filed.case_id)}

    return of


async def test_feedback_is_put_off_and_the_reporter_is_told_why(
    filed, extend, clocks, database, keyring, now
):
    until = now + 60 * DAY
    await extend(filed, until)
    after = await clocks(filed)
    assert after[Step.FEEDBACK].due_at == until
    assert after[Step.FEEDBACK].met_at is None  # a reason is no feedback
    assert after[Step.TOTAL].due_at == add_months(now, 3)
    async with database.transaction() as db:
        (body,) = await correspondence.hand_over(db, filed.case_id, now)
    told = unseal(keyring.sender_private, body.sealed, context=body.context)
    assert told.decode() == REASON


async def test_beyond_three_months_the_total_clock_goes_with_it(filed, extend, clocks, now):
    until = now + 150 * DAY
    await extend(filed, until)
    after = await clocks(filed)
    assert after[Step.FEEDBACK].due_at == after[Step.TOTAL].due_at == until


async def test_six_months_are_the_end(filed, extend, now):
    latest = add_months(now, 6)
    with pytest.raises(OutOfRange):
        await extend(filed, latest + timedelta(seconds=1))
    await extend(filed, latest)


async def test_it_is_never_put_nearer(filed, extend, clocks):
    promised = (await clocks(filed))[Step.FEEDBACK].due_at
    with pytest.raises(OutOfRange):
        await extend(filed, promised)


async def test_once_is_all(filed, extend, database, now):
    await extend(filed, now + 40 * DAY)
    with pytest.raises(NotNow):
        await extend(filed, now + 50 * DAY)
    async with database.reading() as db:
        assert extension.latest(await deadlines.of_case(db, filed.case_id)) is None


async def test_once_holds_after_a_reopening(filed, extend, database, now):
    await extend(filed, now + 40 * DAY)
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.CLOSED))
        by = {"by": Actor.STAFF, "actor": "x", "now": now + 41 * DAY}
        await case.move(db, filed.case_id, State.REOPENED, **by)
        assert extension.latest(await deadlines.of_case(db, filed.case_id)) is None


async def test_what_has_had_feedback_or_has_ended_needs_no_time(filed, extend, database, now):
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, [Step.FEEDBACK], now)
    with pytest.raises(NotNow):
        await extend(filed, now + 40 * DAY)


async def test_what_has_ended_is_not_put_off(filed, extend, database, now):
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.WITHDRAWN))
    with pytest.raises(NotNow):
        await extend(filed, now + 40 * DAY)


async def test_what_was_late_already_starts_to_count_again(filed, extend, clocks, database, now):
    late = now + 30 * DAY
    async with database.transaction() as db:
        await db.execute(update(deadlines.deadlines).values(overdue_at=late, warned_at=late))
    await extend(filed, now + 60 * DAY, when=late)
    feedback = (await clocks(filed))[Step.FEEDBACK]
    assert feedback.overdue_at is None
    assert feedback.warned_at is None
    assert feedback.escalates_at == now + 60 * DAY


async def test_it_is_written_down(filed, extend, clocks, database, secretary, now):
    before = await clocks(filed)
    await extend(filed, now + 60 * DAY)
    async with database.reading() as db:
        (kept,) = await reckonings.of_case(db, filed.case_id)
        acts = [line.act for line in await audit.recent(db, limit=2)]
    assert (kept.why, kept.before) == (Why.EXTENSION, before[Step.FEEDBACK].due_at)
    assert "case.extended" in acts
