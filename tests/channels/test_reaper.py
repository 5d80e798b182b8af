import pytest

from channels import dispatch, outbox, reaper
from channels.base import Sent
from channels.errors import Ambiguous
from channels.ledger import State
from tests.support.ledger import BRUNO, MINUTE, Ledger


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


async def test_what_was_leaving_is_in_doubt_after_the_lease(ledger):
    outbox_id = await ledger.leave()
    assert (await ledger.do(reaper.reap, ledger.now + 0.5 * MINUTE)).unknown == 0
    assert (await ledger.do(reaper.reap, ledger.now + MINUTE)).unknown == 1
    assert await ledger.state(outbox_id) == State.UNKNOWN


async def test_who_is_alone_need_not_wait_for_leases(ledger):
    await ledger.leave()
    waiting = await ledger.write(route=BRUNO)
    assert (await ledger.do(reaper.reap, ledger.now, everything=True)).unknown == 1
    assert await ledger.state(waiting) == State.PLANNED


async def test_what_is_too_late_expires(ledger):
    outbox_id = await ledger.write()
    assert (await ledger.do(reaper.reap, ledger.now + outbox.VALID_FOR)).expired == 1
    assert await ledger.state(outbox_id) == State.EXPIRED


async def test_words_do_not_wait_for_ever_for_a_receipt(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("SM1"))
    end = ledger.now + outbox.VALID_FOR + reaper.RECEIPTS_CEASE
    await ledger.do(reaper.reap, end - MINUTE)
    assert (await ledger.row(outbox_id)).body is not None
    await ledger.do(reaper.reap, end)
    assert (await ledger.row(outbox_id)).body is None


async def test_doubt_is_looked_into_after_a_while_and_by_one_sender(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Ambiguous())
    assert await ledger.unknowns(ledger.now - MINUTE) == []
    (row,) = await ledger.unknowns(ledger.now)
    assert (row.id, row.submitted_at) == (outbox_id, ledger.now)
    assert await ledger.unknowns(ledger.now, by="other") == []
    assert len(await ledger.unknowns(ledger.now, now=ledger.now + dispatch.LEASE)) == 1


async def test_who_is_alone_asks_again_what_a_dead_sender_was_asking(ledger):
    await ledger.settle(await ledger.leave(), Ambiguous())
    await ledger.unknowns(ledger.now, by="dead")
    await ledger.do(reaper.reap, ledger.now, everything=True)
    assert len(await ledger.unknowns(ledger.now)) == 1


@pytest.mark.parametrize(
    ("found", "resend", "state"),
    [
        (Sent("SM1"), True, State.ACCEPTED),
        (None, True, State.PLANNED),
        (None, False, State.FAILED),
    ],
)
async def test_doubt_ends(ledger, found, resend, state):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Ambiguous())
    await ledger.do(reaper.resolve_unknown, outbox_id, found, ledger.now, resend=resend)
    assert await ledger.state(outbox_id) == state


async def test_a_provider_id_belongs_to_one_message(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("SM1"))
    assert await ledger.do(reaper.owner, "sms", "SM1") == outbox_id
    assert await ledger.do(reaper.owner, "sms", "SM2") is None


async def test_a_clock_that_was_fast_holds_nothing_up(ledger):
    """Written while our clock was an hour fast, to wait ten minutes; then the clock was set."""
    fast = ledger.now + 60 * MINUTE
    late = await ledger.write(now=fast, not_before=fast + 10 * MINUTE)
    await ledger.write()
    await ledger.do(reaper.reap, ledger.now)
    assert (await ledger.row(late)).not_before == ledger.now + 10 * MINUTE


async def test_what_was_put_off_by_a_right_clock_stays_so(ledger):
    outbox_id = await ledger.write(not_before=ledger.now + 60 * MINUTE)
    await ledger.do(reaper.reap, ledger.now - reaper.SKEW)
    assert (await ledger.row(outbox_id)).not_before == ledger.now + 60 * MINUTE
