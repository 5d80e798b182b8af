from datetime import timedelta

import pytest

from grievances import bells, exclusions, limits
from grievances.bells import Bell, Kind
from grievances.deadlines import Step
from grievances.exclusions import Why

DAY = timedelta(days=1)


@pytest.fixture
async def rang(database, file, now):
    """Ring in two cases; return them, the one whose limit passed first before the other."""
    early, late = (await file()).case_id, (await file()).case_id
    week, months = now + 7 * DAY, now + 90 * DAY
    calls = [
        Bell(early, Step.TRIAGE, Kind.PASSED, now, now, 1),  # no limit of the law
        Bell(early, Step.ACKNOWLEDGE, Kind.PASSED, week, week, 2, legal=True),
        Bell(late, Step.TOTAL, Kind.PASSED, months, months + DAY, 4, legal=True),
    ]
    async with database.transaction() as db:
        await bells.ring(db, calls)
    return early, late


@pytest.fixture
def listed(database, secretary):
    async def lines(since, until, most=9):
        async with database.reading() as db:
            found = await limits.passed(db, secretary.member, since, until, most=most)
        return [(line.step, line.due_at, line.level) for line in found]

    return lines


async def test_the_report_lists_what_passed_within_its_time_newest_first(rang, listed, now):
    first = (Step.ACKNOWLEDGE, now + 7 * DAY, 2)
    second = (Step.TOTAL, now + 90 * DAY, 4)
    assert await listed(now, now + 365 * DAY) == [second, first]
    assert await listed(now, now + 90 * DAY) == [first]
    assert await listed(now + 90 * DAY, now + 91 * DAY) == [second]
    assert await listed(now, now + 365 * DAY, most=1) == [second]


async def test_whoever_is_kept_out_of_a_case_finds_no_line_of_it(
    rang, listed, database, secretary, now
):
    _, late = rang
    async with database.transaction() as db:
        out, why = [secretary.member.id], Why.NAMED
        await exclusions.exclude(db, [late], out, why, by=secretary.member.id, now=now)
    assert await listed(now, now + 365 * DAY) == [(Step.ACKNOWLEDGE, now + 7 * DAY, 2)]
