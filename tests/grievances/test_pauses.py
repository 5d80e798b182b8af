from datetime import UTC, datetime, timedelta

import pytest

from grievances import deadlines, pauses, reckonings
from grievances.calendars import PLAIN_WEEK
from grievances.deadlines import LIMIT, Step
from grievances.reckonings import Why
from grievances.severity import Severity

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def waits(database):
    """Let a case wait from one moment to another; returns its deadlines before and after."""

    async def waited(filed, begun, ended):
        async with database.transaction() as db:
            before = {each.step: each for each in await deadlines.of_case(db, filed.case_id)}
            await pauses.begin(db, filed.case_id, begun)
            await pauses.end(db, filed.case_id, ended, PLAIN_WEEK)
            after = {each.step: each for each in await deadlines.of_case(db, filed.case_id)}
        return before, after

    return waited


async def test_due_dates_move_by_the_working_time_that_was_waited(file, waits, now):
    # From Thursday at eight to Monday at ten.
    before, after = await waits(await file(), now + 2 * DAY - HOUR, now + 6 * DAY + HOUR)
    assert before[Step.FEEDBACK].due_at == datetime(2026, 6, 2, 9, tzinfo=UTC)
    # Thursday, Friday and Monday's beginning are 9 + 9 + 2 working hours.
    assert after[Step.FEEDBACK].due_at == datetime(2026, 6, 4, 11, tzinfo=UTC)
    assert after[Step.FEEDBACK].paused_for == 20 * 3600


async def test_a_night_is_no_time(file, waits, now):
    evening, morning = now + 9 * HOUR, now + 22 * HOUR
    before, after = await waits(await file(), evening, morning)
    assert {step: each.due_at for step, each in after.items()} == {
        step: each.due_at for step, each in before.items()
    }


@pytest.mark.parametrize("category", ["ABUSE", "DANGER"])  # S1 and S2
async def test_what_is_grave_never_waits(file, waits, now, category):
    before, after = await waits(await file(category=category), now, now + 5 * DAY)
    assert after == before


async def test_the_total_clock_never_waits_and_holds_feedback_back(file, waits, database, now):
    filed = await file()
    before, after = await waits(filed, now + HOUR, now + 120 * DAY)
    assert after[Step.TOTAL] == before[Step.TOTAL]
    assert after[Step.FEEDBACK].due_at == before[Step.TOTAL].due_at


async def test_a_total_clock_that_is_met_holds_nothing_back(file, waits, database, now):
    """A case that had its feedback is reopened months later, and waits for its reporter then."""
    filed, later = await file(), now + 140 * DAY
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, Step, now + DAY)
        await deadlines.plan(db, filed.case_id, Severity.S3, later)
    before, after = await waits(filed, later, later + 7 * DAY)
    assert before[Step.FEEDBACK].due_at > before[Step.TOTAL].due_at
    assert after[Step.FEEDBACK].due_at == before[Step.FEEDBACK].due_at + 7 * DAY


async def test_the_seven_days_hold(file, waits, now):
    _, after = await waits(await file(category="OTHER"), now + HOUR, now + 20 * DAY)
    assert after[Step.ACKNOWLEDGE].due_at == now + LIMIT


async def test_what_has_passed_is_not_stopped(file, waits, now):
    filed = await file()
    _, after = await waits(filed, now + 4 * DAY, now + 8 * DAY)
    assert after[Step.ACKNOWLEDGE].due_at == now + 2 * DAY
    assert after[Step.ACKNOWLEDGE].paused_for == 0


async def test_what_is_met_stays_so(file, waits, database, now):
    filed = await file()
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, [Step.FEEDBACK], now)
    before, after = await waits(filed, now, now + 5 * DAY)
    assert after[Step.FEEDBACK] == before[Step.FEEDBACK]


async def test_a_clock_that_was_put_back_takes_nothing_away(file, waits, now):
    before, after = await waits(await file(), now + 3 * HOUR, now + HOUR)
    assert after[Step.FEEDBACK].due_at == before[Step.FEEDBACK].due_at


async def test_each_move_is_kept_with_its_reason(file, waits, database, now):
    filed = await file()
    before, after = await waits(filed, now, now + DAY)
    async with database.reading() as db:
        kept = {each.step: each for each in await reckonings.of_case(db, filed.case_id)}
    assert kept[Step.FEEDBACK].why is Why.PAUSE
    assert kept[Step.FEEDBACK].before == before[Step.FEEDBACK].due_at
    assert kept[Step.FEEDBACK].after == after[Step.FEEDBACK].due_at
    assert Step.TOTAL not in kept
