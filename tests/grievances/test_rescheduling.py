from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from grievances import deadlines, reckonings, rescheduling, watch
from grievances.calendars import PLAIN_WEEK, Calendar, Span
from grievances.deadlines import FROM_THE_START, LIMIT, Step
from grievances.reckonings import Why
from grievances.severity import Severity

DAY = timedelta(days=1)

#: The 13th and the 14th are holidays now; the case of ``now`` came on the 12th.
FEAST = replace(PLAIN_WEEK, holidays=frozenset({date(2026, 5, 13), date(2026, 5, 14)}), edition=1)


@pytest.fixture
def catch_up(database, now):
    async def caught_up(calendar, when=now, **more):
        async with database.transaction() as db:
            return await rescheduling.catch_up(db, calendar, when, **more)

    return caught_up


@pytest.fixture
def due(database):
    async def of(filed):
        async with database.reading() as db:
            return {each.step: each.due_at for each in await deadlines.of_case(db, filed.case_id)}

    return of


async def test_a_holiday_moves_working_days_later_and_its_removal_nearer(file, catch_up, due, now):
    filed = await file()
    before = await due(filed)
    assert await catch_up(FEAST) == 1
    later = await due(filed)
    assert later[Step.ACKNOWLEDGE] == now + 6 * DAY  # Monday the 18th, by way of a weekend
    assert await catch_up(replace(PLAIN_WEEK, edition=2)) == 1
    assert await due(filed) == before


async def test_what_runs_by_the_wall_clock_does_not_move(file, catch_up, due):
    plain, grave = await file(), await file(category="ABUSE")
    before = await due(plain), await due(grave)
    await catch_up(FEAST)
    after = await due(plain), await due(grave)
    wall = set(FROM_THE_START) - {Step.ACKNOWLEDGE, Step.TRIAGE}
    assert {step: after[0][step] for step in wall} == {step: before[0][step] for step in wall}
    assert after[1] == before[1]


async def test_the_seven_days_hold_whatever_is_a_holiday(file, catch_up, due, now):
    filed = await file(category="OTHER")
    month = frozenset((now + n * DAY).date() for n in range(1, 40))
    await catch_up(replace(PLAIN_WEEK, holidays=month, edition=1))
    assert (await due(filed))[Step.ACKNOWLEDGE] == now + LIMIT


async def test_another_zone_or_other_hours_count_too(file, catch_up, due):
    filed = await file()
    tokyo = Calendar(ZoneInfo("Asia/Tokyo"), hours=(Span(time(9), time(12)),), edition=1)
    await catch_up(tokyo)
    local = (await due(filed))[Step.ACKNOWLEDGE].astimezone(tokyo.zone)
    assert local.replace(tzinfo=None) == datetime(2026, 5, 15, 9)


async def test_each_move_is_kept(file, catch_up, due, database, now):
    filed = await file()
    before = await due(filed)
    await catch_up(FEAST)
    async with database.reading() as db:
        kept = {each.step: each for each in await reckonings.of_case(db, filed.case_id)}
    assert set(kept) == {Step.ACKNOWLEDGE, Step.TRIAGE}
    assert kept[Step.TRIAGE].why is Why.CALENDAR
    assert kept[Step.TRIAGE].before == before[Step.TRIAGE]
    assert kept[Step.TRIAGE].after == (await due(filed))[Step.TRIAGE]


async def test_what_moved_nowhere_is_kept_nowhere(file, catch_up, database):
    filed = await file()
    assert await catch_up(replace(PLAIN_WEEK, edition=1)) == 1
    async with database.reading() as db:
        assert await reckonings.of_case(db, filed.case_id) == []


async def test_what_has_passed_stays_where_it_was(file, catch_up, due, now):
    filed = await file()
    before = await due(filed)
    await catch_up(FEAST, now + 2 * DAY)
    after = await due(filed)
    assert after[Step.ACKNOWLEDGE] == before[Step.ACKNOWLEDGE]
    assert after[Step.TRIAGE] > before[Step.TRIAGE]


async def test_it_goes_on_where_it_was_broken_off(file, catch_up):
    for _ in range(5):
        await file()
    assert [await catch_up(FEAST, limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_chunk_that_is_undone_is_done_again(file, catch_up, database, due, now):
    filed = await file()
    before = await due(filed)
    with pytest.raises(RuntimeError):
        async with database.transaction() as db:
            await rescheduling.catch_up(db, FEAST, now)
            raise RuntimeError
    assert await due(filed) == before
    assert await catch_up(FEAST) == 1


async def test_a_case_filed_by_the_edition_before_is_reached_all_the_same(file, catch_up, due):
    assert await catch_up(FEAST) == 0
    filed = await file(calendar=PLAIN_WEEK)
    assert await catch_up(FEAST) == 1
    assert await catch_up(FEAST) == 0
    other = await file(calendar=FEAST)
    assert await due(filed) == await due(other)


async def test_a_milder_judgement_is_not_brought_in_by_the_calendar(file, catch_up, due, database):
    filed = await file()
    before = await due(filed)
    async with database.transaction() as db:
        await deadlines.replan(db, filed.case_id, Severity.S4)
    await catch_up(replace(PLAIN_WEEK, edition=1))
    assert await due(filed) == before


async def test_whoever_was_warned_of_a_nearer_date_is_warned_of_the_new_one(
    file, catch_up, database, now
):
    await file()
    rang = []
    for calendar, when in ((PLAIN_WEEK, now + 1.7 * DAY), (FEAST, now + 5.5 * DAY)):
        await catch_up(calendar, now + 1.8 * DAY)
        async with database.transaction() as db:
            rang.append([bell.step for bell in (await watch.warn(db, when)).rang])
    assert rang[0] == [Step.ACKNOWLEDGE]
    assert Step.ACKNOWLEDGE in rang[1]
