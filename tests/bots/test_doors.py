import pytest

from bots import doors
from channels import optout
from channels.base import Address
from outreach import subscribers
from outreach.subscribers import Counts

ADDRESS = Address("sms", "+254711000001")


@pytest.mark.parametrize("stopped", [True, False])
async def test_the_door_and_the_list_agree(database, keyring, now, stopped):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
        await doors.heed(db, keyring, ADDRESS, now, stopped=not stopped)
        await doors.heed(db, keyring, ADDRESS, now, stopped=stopped)
        assert await optout.stopped(db, keyring, ADDRESS) is stopped
        assert await subscribers.counts(db) == (Counts(0, 1) if stopped else Counts(1, 0))
