from datetime import timedelta

import pytest
from sqlalchemy import insert

from grievances import actions
from grievances.actions import context
from vault.seals import new_pair, seal

PAIR = new_pair()


@pytest.fixture
def put(database, now):
    """Put an action straight into the table."""

    async def planned(action_id, case_id, due=0, **values):
        sealed = seal(PAIR.public, b"Pay them.", context=context("what", action_id))
        row = {"id": action_id, "case_id": case_id, "made_at": now, "what": sealed, **values}
        async with database.transaction() as db:
            due_on = (now + timedelta(days=due)).date()
            await db.execute(insert(actions.actions).values(due=due_on, **row))

    return planned


async def test_the_nearest_day_comes_first(database, file, put):
    one, other = (await file()).case_id, (await file()).case_id
    await put("later", one, due=9)
    await put("sooner", one, due=2)
    await put("elsewhere", other)
    async with database.reading() as db:
        assert [each.id for each in await actions.of_case(db, one)] == ["sooner", "later"]


async def test_it_is_late_when_its_day_is_over_and_nothing_was_done(database, file, put, now):
    case_id = (await file()).case_id
    await put("a", case_id)
    await put("b", case_id, done_at=now)
    await put("c", case_id, cancelled_at=now)
    today = now.date()
    async with database.reading() as db:
        found = await actions.of_case(db, case_id)
    assert [each.late(today) for each in found] == [False] * 3
    assert [each.late(today + timedelta(days=1)) for each in found] == [True, False, False]


async def test_its_words_open_with_the_cases_key_and_only_in_their_place(database, file, put):
    case_id = (await file()).case_id
    await put("a", case_id)
    async with database.reading() as db:
        (found,) = await actions.of_case(db, case_id)
    assert found.words("what", PAIR.private) == "Pay them."
    assert found.words("what", new_pair().private) is None
    assert found.words("evidence", PAIR.private) is None
    assert "Pay" not in repr(found)


async def test_what_is_pending_and_who_marked_it_are_asked_of_what_is_not_confirmed(
    database, file, put, now
):
    case_id = (await file()).case_id
    await put("done", case_id, done_at=now, done_by="doer")
    async with database.transaction() as db:
        assert not await actions.pending(db, case_id)
        assert await actions.marked_by(db, case_id, "doer")
        assert not await actions.marked_by(db, case_id, "other")
        await actions.confirm_all(db, case_id, now)
        assert not await actions.marked_by(db, case_id, "doer")
    await put("open", case_id)
    async with database.reading() as db:
        assert await actions.pending(db, case_id)
