import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from app.holding import Holding
from app.teaching import LEASE, Teaching
from bots import doors
from channels import contacts, outbox
from channels.base import Address
from channels.ledger import outbox as ledger
from forum.bodies import sites
from outreach import learners, subscribers
from outreach.learners import State, lessons_sent
from storage import leases
from tests.support.school import School, lesson

HERE = Address("sms", "+254711000001")
DAYS = timedelta(days=3)


@pytest.fixture
def teaching(house, database, now):
    return Teaching(house, Holding(database, "a", asyncio.Event(), clock=lambda: now))


@pytest.fixture
async def series(database, now):
    school = School(database, now)
    return await school.write(lesson(1), lesson(2, "1", tags=("en", "sw")), lesson(3))


@pytest.fixture
async def learns(phone, series):
    """Somebody who has chosen the series on their phone, and had its first lesson."""
    heard = await phone.says("LESSONS", "1")
    assert "Look up 1 lesson en." in "\n".join(heard)
    return phone


async def only(database):
    async with database.reading() as db:
        return (await db.execute(select(learners.learners))).one()


async def test_a_lesson_comes_each_so_many_days_until_the_last(teaching, learns, database, now):
    await teaching.run(now + DAYS - timedelta(seconds=1))
    assert await learns.hears() == []
    await teaching.run(now + DAYS)
    assert "Look up 2 question en." in "\n".join(await learns.hears())
    await teaching.run(now + DAYS)
    assert await learns.hears() == []
    await teaching.run(now + 2 * DAYS)
    told = "\n".join(await learns.hears())
    assert "Look up 3 lesson en." in told
    assert "This was the last lesson." in told
    await teaching.run(now + 9 * DAYS)
    assert await learns.hears() == []
    assert (await only(database)).state == State.DONE


async def test_its_question_is_answered_on_the_phone(teaching, learns, now):
    await teaching.run(now + DAYS)
    await learns.hears()
    assert await learns.says("2") == ["Look up 2 wrong en."]


async def test_next_brings_it_before_its_day_and_the_days_count_from_there(teaching, learns, now):
    learns.now = now + timedelta(days=1)
    assert "Look up 2 lesson en." in "\n".join(await learns.says("NEXT"))
    await teaching.run(now + DAYS)
    assert await learns.hears() == []
    await teaching.run(now + timedelta(days=1) + DAYS)
    assert "Look up 3 lesson en." in "\n".join(await learns.hears())


async def test_another_language_holds_from_the_next_lesson_on(teaching, learns, now):
    await learns.says("LANGUAGE", "3")
    await teaching.run(now + DAYS)
    assert "Look up 2 lesson sw." in "\n".join(await learns.hears())


async def test_stop_lessons_ends_them_and_lessons_goes_on(teaching, learns, now):
    assert "No more lessons come." in "\n".join(await learns.says("STOP LESSONS"))
    await teaching.run(now + DAYS)
    assert await learns.hears() == []
    heard = "\n".join(await learns.says("LESSONS", "1"))
    assert "Look up 2 lesson en." in heard
    assert "Look up 1 lesson en." not in heard


async def test_while_they_want_no_news_it_waits(teaching, learns, now):
    await learns.says("STOP")
    await teaching.run(now + DAYS)
    assert await learns.hears() == []
    await learns.says("START")
    await teaching.run(now + 2 * DAYS)
    assert "Look up 2 lesson en." in "\n".join(await learns.hears())


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Kolkata", 14), ("Pacific/Auckland", 21)])
async def test_it_comes_by_day_where_they_are(
    teaching, learns, database, keyring, now, zone, hour
):
    """At nine in London it is half past two in Kolkata, and nine in the evening in Auckland."""
    async with database.transaction() as db:
        site = {"id": "s" * 32, "code": "KB12", "name": "K", "district": "N", "mineral": "gold"}
        await db.execute(insert(sites).values(**site, zone=zone))
        given = {"language": "en", "now": now, "place": "KB12"}
        await subscribers.subscribe(db, keyring, HERE, **given)
    await teaching.run(now + DAYS)
    by_day = 8 <= hour < 20
    assert bool(await learns.hears()) is by_day
    if not by_day:
        await teaching.run((await only(database)).due_at)
        assert await learns.hears()
    async with database.reading() as db:  # and is judged so once more when it would leave
        brought = select(ledger.c.by_day).where(ledger.c.kind == "bulk")
        assert set((await db.execute(brought)).scalars()) == {zone}


async def test_what_it_interrupts_is_asked_again_and_nothing_piles_up(teaching, learns, now):
    await learns.says("REPORT the guards took our gold")
    for days in (DAYS, 2 * DAYS):
        await teaching.run(now + days)
        await learns.hears()
    assert await learns.says("MENU")


async def test_a_kill_between_any_two_writes_brings_nothing_twice(
    teaching, learns, database, now, monkeypatch
):
    enqueue, calls = outbox.enqueue, []

    async def dies(*args, **more):
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError
        return await enqueue(*args, **more)

    monkeypatch.setattr(outbox, "enqueue", dies)
    await teaching.run(now + DAYS)
    assert await learns.hears() == []
    async with database.reading() as db:
        sent = select(func.count()).select_from(lessons_sent)
        assert (await db.execute(sent)).scalar_one() == 1  # the first lesson alone
    for _ in range(3):
        await teaching.run(now + DAYS + timedelta(days=1))
    heard = await learns.hears()
    assert sum("Look up 2 lesson en." in text for text in heard) == 1


async def test_whose_address_is_erased_learns_no_more(teaching, learns, database, keyring, now):
    async with database.transaction() as db:
        await contacts.forget(db, contacts.pseudonym(keyring, HERE))
    await teaching.run(now + DAYS)
    assert (await only(database)).state == State.STOPPED


async def test_whoever_is_forgotten_learns_no_more(teaching, learns, database, keyring, now):
    async with database.transaction() as db:
        await doors.erase(db, keyring, HERE)
    await teaching.run(now + DAYS)
    assert await learns.hears() == []


async def test_a_channel_that_is_no_longer_served_is_looked_at_later(
    teaching, learns, channels, database, now
):
    channels.pop("sms")
    await teaching.run(now + DAYS)
    assert await learns.hears() == []
    assert (await only(database)).due_at == now + DAYS + learners.LATER


async def test_a_lesson_is_news_and_its_stop_is_judged_as_it_leaves(
    teaching, learns, database, now
):
    await teaching.run(now + DAYS)
    async with database.reading() as db:
        last = select(ledger.c.kind, ledger.c.broadcast).order_by(ledger.c.seq.desc()).limit(1)
        assert tuple((await db.execute(last)).one()) == ("bulk", None)


async def test_while_nothing_is_due_no_lease_is_taken(teaching, learns, now, monkeypatch):
    async def refuses(*_args, **_more):
        raise AssertionError("a lease was asked for")

    monkeypatch.setattr(leases, "take", refuses)
    await teaching.run(now)


async def test_another_process_that_teaches_is_left_alone(teaching, learns, database, now):
    async with database.transaction() as db:
        await leases.take(db, LEASE, "another", now)
        await db.execute(update(learners.learners).values(due_at=now))
    await teaching.run(now)
    assert await learns.hears() == []
