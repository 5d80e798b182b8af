"""What the sender, the hooks and the pages ask the ledger, each as they ask it.

Each takes a transaction and the time. What one changes is rolled back by whoever asks.
"""

from datetime import timedelta

from sqlalchemy import select

from channels import (
    archive,
    dead_letters,
    deliveries,
    dispatch,
    overview,
    reaper,
    receipts,
    settling,
    shut_doors,
    upkeep,
)
from channels.base import Delivery, Receipt, Sent
from channels.broadcasts import State as Going
from channels.broadcasts import in_state
from channels.dead_letters import Reason
from channels.ledger import DEAD, State, standing
from channels.ledger import outbox as table
from channels.limiter import Pace
from channels.lines import Line
from tests.support.history import name_of

LINES = ("sms", "telegram")

#: Numbers of two messages that have arrived, and of none that anybody waits for.
ARRIVED = 3


async def _running(db):
    return (await in_state(db, Going.RUNNING))[0]


# --- the sender


async def due(db, now):
    return await dispatch.due(db, channel="sms", limit=64, now=now)


async def due_of_a_broadcast(db, now):
    one = await _running(db)
    return await dispatch.due_of(db, one.id, channel="sms", limit=64, now=now)


async def what_phones_have(db, now):
    one = await _running(db)
    routes = [row.route_id for row in await due_of_a_broadcast(db, now)]
    return await dispatch.brought(db, [one.id, "b" * 32], routes)


async def leaving(db, now):
    rows = await due_of_a_broadcast(db, now)
    return await dispatch.submitting(db, [row.id for row in rows], "me", now)


async def answers(db, now):
    ids = await leaving(db, now)
    return await settling.settle(db, [(one, Sent(f"X{one}")) for one in ids], now)


async def dead_senders(db, now):
    return await reaper.reap(db, now)


async def ended_broadcasts(db, now):
    return await reaper.put_away(db, now)


async def late_parts(db, now):
    late = await reaper.late_parts(db, now)
    return await reaper.put_away_parts(db, late or [ARRIVED], now)


async def what_is_in_doubt(db, now):
    names = await reaper.doubtful(db)
    before = now + timedelta(days=1)
    return names and await reaper.unknowns(db, channel="sms", before=before, by="me", now=now)


async def shut(db, now):
    return await shut_doors.waiting(db)


async def a_broadcast_that_goes_wrong(db, now):
    return await upkeep._wrong(db, await _running(db))


async def a_broadcast_that_is_over(db, now):
    return await upkeep._over(db, (await in_state(db, Going.ENDED))[0], now)


async def what_stands_there(db, now):
    line = Line("sms", last_receipt_at=now)
    return await upkeep.stands(db, line, Pace(), now)


# --- receipts


async def a_receipt_under_our_id(db, now):
    name = name_of(ARRIVED)
    receipt = Receipt("sms", Delivery.DELIVERED, f"SM{name}", name, rank=5)
    return await receipts.settle_one(db, receipt, now)


async def a_receipt_under_theirs(db, now):
    receipt = Receipt("sms", Delivery.DELIVERED, f"SM{name_of(ARRIVED)}", None, rank=5)
    return await receipts.settle_one(db, receipt, now)


async def whose_it_is(db, now):
    return await reaper.owner(db, "sms", f"SM{name_of(ARRIVED)}")


# --- pages and measures


async def channels_page(db, now):
    return await overview.read(db, LINES, now)


async def dead_letters_page(db, now):
    return await dead_letters.page(db, now)


async def dead_letters_far_behind(db, now):
    dead = select(table.c.moved_at, table.c.seq).where(standing(*DEAD))
    at, seq = (await db.execute(dead.order_by(table.c.moved_at).offset(99).limit(1))).one()
    cursor = dead_letters._cursor(_Row(at, seq))
    return await dead_letters.page(db, now, after=cursor)


class _Row:
    def __init__(self, at, seq):
        self.at, self.seq = at, seq


async def dead_letters_of_one_reason(db, now):
    return await dead_letters.page(db, now, reason=Reason(State.FAILED, "30005"))


async def reasons(db, now):
    return await dead_letters.reasons(db)


async def dead_letters_counted(db, now):
    return await dead_letters.count(db)


async def dead_letters_again(db, now):
    return await dead_letters.requeue_all(db, Reason(State.FAILED, "30005"), now)


async def words_to_forget(db, now):
    return await dead_letters.forget_words(db, now)


async def a_broadcasts_progress(db, now):
    return await deliveries.progress(db, (await _running(db)).id)


async def answers_of_a_case(db, now):
    return await deliveries.of_entries(db, ["e" * 32, "f" * 32])


# --- the archive


async def what_may_be_archived(db, now):
    return await archive._shelves(db, now - timedelta(days=6), now - timedelta(days=6))


async def a_chunk_is_archived(db, now):
    for shelf in await what_may_be_archived(db, now):
        await archive._clear(db, shelf, None, 100)


SENDER = (
    due,
    due_of_a_broadcast,
    what_phones_have,
    leaving,
    answers,
    dead_senders,
    ended_broadcasts,
    late_parts,
    what_is_in_doubt,
    shut,
    a_broadcast_that_goes_wrong,
    a_broadcast_that_is_over,
    what_stands_there,
)
RECEIPTS = (a_receipt_under_our_id, a_receipt_under_theirs, whose_it_is)
PAGES = (
    channels_page,
    dead_letters_page,
    dead_letters_far_behind,
    dead_letters_of_one_reason,
    reasons,
    dead_letters_counted,
    dead_letters_again,
    words_to_forget,
    a_broadcasts_progress,
    answers_of_a_case,
)
ARCHIVE = (what_may_be_archived, a_chunk_is_archived)
QUESTIONS = (*SENDER, *RECEIPTS, *PAGES, *ARCHIVE)
