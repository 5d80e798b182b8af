from datetime import timedelta

from storage.heartbeats import beat, last


async def test_the_last_beat_counts(database, now):
    async with database.transaction() as db:
        await beat(db, "sender", now)
        await beat(db, "sender", now + timedelta(seconds=5))
        assert await last(db, "sender") == now + timedelta(seconds=5)
        assert await last(db, "clock") is None
