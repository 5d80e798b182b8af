from storage.heartbeats import heartbeats
from storage.upsert import insert


async def test_a_second_insert_does_nothing_when_told_so(database, now):
    async with database.transaction() as db:
        statement = insert(db, heartbeats).values(name="clock", at=now).on_conflict_do_nothing()
        assert (await db.execute(statement)).rowcount == 1
        assert (await db.execute(statement)).rowcount == 0
