import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from grievances import deadlines, pauses
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.deadlines import FROM_THE_START, LIMIT, POLICY, Step, credited, reckon, rewrite
from grievances.severity import Severity

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

#: domain.md, section 3, for a report on the Tuesday morning of ``now``.
TABLE = """
S1 acknowledge 2026-05-12 11:00
S1 triage      2026-05-12 13:00
S1 investigate 2026-05-13 09:00
S1 feedback    2026-05-15 09:00
S1 total       2026-08-12 09:00
S1 appeal      2026-05-19 09:00
S2 acknowledge 2026-05-13 09:00
S2 triage      2026-05-13 09:00
S2 investigate 2026-05-14 09:00
S2 feedback    2026-05-26 09:00
S2 total       2026-08-12 09:00
S2 appeal      2026-05-26 09:00
S3 acknowledge 2026-05-14 09:00
S3 triage      2026-05-15 09:00
S3 investigate 2026-05-22 09:00
S3 feedback    2026-06-02 09:00
S3 total       2026-08-12 09:00
S3 appeal      2026-06-11 09:00
S4 acknowledge 2026-05-19 09:00
S4 triage      2026-05-19 09:00
S4 investigate 2026-05-27 09:00
S4 feedback    2026-06-02 09:00
S4 total       2026-08-12 09:00
S4 appeal      2026-06-11 09:00
"""
ROWS = [line.split(maxsplit=2) for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("severity", "step", "due"), ROWS)
def test_each_step_has_its_term(severity, step, due, now):
    reckoned = reckon("c", Step(step), Severity(severity), now, PLAIN_WEEK)
    assert reckoned.due_at == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_table_is_whole():
    assert len(ROWS) == sum(map(len, POLICY.values())) == len(Step) * len(Severity)


def test_holidays_never_stretch_a_term_over_seven_days(now):
    friday = now + 3 * DAY
    holidays = frozenset((friday + n * DAY).date() for n in range(1, 30))
    calendar = type(PLAIN_WEEK)(UTC, holidays=holidays)
    reckoned = reckon("c", Step.ACKNOWLEDGE, Severity.S4, friday, calendar)
    assert reckoned.due_at == friday + LIMIT


def test_the_warning_comes_at_four_fifths(now):
    reckoned = reckon("c", Step.TRIAGE, Severity.S1, now, PLAIN_WEEK)
    assert reckoned.warn_at == now + timedelta(hours=3, minutes=12)


async def _due(database, case_id):
    async with database.reading() as db:
        return {each.step: each for each in await deadlines.of_case(db, case_id)}


async def test_a_filed_case_has_all_its_clocks(database, file):
    filed = await file()
    assert set(await _due(database, filed.case_id)) == set(Step) - {Step.APPEAL}


async def test_graver_moves_every_due_date_nearer(database, file):
    filed = await file()
    before = await _due(database, filed.case_id)
    async with database.transaction() as db:
        await deadlines.replan(db, filed.case_id, Severity.S1)
    after = await _due(database, filed.case_id)
    steps = set(FROM_THE_START) - {Step.TOTAL}
    assert all(after[step].due_at < before[step].due_at for step in steps)
    assert after[Step.TOTAL] == before[Step.TOTAL]


async def test_milder_moves_no_due_date(database, file):
    filed = await file(category="ABUSE")
    before = await _due(database, filed.case_id)
    async with database.transaction() as db:
        await deadlines.replan(db, filed.case_id, Severity.S4)
    assert await _due(database, filed.case_id) == before


async def test_a_step_is_met_once(database, file, now):
    filed = await file()
    for later in (HOUR, 2 * HOUR):
        async with database.transaction() as db:
            await deadlines.meet(db, filed.case_id, [Step.TRIAGE], now + later)
    due = await _due(database, filed.case_id)
    assert due[Step.TRIAGE].met_at == now + HOUR
    assert due[Step.FEEDBACK].met_at is None


async def test_a_clock_that_runs_is_not_started_again(database, file, now):
    filed = await file()
    before = await _due(database, filed.case_id)
    again = (Step.TRIAGE, Step.FEEDBACK)
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, [Step.FEEDBACK], now)
        await deadlines.start_again(db, filed.case_id, Severity.S3, now + DAY, steps=again)
    after = await _due(database, filed.case_id)
    assert after[Step.TRIAGE] == before[Step.TRIAGE]
    feedback = after[Step.FEEDBACK]
    assert (feedback.met_at, feedback.started_at) == (None, now + DAY)


async def test_what_is_met_is_not_replanned(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, [Step.TRIAGE], now)
    before = (await _due(database, filed.case_id))[Step.TRIAGE]
    async with database.transaction() as db:
        await deadlines.replan(db, filed.case_id, Severity.S1)
    assert (await _due(database, filed.case_id))[Step.TRIAGE] == before


