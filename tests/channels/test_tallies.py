from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from channels import tallies
from channels.ledger import State
from channels.tallies import Tally


@pytest.fixture
def read(database, now):
    async def counted():
        async with database.reading() as db:
            return await tallies.minutes(db, now - timedelta(hours=1)), await tallies.totals(db)

    return counted


async def test_messages_are_counted_by_line_minute_and_state(database, now, read):
    tally = Tally(database)
    for _ in range(3):
        await tally.note("sms", State.ACCEPTED, now)
    await tally.note("sms", State.FAILED, now + timedelta(minutes=1))
    await tally.note("telegram", State.ACCEPTED, now)
    await tally.write(now)
    by_minute, totals = await read()
    minute = tallies.minute_of(now)
    assert by_minute["sms"] == {minute: {State.ACCEPTED: 3}, minute + 1: {State.FAILED: 1}}
    assert totals == {
        ("sms", State.ACCEPTED): 3,
        ("sms", State.FAILED): 1,
        ("telegram", State.ACCEPTED): 1,
    }


async def test_two_processes_add_to_one_count(database, now, read):
    for _ in range(2):
        tally = Tally(database)
        await tally.note("sms", State.ACCEPTED, now)
        await tally.write(now)
    _, totals = await read()
    assert totals["sms", State.ACCEPTED] == 2


async def test_a_message_does_not_pay_for_its_count(database, now, read):
    tally = Tally(database)
    for second in range(4):
        await tally.note("sms", State.ACCEPTED, now + timedelta(seconds=second))
    assert (await read())[1] == {("sms", State.ACCEPTED): 1}
    await tally.note("sms", State.ACCEPTED, now + tallies.WRITE_EVERY)
    assert (await read())[1] == {("sms", State.ACCEPTED): 5}


class Away:
    """A database that is not there."""

    def transaction(self):
        raise OperationalError("", {}, Exception())


async def test_what_cannot_be_written_is_counted_on_and_nothing_fails(database, now, read):
    tally = Tally(Away())
    await tally.note("sms", State.ACCEPTED, now)
    tally.database = database
    await tally.write(now)
    assert (await read())[1] == {("sms", State.ACCEPTED): 1}


async def test_old_minutes_are_forgotten_and_the_total_is_not(database, now, read):
    tally = Tally(database)
    await tally.note("sms", State.ACCEPTED, now)
    async with database.transaction() as db:
        await tallies.purge(db, now + tallies.KEPT_FOR)
    by_minute, totals = await read()
    assert by_minute == {}
    assert totals == {("sms", State.ACCEPTED): 1}
