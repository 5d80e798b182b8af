import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import reporting_back
from app.holding import Holding
from app.reporting_back import LEASE, ReportingBack
from bots import doors
from channels import outbox as writing
from channels.base import Address
from channels.ledger import outbox
from channels.sealing import open_outbound
from outreach import discussion_releases, discussions, report_backs
from outreach.discussions import State, discussion_tellings
from storage import leases
from tests.support.storytelling import Stories

WORDS = {"en": "A second well is dug.", "sw": "Kisima cha pili."}
A, B = "+254711000001", "+254711000002"
NIGHT, MORNING = 23, 8


@pytest.fixture
def stories(database, keyring, now):
    return Stories(database, keyring, now)


@pytest.fixture
def telling(house, database, now):
    return ReportingBack(house, Holding(database, "a", asyncio.Event(), clock=lambda: now))


@pytest.fixture
def told(stories, secretary):
    """Tell a story under «Water», and want to hear of it."""

    async def made(number=A, channel="sms", language="sw", agenda=("Water",)):
        voice = await stories.tell(language=language, channel=channel)
        await stories.file(voice, secretary, agenda=set(agenda))
        await stories.wish(voice, number, channel)
        return voice

    return made


@pytest.fixture
def discussed(stories, secretary):
    async def made(value="Water", **more):
        return await stories.discuss("agenda", value, secretary, WORDS, told=True, **more)

    return made


@pytest.fixture
def sent(database, keyring):
    """Return what stands in the ledger, by the order in which it was written."""

    async def found():
        async with database.reading() as db:
            rows = (await db.execute(select(outbox).order_by(outbox.c.seq))).all()
        return [
            (row.channel, open_outbound(keyring, row.id, row.body, row.body_context).text)
            for row in rows
        ]

    return found


async def state_of(database, discussion):
    async with database.reading() as db:
        return (await discussions.get(db, discussion)).state


async def test_each_who_asked_is_told_once_in_their_language_on_their_channel(
    telling, told, discussed, sent, database, now
):
    await told(A)
    await told("42", "telegram", "fr")
    made = await discussed()
    for _ in range(3):
        await telling.run(now)
    assert sorted(await sent()) == [
        ("sms", "Habari za jukwaa, 12 Mei: Kisima cha pili."),
        ("telegram", "News of the forum, 12 May: A second well is dug."),
    ]
    assert await state_of(database, made) == State.TOLD


async def test_nothing_of_what_was_told_stands_in_it(telling, told, discussed, sent, now):
    await told()
    await discussed()
    await telling.run(now)
    ((_, text),) = await sent()
    for word in ("Water", "wash", "sand", "story", "voice", "told"):
        assert word not in text


async def test_two_stories_of_one_phone_under_one_subject_are_one_message(
    telling, told, discussed, sent, now
):
    await told()
    await told()
    await discussed()
    await telling.run(now)
    assert len(await sent()) == 1


async def test_two_discussions_of_one_story_are_two_messages_and_neither_comes_twice(
    telling, told, discussed, sent, now
):
    await told(agenda=("Water", "Roads"))
    await told(agenda=("Water", "Roads"))
    await discussed("Water")
    await discussed("Roads", body="")
    for _ in range(3):
        await telling.run(now)
    assert len(await sent()) == 2


async def test_who_stopped_took_it_back_or_was_erased_is_not_told(
    telling, told, discussed, sent, database, keyring, now
):
    for number in (A, B, "+254711000003"):
        await told(number)
    async with database.transaction() as db:
        await doors.heed(db, keyring, Address("sms", A), now, stopped=True)
        await report_backs.take_back(db, keyring, Address("sms", B))
        await doors.erase(db, keyring, Address("sms", "+254711000003"))
    made = await discussed()
    await telling.run(now)
    assert await sent() == []
    assert await state_of(database, made) == State.TOLD


async def test_what_waits_for_the_morning_does_not_leave_once_it_is_taken_back(
    telling, told, discussed, database, keyring, now
):
    await told()
    await discussed()
    await telling.run(now)
    async with database.transaction() as db:
        (row,) = await db.execute(select(outbox.c.route_id))
        await report_backs.take_back(db, keyring, Address("sms", A))
    async with database.reading_routes() as db:
        from channels import contacts  # noqa: PLC0415 - beside what it shows

        assert await contacts.sealed(db, [row.route_id]) == {}


