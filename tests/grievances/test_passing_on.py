"""What is copied from a duplicate to the case that leads; ``test_merging`` plays the whole."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from grievances import entries, links, passing_on
from grievances.case import NoSuchCase, cases
from grievances.entries import Draft
from grievances.links import Kind

HOUR = timedelta(hours=1)


@pytest.fixture
async def chain(file, database, now):
    """Three cases, each a duplicate of the next."""
    made = [(await file()).case_id for _ in range(3)]
    async with database.transaction() as db:
        for ends in pairwise(made):
            await links.join(db, *ends, Kind.DUPLICATE, by="system", now=now)
    return made


async def copies(db, case_id):
    found = await db.execute(
        select(entries.entries.c.from_case)
        .where(entries.entries.c.case_id == case_id)
        .order_by(entries.entries.c.n)
    )
    return list(found.scalars())[1:]  # after the story


async def say(db, chain, case_id, now):
    held = await passing_on.hold_with_leaders(db, case_id)
    await passing_on.pass_on(db, held, case_id, Draft("More."), now)
    return {*held}


async def test_words_reach_every_case_above_and_none_below(chain, database, now):
    async with database.transaction() as db:
        assert await say(db, chain, chain[1], now) == {chain[1], chain[2]}
        assert [await copies(db, each) for each in chain] == [[], [], [chain[1]]]


async def test_words_of_a_case_of_its_own_go_nowhere(file, database, now):
    alone = (await file()).case_id
    async with database.transaction() as db:
        assert await say(db, [alone], alone, now) == {alone}
        assert await copies(db, alone) == []


async def test_what_is_taken_back_was_never_heard(chain, database, now):
    async with database.transaction() as db:
        await say(db, chain, chain[0], now + HOUR)
        await say(db, chain, chain[1], now + 2 * HOUR)
        await passing_on.take_back(db, chain[:1], chain[2:])
        assert [await copies(db, each) for each in chain] == [[], [chain[0]], [chain[1]]]
        heard = {row.id: row.heard_at for row in await db.execute(select(cases))}
        assert heard[chain[2]] == now + 2 * HOUR
        await passing_on.take_back(db, chain[:2], chain[2:])
        heard = {row.id: row.heard_at for row in await db.execute(select(cases))}
        assert heard[chain[2]] == now


async def test_of_a_case_that_is_none_nothing_is_held(database):
    with pytest.raises(NoSuchCase):
        async with database.transaction() as db:
            await passing_on.hold_with_leaders(db, "0" * 32)
