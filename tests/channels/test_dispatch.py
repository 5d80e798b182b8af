from datetime import timedelta

import pytest

from channels import dispatch, reaper
from channels.base import Outbound, Sent
from channels.errors import Ambiguous, Busy, Refused
from channels.ledger import State
from tests.support.ledger import ANNA, BRUNO, MINUTE, Ledger


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


# --- claiming


async def test_replies_go_before_news(ledger):
    bulk = await ledger.write(kind="bulk")
    reply = await ledger.write(route=BRUNO)
    assert [row.id for row in await ledger.claim()] == [reply, bulk]


async def test_messages_to_one_contact_leave_in_order(ledger):
    first, second = await ledger.write(), await ledger.write()
    assert [row.id for row in await ledger.claim()] == [first]
    await ledger.submit(first)
    assert await ledger.claim() == []
    await ledger.settle(first, Sent("SM1"))
    assert [row.id for row in await ledger.claim()] == [second]


async def test_a_reply_does_not_wait_for_news_to_the_same_contact(ledger):
    await ledger.write(kind="bulk", not_before=ledger.now + MINUTE)
    reply = await ledger.write()
    assert [row.id for row in await ledger.claim()] == [reply]


async def test_a_message_in_doubt_does_not_hold_up_the_next(ledger):
    await ledger.settle(await ledger.leave(), Ambiguous())
    second = await ledger.write()
    assert [row.id for row in await ledger.claim()] == [second]


async def test_two_senders_never_hold_the_same_message(ledger):
    await ledger.write()
    assert len(await ledger.claim(by="one")) == 1
    assert await ledger.claim(by="two") == []


async def test_a_sender_whose_lease_ran_out_may_not_send(ledger):
    outbox_id = await ledger.write()
    await ledger.claim(by="one")
    await ledger.do(reaper.reap, ledger.now + 2 * MINUTE)
    await ledger.claim(by="two", now=ledger.now + 2 * MINUTE)
    assert await ledger.submit(outbox_id, by="one") == frozenset()
    assert await ledger.submit(outbox_id, by="two") == {outbox_id}


async def test_nothing_leaves_before_its_time_or_after_its_expiry(ledger):
    await ledger.write(not_before=ledger.now + MINUTE, expires_at=ledger.now + 2 * MINUTE)
    assert await ledger.claim() == []
    assert await ledger.claim(ledger.now + 2 * MINUTE) == []
    assert len(await ledger.claim(ledger.now + MINUTE)) == 1


async def test_a_channel_claims_its_own(ledger):
    await ledger.write()
    assert await ledger.claim(channel="telegram") == []


async def test_a_claim_takes_no_more_than_it_can_send(ledger):
    for route in "abcdef":
        await ledger.write(route=route * 32)
    assert len(await ledger.claim(limit=4)) == 4


# --- settling


async def test_what_was_taken_waits_for_its_receipt(ledger):
    outbox_id = await ledger.leave(entry_id="e1")
    settled = await ledger.settle(outbox_id, Sent("SM1"))
    assert (settled.state, settled.entry_id) == (State.ACCEPTED, "e1")
    assert (await ledger.row(outbox_id)).body is not None


async def test_words_are_erased_when_no_receipt_will_follow(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("7", final=True))
    assert (await ledger.row(outbox_id)).body is None


async def test_words_stay_for_another_try_when_a_message_is_refused(ledger):
    outbox_id = await ledger.leave()
    settled = await ledger.settle(outbox_id, Refused("21211"))
    assert (settled.state, settled.error) == (State.FAILED, "21211")
    assert (await ledger.row(outbox_id)).body is not None


async def test_a_shut_door_is_remembered_until_somebody_acts(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Refused("21610", stopped=True))
    assert await ledger.do(dispatch.stopped) == [(outbox_id, ANNA)]
    await ledger.do(dispatch.acted_on, [outbox_id])
    assert await ledger.do(dispatch.stopped) == []


async def test_a_busy_provider_is_asked_again_later_and_later(ledger):
    outbox_id = await ledger.write()
    now, waits = ledger.now, []
    for _ in range(6):
        await ledger.claim(now)
        await ledger.submit(outbox_id, now=now)
        await ledger.settle(outbox_id, Busy("503"), now)
        due = (await ledger.row(outbox_id)).not_before
        waits.append((due - now).total_seconds())
        now = due
    expected = [10, 60, 300, 1800, 7200, 7200]
    assert all(abs(w - e) <= 0.2 * e for w, e in zip(waits, expected, strict=True))


async def test_the_provider_says_when(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Busy("429", retry_after=7))
    assert (await ledger.row(outbox_id)).not_before == ledger.now + timedelta(seconds=7)


async def test_a_limit_of_the_whole_channel_costs_no_try(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Busy("429", whole_channel=True))
    assert (await ledger.row(outbox_id)).attempt == 0


async def test_nothing_moves_that_was_settled(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Refused("21211"))
    assert await ledger.settle(outbox_id, Busy("429")) is None
    assert await ledger.state(outbox_id) == State.FAILED


async def test_a_long_message_becomes_several_rows(ledger):
    await ledger.write(kind="followup")
    (row,) = await ledger.claim()
    await ledger.do(
        dispatch.split, ledger.keyring, row, [Outbound("one"), Outbound("two")], ledger.now
    )
    await ledger.submit(row.id)
    await ledger.settle(row.id, Sent("SM1"))
    (second,) = await ledger.claim()
    assert ledger.opened(second) == Outbound("two")
    assert second.kind == "followup"
