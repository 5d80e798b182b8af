from dataclasses import replace
from datetime import timedelta

from grievances import deadlines, reckonings
from grievances.reckonings import Why

DAY = timedelta(days=1)


async def test_only_what_moved_is_kept_with_both_dates(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        before = await deadlines.of_case(db, filed.case_id)
        moved = replace(before[0], due_at=before[0].due_at + DAY)
        after = [moved, *before[1:]]
        await reckonings.record(db, before, after, Why.CALENDAR, now)
        (kept,) = await reckonings.of_case(db, filed.case_id)
    assert (kept.step, kept.why, kept.at) == (moved.step, Why.CALENDAR, now)
    assert kept.after - kept.before == DAY


async def test_nothing_that_moved_leaves_nothing(database, file, now):
    filed = await file()
    async with database.transaction() as db:
        same = await deadlines.of_case(db, filed.case_id)
        await reckonings.record(db, same, same, Why.PAUSE, now)
        assert await reckonings.of_case(db, filed.case_id) == []


async def test_a_case_shows_its_own_in_order(database, file, now):
    one, other = await file(), await file()
    async with database.transaction() as db:
        for filed, later in ((one, 2 * DAY), (one, DAY), (other, DAY)):
            (before, *_) = await deadlines.of_case(db, filed.case_id)
            after = replace(before, due_at=before.due_at + DAY)
            await reckonings.record(db, [before], [after], Why.EXTENSION, now + later)
        found = await reckonings.of_case(db, one.case_id)
    assert [each.at for each in found] == [now + DAY, now + 2 * DAY]