async def test_a_stop_before_the_morning_is_heeded_when_it_would_leave(
    telling, told, discussed, database, now
):
    await told()
    await discussed()
    await telling.run(now)
    async with database.reading() as db:
        (row,) = await db.execute(select(outbox.c.kind, outbox.c.broadcast))
    assert tuple(row) == ("bulk", None)  # the kind whose STOP is judged as it leaves


@pytest.mark.parametrize("hour", [NIGHT, 3, 12])
async def test_it_leaves_by_day_only(telling, told, discussed, database, house, now, hour):
    zone = house.calendar.zone
    await told()
    await discussed()
    late = now.astimezone(zone).replace(hour=hour, minute=30).astimezone(now.tzinfo)
    await telling.run(late)
    async with database.reading() as db:
        columns = (outbox.c.not_before, outbox.c.expires_at, outbox.c.by_day)
        (row,) = await db.execute(select(*columns))
    assert row.by_day == str(zone)  # judged once more when it would leave
    local = row.not_before.astimezone(zone)
    assert (local.hour, local.minute) == ((hour, 30) if hour == 12 else (MORNING, 0))
    assert row.expires_at - row.not_before == reporting_back.VALID_FOR
    assert row.not_before - late < timedelta(hours=12)


async def test_a_kill_between_any_two_writes_tells_nobody_twice_and_leaves_nobody_out(
    telling, told, discussed, sent, database, now, monkeypatch
):
    monkeypatch.setattr(reporting_back, "BATCH", 2)
    for n in range(5):
        await told(f"+25471100000{n}")
    await discussed()
    enqueue, calls = writing.enqueue, []

    async def dies(*args, **more):
        calls.append(1)
        if len(calls) in {1, 3, 4}:
            raise ConnectionError
        return await enqueue(*args, **more)

    monkeypatch.setattr(writing, "enqueue", dies)
    for _ in range(6):
        try:
            await telling.run(now)
        except ConnectionError:
            continue
    assert len(calls) > 5
    assert len(await sent()) == 5
    async with database.reading() as db:
        marks = (await db.execute(select(discussion_tellings.c.outbox_id))).scalars().all()
        rows = (await db.execute(select(outbox.c.id))).scalars().all()
    assert sorted(marks) == sorted(rows)


async def test_what_is_stopped_is_taken_back_by_the_next_tick_however_much_it_is(
    telling, told, discussed, secretary, database, now, monkeypatch
):
    monkeypatch.setattr(discussion_releases, "AT_A_TIME", 2)
    for n in range(5):
        await told(f"+25471100000{n}")
    made = await discussed()
    await telling.run(now)
    async with database.transaction() as db:
        await discussion_releases.stop(db, made, by=secretary, now=now)
    await telling.run(now)
    assert await state_of(database, made) == State.STOPPED
    async with database.reading() as db:
        assert set((await db.execute(select(outbox.c.state))).scalars()) == {"cancelled"}


async def test_a_damaged_way_back_does_not_hold_up_the_others(
    telling, told, discussed, sent, database, now
):
    from channels.contacts import routes  # noqa: PLC0415 - beside what it shows

    await told(A)
    await told(B)
    async with database.transaction() as db:
        store = await db.routes()
        first = (await store.execute(select(routes.c.id).order_by(routes.c.id))).scalars().first()
        await store.execute(routes.update().where(routes.c.id == first).values(sealed=b"\0" * 64))
    await discussed()
    await telling.run(now)
    assert len(await sent()) == 1


async def test_a_channel_that_is_no_longer_served_is_passed_over(
    telling, told, discussed, sent, channels, now
):
    await told("42", "telegram")
    await told(A)
    channels.pop("telegram")
    await discussed()
    await telling.run(now)
    assert [line for line, _ in await sent()] == ["sms"]


async def test_while_nothing_is_to_be_told_no_lease_is_taken(telling, now, monkeypatch):
    async def refuses(*_args, **_more):
        raise AssertionError("a lease was asked for")

    monkeypatch.setattr(leases, "take", refuses)
    await telling.run(now)


async def test_another_process_that_tells_is_left_alone(
    telling, told, discussed, sent, database, now
):
    await told()
    await discussed()
    async with database.transaction() as db:
        await leases.take(db, LEASE, "another", now)
    await telling.run(now)
    assert await sent() == []
