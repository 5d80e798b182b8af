import pytest

from channels import shut_doors
from channels.errors import Refused
from tests.support.ledger import ANNA, Ledger


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


async def test_a_shut_door_is_remembered_until_somebody_acts(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Refused("21610", stopped=True))
    assert await ledger.do(shut_doors.waiting) == [(outbox_id, ANNA, "sms")]
    await ledger.do(shut_doors.acted_on, [outbox_id])
    assert await ledger.do(shut_doors.waiting) == []
