from datetime import timedelta

import pytest

from forum.members import Role
from grievances import case, exclusions, remedies, worklist
from grievances.exclusions import Why
from grievances.remedies import Plan
from grievances.states import State


@pytest.fixture
def plan(database, secretary, now):
    """Plan something in a case that is under way; returns the case's reference."""

    async def planned(filed, *dues, handler=None, owner=None, state=State.IMPLEMENTING):
        its = {"state": State.IMPLEMENTING, "assignee": handler and handler.member.id}
        async with database.transaction() as db:
            await case.change(db, filed.case_id, **its, quarantine=False)
            for due in dues:
                who = {"member_id": owner.member.id} if owner else {"owner": "He"}
                what = Plan("Pay.", (now + timedelta(days=due)).date(), **who)
                given = {"by": secretary.member, "now": now}
                await remedies.add(db, filed.case_id, what, **given)
            await case.change(db, filed.case_id, state=state)
        return filed.reference

    return planned


@pytest.fixture
def listed(database):
    async def found(person, *, mine=False):
        async with database.reading() as db:
            page = await worklist.tasks(db, person.member, mine=mine)
        return [(task.reference, task.action.due) for task in page.tasks]

    return found


async def test_the_nearest_day_stands_on_top(plan, listed, file, secretary, now):
    one = await plan(await file(), 9, 2)
    other = await plan(await file(), 5)
    days = {due: (now + timedelta(days=due)).date() for due in (2, 5, 9)}
    assert await listed(secretary) == [(one, days[2]), (other, days[5]), (one, days[9])]


async def test_mine_is_what_i_do_and_what_is_done_in_my_cases(
    plan, listed, file, secretary, handler
):
    theirs = await plan(await file(), 1, handler=handler)
    own = await plan(await file(), 2, owner=secretary)
    assert {reference for reference, _ in await listed(secretary)} == {theirs, own}
    assert [reference for reference, _ in await listed(secretary, mine=True)] == [own]
    assert [reference for reference, _ in await listed(handler, mine=True)] == [theirs]


async def test_nobody_is_told_of_a_case_that_they_may_not_see(
    plan, listed, file, join, secretary, handler, database, now
):
    filed = await file()
    await plan(filed, 1, owner=handler)
    assert await listed(handler) == []
    async with database.transaction() as db:
        ids = [filed.case_id], [secretary.member.id]
        await exclusions.exclude(db, *ids, Why.ASIDE, by=secretary.member.id, now=now)
    assert await listed(secretary) == []
    assert await listed(await join("official@example.org", Role.OFFICIAL)) == []


@pytest.mark.parametrize("state", [State.DUPLICATE, State.WITHDRAWN, State.RESOLVED])
async def test_what_is_over_is_to_be_done_by_nobody(plan, listed, file, secretary, state):
    await plan(await file(), 1, state=state)
    assert await listed(secretary) == []


async def test_pages_follow_each_other_and_a_damaged_cursor_begins_at_the_front(
    plan, file, secretary, database, monkeypatch
):
    monkeypatch.setattr(worklist, "PAGE", 2)
    await plan(await file(), 1, 1, 1, 2, 3)
    seen, page = [], None
    async with database.reading() as db:
        while True:
            found = await worklist.tasks(db, secretary.member, mine=False, page=page)
            seen += [task.action.id for task in found.tasks]
            page = found.next
            if page is None:
                break
        front = await worklist.tasks(db, secretary.member, mine=False)
        for damaged in ("x", "2026-05-01", "2026-05-01_\0", "9999_a"):
            again = await worklist.tasks(db, secretary.member, mine=False, page=damaged)
            assert [t.action.id for t in again.tasks] == [t.action.id for t in front.tasks]
    assert len(seen) == len(set(seen)) == 5
