from datetime import timedelta

import pytest

from grievances import bells
from grievances.bells import Bell, Kind
from grievances.deadlines import Step

DAY = timedelta(days=1)


@pytest.fixture
async def bell(file, now):
    return Bell((await file()).case_id, Step.TRIAGE, Kind.WARNING, now, now, 0)


async def test_of_one_due_date_nobody_hears_twice(database, bell):
    async with database.transaction() as db:
        assert await bells.ring(db, [bell]) == [bell]
    async with database.transaction() as db:
        assert await bells.ring(db, [bell]) == []
    async with database.reading() as db:
        assert await bells.of_case(db, bell.case_id) == [bell]


async def test_another_due_date_or_another_kind_is_another_bell(database, bell, now):
    others = [
        Bell(bell.case_id, Step.TRIAGE, Kind.WARNING, now + DAY, now, 0),
        Bell(bell.case_id, Step.TRIAGE, Kind.PASSED, now, now, 1),
        Bell(bell.case_id, Step.FEEDBACK, Kind.WARNING, now, now, 0),
    ]
    async with database.transaction() as db:
        await bells.ring(db, [bell])
        assert await bells.ring(db, [bell, *others]) == others


async def test_no_bell_is_no_question(database):
    async with database.transaction() as db:
        assert await bells.ring(db, []) == []
