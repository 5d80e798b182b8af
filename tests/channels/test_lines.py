from datetime import timedelta

from channels import lines
from channels.lines import Line

SECOND = timedelta(seconds=1)


async def test_a_line_of_which_nothing_was_written_is_open(database, now):
    async with database.reading() as reads:
        assert await lines.read(reads) == {}
    assert Line("sms").open(now)


async def test_staff_pause_a_line_and_let_it_go_on(database, now):
    async with database.transaction() as db:
        await lines.note(db, "sms", rests_until=now + SECOND, troubles=7)
        await lines.pause(db, "sms", "m1", now)
    async with database.reading() as reads:
        line = (await lines.read(reads))["sms"]
    assert (line.paused_at, line.paused_by, line.troubles) == (now, "m1", 7)
    assert not line.open(now + 2 * SECOND)
    async with database.transaction() as db:
        await lines.resume(db, "sms")
    async with database.reading() as reads:
        assert (await lines.read(reads))["sms"] == Line("sms")


async def test_a_line_rests_until_it_may_go_on(now):
    resting = Line("sms", rests_until=now + SECOND)
    assert not resting.open(now)
    assert resting.open(now + SECOND)
