"""One parameter for many values: the same rows as ``IN``, found by an index."""

import pytest
from sqlalchemy import select, text

from storage.among import among, among_those
from storage.heartbeats import beat, heartbeats

NAMES = [f"one {number}" for number in range(9)]


@pytest.fixture
async def beating(database, now):
    async with database.transaction() as db:
        for name in NAMES:
            await beat(db, name, now)
    return database


@pytest.mark.parametrize(
    "asked", [NAMES[2:5], [], ["nobody"], [NAMES[0], NAMES[0]], ["o'ne", '"', "a, b", "{}", "é"]]
)
async def test_it_finds_what_in_finds(beating, asked):
    name = heartbeats.c.name
    async with beating.transaction() as db:
        by_in = (await db.execute(select(name).where(name.in_(asked)))).scalars()
        statement = select(name).where(among(name, "names"))
        for _ in range(3):  # the third time by a plan of our own
            found = (await db.execute(statement, {"names": asked})).scalars()
            assert sorted(found) == sorted(set(asked) & set(NAMES))
        assert set(by_in) == set(asked) & set(NAMES)


async def test_it_may_be_denied(beating):
    name = heartbeats.c.name
    async with beating.reading() as reads:
        others = select(name).where(~among(name, "names"))
        found = (await reads.execute(others, {"names": NAMES[1:]})).scalars()
    assert set(found) == set(NAMES[:1])


async def test_sqlite_goes_by_the_index(database):
    if not database.embedded:
        pytest.skip("PostgreSQL reads a small table from end to end")
    asked = str(
        select(heartbeats).where(among(heartbeats.c.name, "names")).compile(database.writer)
    )
    async with database.reading() as reads:
        plan = await reads.execute(text(f"EXPLAIN QUERY PLAN {asked}".replace("?", "'[]'")))
        assert plan.first().detail.startswith("SEARCH heartbeats USING INDEX")


@pytest.mark.parametrize("asked", [NAMES[2:5], []])
async def test_those_that_a_question_finds_are_found(beating, asked):
    name, other = heartbeats.c.name, heartbeats.alias()
    those = select(other.c.name).where(other.c.name.in_(asked))
    async with beating.reading() as reads:
        found = await reads.execute(select(name).where(among_those(name, those)))
        others = await reads.execute(select(name).where(~among_those(name, those)))
    assert sorted(found.scalars()) == asked
    assert set(others.scalars()) == set(NAMES) - set(asked)
