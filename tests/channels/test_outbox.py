from collections import Counter
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from channels import outbox, reaper, receipts, shut_doors, unreachable
from channels.base import Delivery, Outbound, Receipt, Sent
from channels.errors import Ambiguous
from channels.ledger import State
from channels.ledger import outbox as table
from tests.support.ledger import ANNA, MINUTE, Ledger
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
    (row,) = await ledger.due()
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
    await ledger.do(receipts.settle_one, Receipt("sms", *ARRIVED[:1], "SM1", rank=4), ledger.now)
    assert await ledger.state(outbox_id) == State.DELIVERED


#: Accepted, scheduled, queued, sending and sent, as every message may be reported.
ON_THE_WAY = ((None, 0), (None, 0), QUEUED, SENDING, SENT)

AWAY = {"error_code": "30003", "again": 3}
SEVENS = {
    "read": ((*ON_THE_WAY, ARRIVED, READ), {}, (State.DELIVERED, None, 0)),
    "lost": ((*ON_THE_WAY, LOST, LOST), {"error_code": "30006"}, (State.UNDELIVERED, "30006", 0)),
    "away": ((*ON_THE_WAY, LOST, LOST), AWAY, (State.PLANNED, "30003", 1)),
}


@pytest.mark.parametrize("seven", SEVENS)
async def test_all_5040_orders_of_seven_receipts_end_the_same(ledger, seven):
    reports, why, end = SEVENS[seven]
    ends = await every_order(ledger, [of_this(report, why) for report in reports])
    assert ends == {end: 5040}


def of_this(report, why):
    """Return the receipt of *report*; what was not delivered says *why*."""
    delivery, rank = report
    return Receipt("sms", delivery, "SM1", rank=rank, **(why if report == LOST else {}))


async def every_order(ledger, reports):
    """Return how a message ends, and after how many orders of *reports* it ends so.

    What follows from a report depends on its row alone. So orders that have heard the same and
    left the same row go on together, and none of them is left out.
    """
    row = same_of(await ledger.row(await ledger.leave()))
    ways = Counter({(frozenset(), row): 1})
    for _ in reports:
        further = Counter()
        async with ledger.database.transaction() as db:
            for (heard, row), orders in ways.items():
                for number in set(range(len(reports))) - heard:
                    after = await heard_by(db, row, reports[number], ledger.now)
                    further[heard | {number}, after] += orders
        ways = further
    ends = Counter()
    for (_, row), orders in ways.items():
        end = dict(row)
        ends[end["state"], end["error"], end["away"]] += orders
    return ends


def same_of(row):
    """Return what two rows have in common that nothing tells apart: all but their names."""
    return tuple(
        (name, value) for name, value in row._mapping.items() if name not in {"id", "seq"}
    )


async def heard_by(db, row, report, now):
    """Return what becomes of a message that stands as *row* when *report* comes."""
    name = uuid4().hex
    await db.execute(insert(table), {**dict(row), "id": name})
    await receipts.settle_one(db, replace(report, message=name), now)
    return same_of((await db.execute(select(table).where(table.c.id == name))).one())


@pytest.mark.parametrize("answer", [Sent("SM1"), Ambiguous()])
async def test_every_receipt_ends_it_alike_after_the_answer_and_without_one(ledger, answer):
    for report in (ARRIVED, LOST):
        outbox_id = await ledger.leave(route=str(report[0]))
        await ledger.settle(outbox_id, answer)
        await ledger.hear(outbox_id, *report)
        await ledger.hear(outbox_id, *SENT)
        assert await ledger.state(outbox_id) == State(report[0])


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
    assert await ledger.due() == []


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
    assert await ledger.due(ledger.now + 59 * MINUTE) == []
    assert len(await ledger.due(ledger.now + 60 * MINUTE)) == 1


async def test_a_phone_that_stays_away_is_given_up_in_time(ledger):
    outbox_id = await ledger.leave(expires_at=ledger.now + 30 * MINUTE)
    await ledger.settle(outbox_id, Sent("SM1"))
    settled = await ledger.hear(outbox_id, *LOST, error_code="30003", again=3)
    assert (settled.state, settled.error) == (State.UNDELIVERED, "30003")


async def test_a_receipt_can_say_that_the_door_is_shut(ledger):
    outbox_id = await ledger.leave()
    await ledger.hear(outbox_id, *LOST, error_code="21610", stopped=True)
    assert await ledger.do(shut_doors.waiting) == [(outbox_id, ANNA, "sms")]


async def test_what_a_receipt_says_of_the_number_is_counted(ledger):
    outbox_id = await ledger.leave(route=ANNA)
    await ledger.hear(outbox_id, *SENT, error_code="21614")  # not for good yet
    assert await ledger.do(unreachable.suppressed, [ANNA]) == frozenset()
    await ledger.hear(outbox_id, *LOST, error_code="21614")
    assert await ledger.do(unreachable.suppressed, [ANNA]) == {ANNA}