async def test_the_same_judgement_again_moves_nothing(database, file, now):
    """Also where a date is later than the policy says, because it was put off or paused."""
    filed = await file()
    feedback = (await _due(database, filed.case_id))[Step.FEEDBACK]
    async with database.transaction() as db:
        await rewrite(db, [replace(feedback, due_at=feedback.due_at + 9 * DAY)], now)
    before = await _due(database, filed.case_id)
    async with database.transaction() as db:
        await deadlines.replan(db, filed.case_id, Severity.S3)
    assert await _due(database, filed.case_id) == before


async def test_what_has_passed_is_judged_no_more(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        await db.execute(deadlines.deadlines.update().values(overdue_at=now))
    before = await _due(database, filed.case_id)
    async with database.transaction() as db:
        await deadlines.replan(db, filed.case_id, Severity.S1)
    assert await _due(database, filed.case_id) == before


async def test_who_was_warned_is_warned_again_only_if_that_is_to_come(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        await db.execute(deadlines.deadlines.update().values(warned_at=now))
    feedback = (await _due(database, filed.case_id))[Step.FEEDBACK]
    for due, warned in ((now + timedelta(hours=1), None), (now - DAY, now)):
        async with database.transaction() as db:
            await rewrite(db, [replace(feedback, due_at=due)], now)
        assert (await _due(database, filed.case_id))[Step.FEEDBACK].warned_at == warned


def test_a_pause_never_stretches_a_working_day_term_over_seven_days(now):
    reckoned = reckon("c", Step.ACKNOWLEDGE, Severity.S4, now, PLAIN_WEEK)
    weeks = int(timedelta(hours=90).total_seconds())
    assert credited(reckoned, 0, PLAIN_WEEK) == reckoned.due_at
    assert credited(reckoned, weeks, PLAIN_WEEK) == now + LIMIT


async def test_overdue_counts_cases_and_not_steps(database, file, now):
    await file(category="ABUSE")
    await file(category="OTHER")
    async with database.reading() as db:
        counted = [await deadlines.overdue(db, now + n * DAY) for n in (0, 1, 60)]
    assert counted == [0, 1, 2]


async def test_planning_again_starts_the_clocks_anew(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, Step, now)
        await deadlines.plan(db, filed.case_id, Severity.S1, now + 90 * DAY)
    due = await _due(database, filed.case_id)
    assert due[Step.ACKNOWLEDGE].due_at == now + 90 * DAY + 2 * HOUR
    assert due[Step.ACKNOWLEDGE].met_at is None


async def test_the_total_clock_never_starts_again(database, file, now):
    filed = await file()
    before = (await _due(database, filed.case_id))[Step.TOTAL]
    async with database.transaction() as db:
        await deadlines.plan(db, filed.case_id, Severity.S1, now + 20 * DAY)
    after = await _due(database, filed.case_id)
    assert after[Step.TOTAL] == before
    assert after[Step.FEEDBACK].started_at == now + 20 * DAY


async def test_what_stands_still_is_not_overdue(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        await db.execute(deadlines.deadlines.update().values(paused_at=now))
    async with database.reading() as db:
        assert await deadlines.overdue(db, now + 60 * DAY) == 0
    assert filed.case_id


async def _beside_the_cases(db):
    """Return what stands beside each case, and what a look at all of its clocks would say."""
    beside = {
        row.id: (row.next_step, row.next_due)
        for row in await db.execute(select(cases.c.id, cases.c.next_step, cases.c.next_due))
    }
    looked = {}
    for case_id in beside:
        running = [
            (each.due_at, each.step)
            for each in await deadlines.of_case(db, case_id)
            if each.met_at is None and each.paused_at is None
        ]
        due, step = min(running, default=(deadlines.NEVER, None))
        looked[case_id] = (step, due)
    return beside, looked


@pytest.mark.parametrize("seed", range(3))
async def test_the_nearest_stands_beside_its_case_whatever_happens(file, database, now, seed):
    dice, graver = random.Random(seed), {}
    ids = [(await file(now=now + number * HOUR)).case_id for number in range(3)]
    acts = {
        "meet": lambda db, one, at: deadlines.meet(
            db, one, dice.sample(list(Step), dice.randrange(3)), at
        ),
        "plan": lambda db, one, at: deadlines.plan(db, one, Severity.S3, at),
        "replan": lambda db, one, _at: deadlines.replan(
            db, one, graver.setdefault(one, dice.choice(list(Severity)))
        ),
        "pause": pauses.begin,
        "go on": lambda db, one, at: pauses.end(db, one, at, PLAIN_WEEK),
        "end": lambda db, one, at: deadlines.meet(db, one, Step, at),
    }
    for number in range(25):
        at = now + number * 9 * HOUR
        async with database.transaction() as db:
            await acts[dice.choice(list(acts))](db, dice.choice(ids), at)
            beside, looked = await _beside_the_cases(db)
        assert beside == looked
