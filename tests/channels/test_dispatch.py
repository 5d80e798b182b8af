import pytest

from channels import dispatch
from channels.base import Outbound, Sent
from channels.errors import Ambiguous
from channels.ledger import State
from tests.support.ledger import BRUNO, MINUTE, Ledger


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


# --- what is due


async def test_replies_go_before_news(ledger):
    bulk = await ledger.write(kind="bulk")
    reply = await ledger.write(route=BRUNO)
    assert [row.id for row in await ledger.due()] == [reply, bulk]


async def test_messages_to_one_contact_leave_in_order(ledger):
    first, second = await ledger.write(), await ledger.write()
    assert [row.id for row in await ledger.due()] == [first]
    await ledger.submit(first)
    assert await ledger.due() == []
    await ledger.settle(first, Sent("SM1"))
    assert [row.id for row in await ledger.due()] == [second]


async def test_a_reply_does_not_wait_for_news_to_the_same_contact(ledger):
    await ledger.write(kind="bulk", not_before=ledger.now + MINUTE)
    reply = await ledger.write()
    assert [row.id for row in await ledger.due()] == [reply]


async def test_a_message_in_doubt_does_not_hold_up_the_next(ledger):
    await ledger.settle(await ledger.leave(), Ambiguous())
    second = await ledger.write()
    assert [row.id for row in await ledger.due()] == [second]


async def test_two_senders_never_send_the_same_message(ledger):
    outbox_id = await ledger.write()
    assert await ledger.submit(outbox_id, by="one") == {outbox_id}
    assert await ledger.submit(outbox_id, by="two") == frozenset()


async def test_what_was_put_off_is_due_later(ledger):
    outbox_id = await ledger.write()
    await ledger.do(dispatch.put_off, [outbox_id], ledger.now + MINUTE)
    assert await ledger.due() == []
    assert [row.id for row in await ledger.due(ledger.now + MINUTE)] == [outbox_id]


async def test_what_was_handed_over_is_another_lines(ledger):
    outbox_id, left = await ledger.write(), await ledger.leave(route=BRUNO)
    await ledger.do(dispatch.hand_over, [outbox_id, left], "gateway")
    assert await ledger.due() == []
    assert [row.id for row in await ledger.due(channel="gateway")] == [outbox_id]
    assert (await ledger.row(left)).channel == "sms"


async def test_what_was_dropped_keeps_the_reason_and_no_words(ledger):
    outbox_id = await ledger.write()
    await ledger.do(dispatch.drop, [outbox_id], "stopped", ledger.now)
    row = await ledger.row(outbox_id)
    assert (row.state, row.error, row.body) == (State.CANCELLED, "stopped", None)


async def test_nothing_leaves_before_its_time_or_after_its_expiry(ledger):
    await ledger.write(not_before=ledger.now + MINUTE, expires_at=ledger.now + 2 * MINUTE)
    assert await ledger.due() == []
    assert await ledger.due(ledger.now + 2 * MINUTE) == []
    assert len(await ledger.due(ledger.now + MINUTE)) == 1


async def test_a_line_sends_its_own(ledger):
    await ledger.write()
    assert await ledger.due(channel="telegram") == []


async def test_no_more_is_looked_at_than_can_be_sent(ledger):
    for route in "abcdef":
        await ledger.write(route=route * 32)
    assert len(await ledger.due(limit=4)) == 4


# --- too long


async def test_a_long_message_becomes_several_rows(ledger):
    await ledger.write(kind="followup")
    (row,) = await ledger.due()
    await ledger.do(
        dispatch.split, ledger.keyring, row, [Outbound("one"), Outbound("two")], ledger.now
    )
    await ledger.submit(row.id)
    await ledger.settle(row.id, Sent("SM1"))
    (second,) = await ledger.due()
    assert ledger.opened(second) == Outbound("two")
    assert second.kind == "followup"
