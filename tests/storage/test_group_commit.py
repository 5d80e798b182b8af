"""Units that wait together share a commit, and nothing else."""

import asyncio

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from storage.group_commit import MOST, GroupCommit
from storage.heartbeats import beat, heartbeats, last


@pytest.fixture
def commits(database):
    return GroupCommit(database)


@pytest.fixture
def committed(database):
    """How often the writer committed, so far."""
    seen = []
    event.listen(database.writer.sync_engine, "commit", seen.append)
    return seen


async def names(database):
    async with database.reading() as reads:
        return set((await reads.execute(select(heartbeats.c.name))).scalars())


def beating(name, now):
    async def unit(db):
        await beat(db, name, now)
        return name

    return unit


def failing(name, now):
    async def unit(db):
        await beat(db, name, now)
        raise ZeroDivisionError(name)

    return unit


async def test_each_gets_what_its_own_unit_returned(commits, database, now):
    units = [commits.run(beating(f"one {n}", now)) for n in range(20)]
    assert await asyncio.gather(*units) == [f"one {n}" for n in range(20)]
    assert await names(database) == {f"one {n}" for n in range(20)}


async def test_those_who_wait_together_share_a_commit_on_sqlite(commits, database, committed, now):
    units = [commits.run(beating(f"one {n}", now)) for n in range(MOST)]
    await asyncio.gather(*units)
    assert len(committed) == MOST if not database.embedded else len(committed) < MOST / 4


async def test_a_unit_that_fails_takes_nothing_with_it(commits, database, now):
    units = [commits.run((failing if n % 3 == 1 else beating)(f"one {n}", now)) for n in range(9)]
    told = await asyncio.gather(*units, return_exceptions=True)
    assert [type(each) for each in told] == [str, ZeroDivisionError, str] * 3
    assert await names(database) == {f"one {n}" for n in range(9) if n % 3 != 1}


async def test_a_unit_that_fails_leaves_nothing_in_the_route_store(commits, database):
    async def kept(db):
        await (await db.routes()).execute(text("CREATE TABLE kept (id INTEGER)"))

    async def undone(db):
        await (await db.routes()).execute(text("CREATE TABLE undone (id INTEGER)"))
        raise ZeroDivisionError

    await asyncio.gather(
        commits.run(kept), commits.run(undone), commits.run(kept), return_exceptions=True
    )
    async with database.routes.connect() as routes:
        await routes.execute(text("SELECT * FROM kept"))
        with pytest.raises(Exception, match="undone"):
            await routes.execute(text("SELECT * FROM undone"))


async def test_what_comes_afterwards_comes_for_those_that_were_kept(commits):
    seen = []

    def unit(name, *, fails):
        async def noted(db):
            db.afterwards(lambda: seen.append(name))
            if fails:
                raise ZeroDivisionError

        return commits.run(noted)

    units = [unit("first", fails=False), unit("second", fails=True), unit("third", fails=False)]
    await asyncio.gather(*units, return_exceptions=True)
    assert sorted(seen) == ["first", "third"]  # in whatever order PostgreSQL commits them


async def test_nobody_is_answered_when_the_commit_fails(commits, database, now):
    def refuse(_connection):
        raise OperationalError("COMMIT", None, OSError("the disk is full"))

    event.listen(database.writer.sync_engine, "commit", refuse)
    units = [commits.run(beating(f"one {n}", now)) for n in range(5)]
    told = await asyncio.gather(*units, return_exceptions=True)
    event.remove(database.writer.sync_engine, "commit", refuse)
    assert {type(each) for each in told} == {OperationalError}
    assert await names(database) == set()
    assert await commits.run(beating("the next", now)) == "the next"


async def test_a_transaction_that_is_gone_fails_those_that_were_in_it(commits, database, now):
    if not database.embedded:
        pytest.skip("PostgreSQL's units share no transaction")

    async def ends_it(db):
        await db.execute(text("ROLLBACK"))  # as SQLite does when the disk is full
        raise ZeroDivisionError

    units = [commits.run(beating("one", now)), commits.run(ends_it)]
    told = await asyncio.gather(*units, return_exceptions=True)
    assert {type(each) for each in told} == {OperationalError}
    assert await names(database) == set()


async def test_a_unit_whose_caller_left_is_not_run(commits, database, now):
    first = asyncio.create_task(commits.run(beating("first", now)))
    second = asyncio.create_task(commits.run(beating("second", now)))
    if not database.embedded:
        await asyncio.gather(first, second)
        return
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert await names(database) == {"first"}


async def test_units_run_in_the_order_in_which_they_came(commits, database):
    seen = []

    def unit(n):
        async def noted(_db):
            seen.append(n)

        return commits.run(noted)

    await asyncio.gather(*(unit(n) for n in range(200)))
    assert sorted(seen) == list(range(200))
    assert seen == sorted(seen) or not database.embedded


async def test_a_unit_may_ask_for_another_transaction_once_it_is_over(commits, database, now):
    await commits.run(beating("first", now))
    async with database.transaction() as db:
        assert await last(db, "first") == now
