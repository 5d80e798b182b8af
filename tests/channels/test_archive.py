import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text, update

from channels import archive, broadcasts, ledger, outbox, receipts
from channels.archive import ALONE_KEPT, BROADCAST_KEPT, FEWEST, MOST, fitting
from channels.base import Delivery, Outbound, Receipt, Style
from channels.broadcasts import Wording
from channels.ledger import State

DAY = timedelta(days=1)


@pytest.fixture
async def news(database, now):
    """A broadcast of two parts that is under way."""
    async with database.transaction() as db:
        broadcast = await broadcasts.create(
            db,
            [Wording(part, "en", Style.SMS, f"Part {part}") for part in (0, 1)],
            language="en",
            not_before=now,
            expires_at=now + DAY,
            now=now,
        )
        await broadcasts.release(db, broadcast, now)
    return broadcast


async def fill(database, now, count, **more):
    """Put *count* rows into the ledger, each with a receipt."""
    rows = [
        {
            "id": f"{more.get('broadcast', 'alone'):.8}{number:08}",
            "channel": "sms",
            "route_id": f"{number:032}",
            "kind": "bulk" if "broadcast" in more else "reply",
            "priority": 9,
            "not_before": now,
            "expires_at": now + DAY,
            "segments": 2,
            "state": State.DELIVERED,
            "language": "en" if "broadcast" in more else None,
            "made_at": now,
            "moved_at": now,
            **more,
        }
        for number in range(count)
    ]
    notes = [{"outbox_id": row["id"], "rank": 4, "at": now} for row in rows]
    async with database.transaction() as db:
        await db.execute(insert(ledger.outbox), rows)
        await db.execute(insert(ledger.receipts), notes)


async def left(database, table=ledger.outbox):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


async def counts(database):
    """What the archive says: state and error -> messages and segments."""
    async with database.reading() as reads:
        rows = await reads.execute(select(archive.archive))
        return {(row.state, row.error): (row.messages, row.segments) for row in rows}


# --- what leaves


async def test_what_was_settled_long_ago_is_counted_and_leaves(database, now):
    await fill(database, now, 3)
    assert await archive.run(database, now + ALONE_KEPT + DAY) == 3
    assert (await left(database), await left(database, ledger.receipts)) == (0, 0)
    assert await counts(database) == {("delivered", ""): (3, 6)}


async def test_what_was_settled_lately_stays(database, now):
    await fill(database, now, 3)
    assert await archive.run(database, now + ALONE_KEPT) == 0
    assert (await left(database), await counts(database)) == (3, {})


async def test_what_is_not_settled_stays_however_old(database, now):
    unsettled = sorted(set(State) - ledger.SETTLED)
    for number, state in enumerate(unsettled):
        await fill(database, now, 1, id=str(number), state=state)
    assert await archive.run(database, now + 10 * ALONE_KEPT) == 0
    assert await left(database) == len(unsettled) > 0


async def test_a_shut_door_that_nobody_has_acted_on_stays(database, now):
    await fill(database, now, 1, stopped=True)
    assert await archive.run(database, now + 2 * ALONE_KEPT) == 0
    async with database.transaction() as db:
        await db.execute(update(ledger.outbox).values(stopped=False))
    assert await archive.run(database, now + 2 * ALONE_KEPT) == 1


@pytest.mark.parametrize("end", ["cancelled", "expired"])
async def test_a_broadcast_leaves_a_week_after_it_was_over(database, now, news, end):
    await fill(database, now, 3, broadcast=news)
    if end == "cancelled":
        async with database.transaction() as db:
            await broadcasts.cancel(db, news, now)
    over = now if end == "cancelled" else now + DAY
    assert await archive.run(database, over + BROADCAST_KEPT) == 0
    assert await archive.run(database, over + BROADCAST_KEPT + timedelta(seconds=1)) == 3


async def test_a_broadcast_that_still_goes_on_stays_whole(database, now, news):
    # Its rows are what keeps anybody from getting a part of it twice.
    async with database.transaction() as db:
        later = {"expires_at": now + 400 * DAY}
        await db.execute(update(broadcasts.broadcasts).values(later))
    await fill(database, now, 3, broadcast=news)
    assert await archive.run(database, now + 2 * ALONE_KEPT) == 0


async def test_people_are_not_in_the_archive_and_its_words_neither(database, now, news):
    await fill(database, now, 2, broadcast=news)
    await archive.run(database, now + 30 * DAY)
    assert set(archive.archive.c.keys()).isdisjoint({"route_id", "id", "body", "provider_id"})
    async with database.reading() as reads:
        (row,) = await reads.execute(select(archive.archive))
    assert (row.broadcast, row.part, row.language, row.kind) == (news, 0, "en", "bulk")


# --- how they are counted


async def test_each_end_is_counted_by_itself(database, now):
    await fill(database, now, 2, error="30003", state=State.UNDELIVERED)
    await fill(database, now, 1, id="x", error="21610", state=State.FAILED)
    await archive.run(database, now + ALONE_KEPT + DAY)
    ends = {("undelivered", "30003"): (2, 4), ("failed", "21610"): (1, 2)}
    assert await counts(database) == ends


