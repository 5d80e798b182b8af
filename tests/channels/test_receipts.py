"""Reports that come together. What each of them means is in ``test_outbox``."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from channels import lines, receipts
from channels.base import Delivery, Receipt, Sent
from channels.ledger import State, outbox
from channels.ledger import receipts as log
from tests.support.ledger import Ledger

HOUR = timedelta(hours=1)
REPORTS = ((None, 1), (None, 3), (Delivery.DELIVERED, 4), (Delivery.UNDELIVERED, 4))

#: What a report names its message by: our id, the provider's alone, or that of an earlier try.
BY = ("ours", "theirs", "earlier")


@pytest.fixture
async def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


async def messages(ledger, count, name="SM"):
    """Return messages that the provider has taken, as NAME0, NAME1 and so on."""
    made = [await ledger.leave(route=f"{name}{n}") for n in range(count)]
    for n, one in enumerate(made):
        await ledger.settle(one, Sent(f"{name}{n}"))
    return made


async def standing(ledger, made):
    """Return how messages stand, without what no two have in common."""
    moving = ("state", "rank", "error", "away", "stopped", "not_before", "lease_until", "moved_at")
    rows = [await ledger.row(one) for one in made]
    return [(*(getattr(row, name) for name in moving), row.body is None) for row in rows]


def spoken(dice, count):
    """Return reports in no order at all: on which message, what, and how it is named."""
    found = [
        (n, *report, dice.choice(BY))
        for n in range(count)
        for report in dice.choices(REPORTS, k=dice.randint(1, 5))
    ]
    dice.shuffle(found)
    return found


def receipt(made, name, n, delivery, rank, by):
    """Return a report as a channel brings it."""
    why = {"error_code": "30003", "again": 3} if delivery is Delivery.UNDELIVERED else {}
    theirs = "SM-earlier" if by == "earlier" else f"{name}{n}"
    return Receipt("sms", delivery, theirs, None if by == "theirs" else made[n], rank=rank, **why)


@pytest.mark.parametrize("seed", range(12))
async def test_together_they_do_what_they_do_one_after_the_other(ledger, seed):
    dice = random.Random(seed)
    reports = spoken(dice, 5)
    made, others = await messages(ledger, 5, "A"), await messages(ledger, 5, "B")
    at_once = [(receipt(made, "A", *one), ledger.now) for one in reports]
    facts = await ledger.do(receipts.settle, at_once)
    after_each_other = [
        await ledger.do(receipts.settle_one, receipt(others, "B", *one), ledger.now)
        for one in reports
    ]
    assert [fact and fact.state for fact in facts] == [
        fact and fact.state for fact in after_each_other
    ]
    assert await standing(ledger, made) == await standing(ledger, others)


async def test_a_lot_of_reports_is_a_handful_of_statements(ledger):
    made = await messages(ledger, 50)
    reports = [
        (Receipt("sms", delivery, f"SM{n}", one, rank=rank), ledger.now)
        for n, one in enumerate(made)
        for delivery, rank in ((None, 3), (Delivery.DELIVERED, 4))
    ]
    asked = []
    engine = ledger.database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    facts = await ledger.do(receipts.settle, reports)
    statements = [one for one in asked if one.lstrip()[:6] in {"SELECT", "UPDATE", "INSERT"}]
    assert len(statements) <= 5
    assert [fact.state for fact in facts if fact] == [State.DELIVERED] * 50
    assert {row[0] for row in await standing(ledger, made)} == {State.DELIVERED}


async def test_every_report_is_kept_also_one_that_changes_nothing(ledger):
    (one,) = await messages(ledger, 1)
    report = Receipt("sms", Delivery.DELIVERED, "SM0", one, rank=4)
    unknown = Receipt("sms", Delivery.DELIVERED, "SM9", None, rank=4)
    facts = await ledger.do(receipts.settle, [(report, ledger.now)] * 3 + [(unknown, ledger.now)])
    assert [fact is None for fact in facts] == [False, True, True, True]
    async with ledger.database.reading() as reads:
        assert (await reads.execute(select(func.count()).select_from(log))).scalar_one() == 3


async def test_a_line_of_which_something_left_was_heard_of(ledger):
    (one,) = await messages(ledger, 1)
    await ledger.do(lines.note, "sms", troubles=0)
    for rank, heard in ((1, None), (3, ledger.now)):
        await ledger.hear(one, None, rank, sid="SM0")
        async with ledger.database.reading() as reads:
            line = (await lines.read(reads))["sms"]
        assert line.last_receipt_at == heard


async def test_a_call_that_nobody_takes_is_tried_twice_more(ledger):
    """Its words are a broadcast's, so the row itself holds none."""
    (one,) = await messages(ledger, 1)
    async with ledger.database.transaction() as db:
        later = {"broadcast": "b" * 32, "body": None, "expires_at": ledger.now + 9 * HOUR}
        await db.execute(update(outbox).values(later))
    states = []
    for call in range(3):
        sid = f"CA{call}"
        async with ledger.database.transaction() as db:
            fresh = {"state": State.ACCEPTED, "provider_id": sid, "rank": 1}
            await db.execute(update(outbox).values(fresh))
        missed = Receipt(
            "sms", Delivery.UNDELIVERED, sid, one, error_code="no-answer", rank=4, again=2
        )
        (fact,) = await ledger.do(receipts.settle, [(missed, ledger.now)])
        states.append(fact.state)
    assert states == [State.PLANNED, State.PLANNED, State.UNDELIVERED]
