import itertools

import pytest

from channels import dispatch, outbox, reaper
from channels.base import Delivery, Outbound, Receipt, Sent
from channels.errors import Ambiguous
from channels.ledger import State
from tests.support.ledger import ANNA, BRUNO, MINUTE, Ledger
from vault import seals


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


# --- writing


async def test_the_same_answer_to_the_same_message_is_one_row(ledger):
    first = await ledger.write(inbound_token="t", n=0)
    assert await ledger.write(inbound_token="t", n=0) == first
    assert await ledger.write(inbound_token="t", n=1) != first


async def test_a_text_that_only_the_sender_can_read_travels_sealed(ledger):
    context = "unread.sealed|e1"
    sealed = seals.seal(ledger.keyring.sender_public, b"We shut the pit.", context=context)
    await ledger.do(
        outbox.enqueue_sealed,
        channel="sms",
        route_id=ANNA,
        sealed=sealed,
        context=context,
        kind="followup",
        now=ledger.now,
        entry_id="e1",
    )
    (row,) = await ledger.claim()
    assert ledger.opened(row) == Outbound("We shut the pit.")


# --- receipts

QUEUED, SENDING, SENT = (None, 1), (None, 2), (Delivery.SENT, 3)
ARRIVED, LOST, READ = (Delivery.DELIVERED, 4), (Delivery.UNDELIVERED, 4), (Delivery.DELIVERED, 5)


async def test_a_receipt_settles_for_good(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("SM1"))
    settled = await ledger.hear(outbox_id, *ARRIVED)
    row = await ledger.row(outbox_id)
    assert (settled.state, row.state, row.body) == (State.DELIVERED, State.DELIVERED, None)


async def test_a_second_receipt_changes_nothing(ledger):
    outbox_id = await ledger.leave()
    assert await ledger.hear(outbox_id, *ARRIVED)
    assert await ledger.hear(outbox_id, *ARRIVED) is None


async def test_a_receipt_finds_its_message_by_the_providers_id(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("SM1"))
    await ledger.do(outbox.settle_receipt, Receipt("sms", *ARRIVED[:1], "SM1", rank=4), ledger.now)
    assert await ledger.state(outbox_id) == State.DELIVERED


async def test_every_order_of_seven_receipts_ends_the_same(database, keyring, now):
    ledger = Ledger(database, keyring, now)
    seven = [(None, 0), QUEUED, SENDING, SENT, SENT, ARRIVED, READ]
    orders = list(itertools.permutations(range(7)))[:: 5040 // 60]
    ends = set()
    for order in orders:
        outbox_id = await ledger.write(route=f"{len(ends)}", kind="reply")
        await ledger.claim(limit=1)
        await ledger.submit(outbox_id)
        await ledger.do(hear_all, outbox_id, [seven[i] for i in order], now)
        ends.add(await ledger.state(outbox_id))
    assert ends == {State.DELIVERED}


async def hear_all(db, outbox_id, reports, now):
    for delivery, rank in reports:
        await outbox.settle_receipt(db, Receipt("sms", delivery, "SM1", outbox_id, rank=rank), now)


async def test_a_receipt_may_be_faster_than_the_answer(ledger):
    outbox_id = await ledger.leave()
    await ledger.hear(outbox_id, *QUEUED)
    assert await ledger.state(outbox_id) == State.ACCEPTED
    assert await ledger.settle(outbox_id, Sent("SM1")) is None
    assert await ledger.state(outbox_id) == State.ACCEPTED


async def test_a_receipt_under_our_own_id_ends_the_doubt(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Ambiguous())
    await ledger.hear(outbox_id, *QUEUED)
    row = await ledger.row(outbox_id)
    assert (row.state, row.provider_id) == (State.ACCEPTED, "SM1")


async def test_a_receipt_stops_a_resend_that_was_planned(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Ambiguous())
    await ledger.do(reaper.resolve_unknown, outbox_id, None, ledger.now, resend=True)
    await ledger.hear(outbox_id, *SENT)
    assert await ledger.claim() == []


async def test_a_receipt_for_what_never_left_is_not_believed(ledger):
    outbox_id = await ledger.write()
    await ledger.hear(outbox_id, None, -1)
    assert await ledger.state(outbox_id) == State.PLANNED


async def test_a_receipt_for_another_try_does_not_count(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("SM2"))
    await ledger.hear(outbox_id, *LOST, sid="SM1")
    assert await ledger.state(outbox_id) == State.ACCEPTED


async def test_a_receipt_nobody_waits_for_changes_nothing(ledger):
    assert await ledger.hear("f" * 32, *ARRIVED) is None


async def test_a_message_to_a_phone_that_was_away_is_tried_again(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("SM1"))
    await ledger.hear(outbox_id, *LOST, error_code="30003", again=3)
    await ledger.hear(outbox_id, *SENT)
    assert await ledger.claim(ledger.now + 59 * MINUTE) == []
    assert len(await ledger.claim(ledger.now + 60 * MINUTE)) == 1


async def test_a_phone_that_stays_away_is_given_up_in_time(ledger):
    outbox_id = await ledger.leave(expires_at=ledger.now + 30 * MINUTE)
    await ledger.settle(outbox_id, Sent("SM1"))
    settled = await ledger.hear(outbox_id, *LOST, error_code="30003", again=3)
    assert (settled.state, settled.error) == (State.UNDELIVERED, "30003")


async def test_a_receipt_can_say_that_the_door_is_shut(ledger):
    outbox_id = await ledger.leave()
    await ledger.hear(outbox_id, *LOST, error_code="21610", stopped=True)
    assert await ledger.do(dispatch.stopped) == [(outbox_id, ANNA)]


# --- looking


async def test_what_waits_is_counted_by_channel(ledger):
    await ledger.write()
    await ledger.write(route=BRUNO)
    await ledger.settle(await ledger.leave(route="c" * 32), Sent("SM1"))
    assert await ledger.do(outbox.waiting) == {"sms": 2}
