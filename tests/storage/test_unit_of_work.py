import pytest
from sqlalchemy import text

from storage.heartbeats import beat, last


async def test_afterwards_waits_for_the_commit(database, now):
    seen = []
    async with database.transaction() as db:
        db.afterwards(lambda: seen.append("after"))
        await beat(db, "sender", now)
        assert seen == []
    assert seen == ["after"]


async def test_afterwards_never_comes_after_a_rollback(database):
    seen = []
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as db:
            db.afterwards(lambda: seen.append("after"))
            raise ZeroDivisionError
    assert seen == []


async def test_both_stores_roll_back_together(database, now):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as db:
            routes = await db.routes()
            await routes.execute(text("CREATE TABLE probe (id INTEGER)"))
            await beat(db, "sender", now)
            raise ZeroDivisionError
    async with database.reading() as reads:
        assert await last(reads, "sender") is None
    async with database.routes.connect() as routes:
        with pytest.raises(Exception, match="probe"):
            await routes.execute(text("SELECT * FROM probe"))
