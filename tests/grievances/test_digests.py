"""When a mail is due, and that it leaves once, whoever ticks, dies or has the wrong time."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from grievances import digests
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.digests import BACKOFF, KEPT, PAUSE, How, Kind, State, Wish, due_day
from storage.engine import connect

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BERLIN = Calendar(ZoneInfo("Europe/Berlin"), weekend=frozenset({0}))
KAMPALA = Calendar(ZoneInfo("Africa/Kampala"), holidays=frozenset({date(2026, 5, 13)}))
MINUTE = timedelta(minutes=1)


def utc(text):
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("calendar", "hour", "now", "expected"),
    [
        (PLAIN_WEEK, 7, "2026-05-12T06:59:59", None),
        (PLAIN_WEEK, 7, "2026-05-12T07:00", "2026-05-12"),
        (PLAIN_WEEK, 7, "2026-05-12T23:59", "2026-05-12"),  # after a day off
        (PLAIN_WEEK, 7, "2026-05-16T07:00", None),  # a Saturday
        (PLAIN_WEEK, 0, "2026-05-12T00:00", "2026-05-12"),
        (KAMPALA, 7, "2026-05-12T04:00", "2026-05-12"),
        (KAMPALA, 7, "2026-05-12T03:59", None),
        (KAMPALA, 7, "2026-05-13T04:00", None),  # a holiday
        (KAMPALA, 1, "2026-05-11T22:30", "2026-05-12"),  # there it is tomorrow already
        # Clocks are put forward: two o'clock is three o'clock, and comes once.
        (BERLIN, 2, "2026-03-29T00:59", None),
        (BERLIN, 2, "2026-03-29T01:00", "2026-03-29"),
        (BERLIN, 7, "2026-03-29T04:59", None),
        (BERLIN, 7, "2026-03-29T05:00", "2026-03-29"),
        # Clocks are put back: the first two o'clock counts.
        (BERLIN, 2, "2026-10-24T23:59", None),
        (BERLIN, 2, "2026-10-25T00:00", "2026-10-25"),
        (BERLIN, 2, "2026-10-25T01:30", "2026-10-25"),
        (BERLIN, 7, "2026-10-25T05:59", None),
        (BERLIN, 7, "2026-10-25T06:00", "2026-10-25"),
    ],
)
def test_a_digest_is_due_from_its_hour_on_a_working_day(calendar, hour, now, expected):
    assert due_day(calendar, hour, LONG_AGO, utc(now)) == expected


def test_an_hour_that_was_over_when_it_was_wished_for_comes_tomorrow():
    wished = utc("2026-05-12T09:00")
    assert due_day(PLAIN_WEEK, 7, wished, utc("2026-05-12T09:01")) is None
    assert due_day(PLAIN_WEEK, 10, wished, utc("2026-05-12T10:00")) == "2026-05-12"
    assert due_day(PLAIN_WEEK, 7, wished, utc("2026-05-13T07:00")) == "2026-05-13"


@pytest.fixture
def wish(database):
    async def wished(person, how=How.DAILY, hour=7, when=LONG_AGO):
        async with database.transaction() as db:
            await digests.choose(db, person.member.id, Wish(how, hour), when)

    return wished


@pytest.fixture
def tick(database):
    """Plan and claim, as one process does."""

    async def ticked(when, calendar=PLAIN_WEEK, store=None):
        async with (store or database).transaction() as db:
            await digests.plan(db, calendar, when)
            return list(await digests.claim(db, when, limit=9))

    return ticked


@pytest.fixture
def send(database, tick):
    """Let all leave that is due, and say how many that were."""

    async def sent(when, calendar=PLAIN_WEEK, state=State.SENT):
        left = 0
        for digest in await tick(when, calendar):
            async with database.transaction() as db:
                left += await digests.leaves(db, digest, when)
                await digests.settle(db, digest, state)
        return left

    return sent


@pytest.fixture
def called(database, file, now):
    """A case that cannot wait, for somebody."""

    async def calls(person, when=now):
        made = await file()
        row = {"member_id": person.member.id, "case_id": made.case_id, "kind": "near"}
        async with database.transaction() as db:
            await db.execute(digests.calls.insert().values(**row, at=when))
        return made

    return calls


async def states(database):
    async with database.reading() as db:
        found = await db.execute(select(digests.digests).order_by(digests.digests.c.made_at))
        return [(row.slot, row.state) for row in found]


async def test_who_has_said_nothing_gets_nothing(secretary, send, database, now):
    async with database.reading() as db:
        assert await digests.wish_of(db, secretary.member.id) == Wish(How.NEVER)
    assert await send(now) == 0


async def test_a_wish_is_kept_and_changed(secretary, wish, database):
    for chosen in (Wish(How.DAILY, 6), Wish(How.AT_ONCE, 17), Wish(How.NEVER, 0)):
        await wish(secretary, chosen.how, chosen.hour)
        async with database.reading() as db:
            assert await digests.wish_of(db, secretary.member.id) == chosen


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        (["12T07:00", "12T07:00", "12T07:01", "12T23:59"], 1),  # a double tick, and a late one
        (["12T06:00", "12T15:00", "12T16:00"], 1),  # down at the hour
        (["12T07:00", "12T05:00", "12T07:00"], 1),  # the clock was put back
        (["13T08:00", "12T08:00", "13T08:00"], 2),  # by a day
        (["12T07:00", "13T06:59", "13T07:00"], 2),
        (["15T08:00", "16T08:00", "17T08:00", "18T08:00"], 2),  # a weekend
    ],
)
async def test_a_digest_goes_once_a_day(secretary, wish, send, ticks, expected):
    await wish(secretary)
    assert sum([await send(utc(f"2026-05-{tick}")) for tick in ticks]) == expected


async def test_another_hour_on_the_same_day_brings_no_second(secretary, wish, send):
    await wish(secretary)
    assert await send(utc("2026-05-12T07:00")) == 1
    await wish(secretary, hour=9, when=utc("2026-05-12T08:00"))
    assert await send(utc("2026-05-12T09:00")) == 0
    assert await send(utc("2026-05-13T09:00")) == 1


async def test_who_left_gets_none(secretary, handler, wish, send, database, now):
    await wish(handler)
    async with database.transaction() as db:
        from forum.members import members  # noqa: PLC0415 - the table, for one update

        gone = members.c.id == handler.member.id
        await db.execute(members.update().where(gone).values(left_at=now))
    assert await send(now) == 0


async def test_two_processes_at_once_send_it_once(secretary, wish, database_url, tmp_path, now):
    stores = [connect(database_url, tmp_path) for _ in range(2)]

    async def process(store):
        async with store.transaction() as db:
            await digests.plan(db, PLAIN_WEEK, now)
            claimed = await digests.claim(db, now, limit=9)
        left = 0
        for digest in claimed:
            async with store.transaction() as db:
                left += await digests.leaves(db, digest, now)
        return left

    await wish(secretary)
    assert sum(await asyncio.gather(*(process(one) for one in stores * 2))) == 1
    for one in stores:
        await one.close()


async def test_who_slept_over_a_claim_sends_nothing(secretary, wish, tick, database, now):
    await wish(secretary)
    (asleep,) = await tick(now)
    assert await tick(now + MINUTE) == []
    (awake,) = await tick(now + BACKOFF[0])
    async with database.transaction() as db:
        assert not await digests.leaves(db, asleep, now)
        assert await digests.leaves(db, awake, now)
        assert not await digests.leaves(db, awake, now)


async def test_what_was_leaving_when_its_process_died_is_not_sent_again(
    secretary, wish, tick, database, now
):
    await wish(secretary)
    (digest,) = await tick(now)
    async with database.transaction() as db:
        await digests.leaves(db, digest, now)
    assert await tick(now + timedelta(hours=5)) == []
    assert len(await tick(now + timedelta(days=1))) == 1


async def test_what_did_not_leave_is_tried_again_later_and_later_until_the_day_is_over(
    secretary, wish, tick, database
):
    await wish(secretary)
    start = utc("2026-05-12T20:00")
    tried = []
    for minute in range(600):
        at = start + minute * MINUTE
        for digest in await tick(at):
            tried.append(minute)
            async with database.transaction() as db:
                assert await digests.leaves(db, digest, at)
                await digests.again(db, digest, at)
        if minute == 250:
            break
    assert tried == [0, 2, 7, 22, 52, 112, 172, 232]
    assert len(await tick(utc("2026-05-13T07:00"))) == 1  # the next day's alone


# --- what cannot wait


async def tell(database, person, digest_id):
    """Note that all that calls is told, as the sender of a mail does."""
    async with database.transaction() as db:
        theirs = digests.calls.c.member_id == person.member.id
        await db.execute(digests.calls.update().where(theirs).values(digest_id=digest_id))


async def test_what_cannot_wait_leaves_at_once_and_the_next_half_an_hour_later(
    secretary, wish, called, send, database, now
):
    await wish(secretary, How.AT_ONCE, hour=23)
    await called(secretary)
    assert await send(now) == 1
    await tell(database, secretary, "d1")
    assert await send(now + PAUSE) == 0  # nothing new
    await called(secretary)
    assert await send(now + PAUSE - MINUTE) == 0
    assert await send(now + PAUSE) == 1


async def test_who_wishes_for_the_mornings_alone_is_not_called(secretary, wish, called, send, now):
    await wish(secretary, How.DAILY, hour=23)
    await called(secretary)
    assert await send(now) == 0


async def test_a_clock_that_was_far_ahead_silences_nobody(secretary, wish, called, send, now):
    await wish(secretary, How.AT_ONCE, hour=23)
    await called(secretary)
    assert await send(now + timedelta(days=3)) == 1
    assert await send(now) == 1


async def test_one_that_was_lost_on_its_way_makes_room_for_another(
    secretary, wish, called, tick, database, now
):
    await wish(secretary, How.AT_ONCE, hour=23)
    await called(secretary)
    (digest,) = await tick(now)
    assert digest.kind is Kind.AT_ONCE
    async with database.transaction() as db:
        await digests.leaves(db, digest, now)
    assert await tick(now + PAUSE - MINUTE) == []
    assert len(await tick(now + PAUSE)) == 1


async def test_what_was_told_by_a_mail_that_did_not_leave_is_told_by_the_next(
    secretary, wish, called, tick, database, now
):
    await wish(secretary, How.AT_ONCE, hour=23)
    await called(secretary)
    (digest,) = await tick(now)
    await tell(database, secretary, digest.id)
    async with database.transaction() as db:
        await digests.leaves(db, digest, now)
        await digests.again(db, digest, now)
    async with database.reading() as db:
        assert (await db.execute(select(digests.calls.c.digest_id))).scalar_one() is None
    assert [one.id for one in await tick(now + BACKOFF[0])] == [digest.id]


async def test_one_with_nothing_to_tell_is_over(secretary, wish, called, tick, database, now):
    await wish(secretary, How.AT_ONCE, hour=23)
    await called(secretary)
    (digest,) = await tick(now)
    async with database.transaction() as db:
        await digests.settle(db, digest, State.EMPTY)
    assert await states(database) == [(digest.id, State.EMPTY)]


async def test_what_was_mailed_is_forgotten_after_a_week(
    secretary, wish, called, send, database, now
):
    await wish(secretary, How.AT_ONCE)
    await called(secretary)
    assert await send(now) == 2
    for later, left in ((KEPT - MINUTE, 2), (KEPT, 0)):
        async with database.transaction() as db:
            await digests.purge(db, now + later)
        assert len(await states(database)) == left