async def test_a_day_that_is_archived_in_pieces_adds_up(database, now):
    for number in range(3):
        await fill(database, now, 1, id=str(number))
        await archive.run(database, now + ALONE_KEPT + DAY)
    assert await counts(database) == {("delivered", ""): (3, 6)}


async def test_each_day_is_counted_by_itself(database, now):
    await fill(database, now, 1, id="a")
    await fill(database, now + DAY, 1, id="b")
    await archive.run(database, now + 2 * ALONE_KEPT)
    async with database.reading() as reads:
        days = (await reads.execute(select(archive.archive.c.day))).scalars().all()
    midnight = now.replace(hour=0)
    assert sorted(days) == [midnight, midnight + DAY]


async def test_a_late_receipt_for_what_has_left_changes_nothing(database, now):
    await fill(database, now, 1, id="a" * 32, state=State.ACCEPTED, provider_id="SM1")
    assert await archive.run(database, now + ALONE_KEPT + DAY) == 1
    late = Receipt("sms", Delivery.DELIVERED, "SM1", "a" * 32, rank=4)
    async with database.transaction() as db:
        assert await receipts.settle_one(db, late, now) is None
    assert await left(database, ledger.receipts) == 0


# --- in chunks


async def test_more_than_a_chunk_leaves_chunk_by_chunk(database, now, news):
    await fill(database, now, 3 * FEWEST + 1, broadcast=news)
    await fill(database, now, 3 * FEWEST + 1)
    assert await archive.run(database, now + ALONE_KEPT + DAY) == 6 * FEWEST + 2
    assert (await left(database), await left(database, ledger.receipts)) == (0, 0)


async def test_the_parts_of_one_person_may_fall_into_two_chunks(database, now, news):
    for part in (0, 1):
        await fill(database, now, FEWEST + 1, broadcast=news, part=part)
        async with database.transaction() as db:
            await db.execute(text("UPDATE outbox SET id = 'x' || id"))
            await db.execute(text("UPDATE receipts SET outbox_id = 'x' || outbox_id"))
    assert await archive.run(database, now + 30 * DAY) == 2 * FEWEST + 2


async def test_a_run_that_is_stopped_is_gone_on_with_by_the_next(database, now):
    await fill(database, now, 2 * FEWEST)
    late, answers = now + ALONE_KEPT + DAY, iter([False, True])
    assert await archive.run(database, late, enough=lambda: next(answers)) == FEWEST
    assert await archive.run(database, late) == FEWEST


async def test_a_chunk_that_fails_is_neither_counted_nor_gone(database, now, monkeypatch):
    await fill(database, now, 3)

    async def full(_db, _gone):
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(archive, "_count", full)
        with pytest.raises(OSError, match="full"):
            await archive.run(database, now + ALONE_KEPT + DAY)
    assert (await left(database), await counts(database)) == (3, {})


@pytest.mark.parametrize(
    ("chunk", "took", "then"),
    [
        (100, 0.03, 100),
        (100, 0.015, 200),
        (100, 0.06, FEWEST),
        (100, 0.0, 200),  # no more than twice as many, however fast it went
        (1_900, 0.0, MOST),
        (60, 5.0, FEWEST),
    ],
)
def test_a_chunk_has_as_many_as_go_quickly(chunk, took, then):
    assert fitting(chunk, took, 0.03) == then


async def write(database, keyring, now):
    """Write a message to somebody; return how long that had to wait."""
    began = time.perf_counter()
    async with database.transaction() as db:
        named = {"channel": "sms", "route_id": "b" * 32, "kind": "reply", "now": now}
        await outbox.enqueue(db, keyring, outbound=Outbound("Habari"), **named)
    return time.perf_counter() - began


async def test_others_write_while_a_thousand_messages_leave(database, keyring, now):
    await fill(database, now, 1_000)
    late = now + ALONE_KEPT + DAY
    archiving = asyncio.create_task(archive.run(database, late))
    waits = []
    while not archiving.done():
        waits.append(await write(database, keyring, late))
    assert await archiving == 1_000
    assert len(waits) > 3
    assert sorted(waits)[len(waits) // 2] < 0.1


# --- looking, and forgetting


async def test_the_growth_is_measured(database, now):
    await fill(database, now, 3)
    async with database.reading() as reads:
        before = await archive.growth(reads)
    assert (before.standing, before.archived, before.days) == (3, 0, None)
    assert before.size > 10_000
    await archive.run(database, now + ALONE_KEPT + DAY)
    async with database.reading() as reads:
        after = await archive.growth(reads)
    assert (after.standing, after.archived) == (0, 3)
    assert after.days == (now.replace(hour=0), now.replace(hour=0))
    assert (after.free is None) == (not database.embedded)


async def test_counts_of_long_ago_can_be_forgotten(database, now):
    await fill(database, now, 1, id="a")
    await fill(database, now + 9 * DAY, 1, id="b")
    await archive.run(database, now + 2 * ALONE_KEPT)
    async with database.transaction() as db:
        assert await archive.prune(db, now + DAY) == 1
    assert await left(database, archive.archive) == 1
