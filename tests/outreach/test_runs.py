from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from channels import broadcasts, dispatch, planning, upkeep
from channels.base import Style
from channels.broadcasts import State as Leaving
from channels.desk import Desk
from channels.ledger import State as Sent
from channels.ledger import outbox
from outreach import announcements, approvals, recipients, runs, steering
from outreach.announcements import Fallback, State, Words
from outreach.audiences import Audience, people
from outreach.runs import State as Run
from outreach.schedules import Schedule
from tests.support.newsroom import HOUR

DAY = timedelta(days=1)


async def rows(room, *columns):
    """Return how many rows of broadcasts are alike in *columns*."""
    async with room.database.reading() as reads:
        found = await reads.execute(
            select(*columns, func.count().label("n")).group_by(*columns).order_by(*columns)
        )
        return {tuple(row)[:-1]: row.n for row in found}


async def states(room, made):
    async with room.database.reading() as reads:
        return [run.state for run in await runs.of_announcement(reads, made)]


async def test_when_it_may_leave_everybody_has_a_row_in_their_language(room, rehema, joseph):
    await room.list_people((3, "sms", "en"), (2, "sms", "fr"), (4, "telegram", "xx"))
    made = await room.write(rehema)
    await room.let_go(made, rehema, joseph)
    assert await states(room, made) == [Run.DUE]
    assert await room.tick() == (1, 1, 0)
    (one,) = await room.broadcasts(made)
    assert (one.state, one.planned, one.zone) == (Leaving.RUNNING, 9, "Africa/Nairobi")
    assert (one.not_before, one.expires_at) == (room.now, room.now + DAY)
    assert await rows(room, outbox.c.channel, outbox.c.language) == {
        ("sms", "en"): 3,
        ("sms", "fr"): 2,
        ("telegram", "en"): 4,
    }
    assert await room.tick() == (0, 0, 0)


async def test_whom_it_leaves_out_has_none(room, rehema):
    await room.list_people((3, "sms", "en"), (2, "sms", "xx"))
    made = await room.write(rehema, fallback=Fallback.SKIP)
    await room.alone(made, rehema)
    await room.tick()
    assert await rows(room, outbox.c.language) == {("en",): 3}


async def test_nothing_is_made_before_its_time_nor_without_a_word(room, rehema):
    await room.list_people((3, "sms", "en"))
    await room.write(rehema)  # a draft
    made = await room.write(rehema, schedule=Schedule(starts_at=room.now + HOUR))
    await room.alone(made, rehema)
    assert await room.tick() == (0, 0, 0)
    assert await room.broadcasts(made) == []
    room.now += HOUR
    assert (await room.tick())[:2] == (1, 1)


async def test_a_tick_that_was_missed_runs_late_and_one_that_is_over_does_not(room, rehema):
    await room.list_people((3, "sms", "en"))
    made = [
        await room.write(rehema, schedule=Schedule(starts_at=room.now + HOUR, lasts=lasts))
        for lasts in (24, 3)
    ]
    for one in made:
        await room.alone(one, rehema)
    room.now += 7 * HOUR
    assert (await room.tick())[:2] == (1, 1)
    assert [await states(room, one) for one in made] == [[Run.GONE], [Run.MISSED]]
    (late,) = await room.broadcasts(made[0])
    assert late.expires_at == room.now + 18 * HOUR  # as long as it was meant to be worth it


async def test_most_of_the_time_there_is_nothing_to_do(room, rehema):
    async def anything():
        async with room.database.reading() as reads:
            return await runs.anything(reads)

    await room.list_people((3, "sms", "en"))
    made = await room.write(rehema)
    assert not await anything()
    await room.alone(made, rehema)
    assert await anything()
    await room.tick()
    await room.do(steering.cancel, made, by=rehema)
    assert not await anything()


async def test_two_processes_begin_it_once(room, rehema):
    await room.list_people((3, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    async with room.database.reading() as reads:
        (run,) = await runs.of_announcement(reads, made)

    async def judge(_db, _this):
        return True

    assert [await begin(room, run, judge) for _ in range(2)] == [True, False]
    assert len(await room.broadcasts(made)) == 1


async def begin(room, run, judge):
    async with room.database.transaction() as db:
        return await runs._begin(db, run, room.office.zones, judge, room.now)


class Killed(BaseException):
    """As if by SIGKILL: nothing catches it."""


@pytest.mark.parametrize("chunk", [1, 2])
async def test_a_process_that_dies_while_it_writes_rows_is_gone_on_with(
    room, rehema, monkeypatch, chunk
):
    await room.list_people((7, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    monkeypatch.setitem(planning.plan.__kwdefaults__, "chunk", 2)
    whole, done = planning._plan_some, []

    async def dies(*args):
        if len(done) == chunk:
            raise Killed
        done.append(1)
        await whole(*args)

    monkeypatch.setattr(planning, "_plan_some", dies)
    with pytest.raises(Killed):
        await room.tick()
    assert await states(room, made) == [Run.READYING]
    (one,) = await room.broadcasts(made)
    assert (one.state, one.planned) == (Leaving.WAITING, 2 * chunk)
    monkeypatch.setattr(planning, "_plan_some", whole)
    await room.tick()
    (one,) = await room.broadcasts(made)
    assert (one.state, one.planned) == (Leaving.RUNNING, 7)
    assert len(await rows(room, outbox.c.route_id)) == 7


async def test_a_process_that_stops_leaves_the_rest_to_the_next(room, rehema, monkeypatch):
    await room.list_people((5, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    async with room.database.reading() as reads:
        (run,) = await runs.of_announcement(reads, made)

    async def judge(_db, _this):
        return True

    await begin(room, run, judge)
    looks = iter([False, True, True])
    monkeypatch.setitem(planning.plan.__kwdefaults__, "chunk", 2)
    given = {"zones": room.office.zones, "ways": room.office.ways, "now": room.now}
    assert await runs.ready(room.database, **given, enough=lambda: next(looks)) == 0
    (one,) = await room.broadcasts(made)
    assert (one.state, one.planned) == (Leaving.WAITING, 2)
    assert await runs.ready(room.database, **given) == 1
    (one,) = await room.broadcasts(made)
    assert (one.state, one.planned) == (Leaving.RUNNING, 5)


async def test_what_is_paused_while_its_rows_are_written_does_not_leave(room, rehema, monkeypatch):
    await room.list_people((3, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    whole = planning._plan_some

    async def meanwhile(db, *args):
        await whole(db, *args)
        await steering.pause(db, made, by=rehema, now=room.now)

    monkeypatch.setattr(planning, "_plan_some", meanwhile)
    await room.tick()
    (one,) = await room.broadcasts(made)
    assert one.state == Leaving.WAITING
    await room.do(steering.resume, made, by=rehema)
    (one,) = await room.broadcasts(made)
    assert one.state == Leaving.RUNNING


async def test_what_is_cancelled_while_its_rows_are_written_gets_no_more(
    room, rehema, monkeypatch
):
    await room.list_people((5, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    monkeypatch.setitem(planning.plan.__kwdefaults__, "chunk", 2)
    whole = planning._plan_some

    async def meanwhile(db, *args):
        await whole(db, *args)
        await steering.cancel(db, made, by=rehema, now=room.now)

    monkeypatch.setattr(planning, "_plan_some", meanwhile)
    await room.tick()
    (one,) = await room.broadcasts(made)
    assert (one.state, one.planned) == (Leaving.CANCELLED, 2)


async def test_each_zone_has_its_own_and_nobody_is_in_two(room, rehema, monkeypatch):
    await room.list_people((3, "sms", "en"), (2, "sms", "fr"))
    both = people(Audience(languages=frozenset({"en", "fr"})))
    english = people(Audience(languages=frozenset({"en"})))

    async def zones(_db, _audience):
        # The English are in both: they moved while it was planned.
        return {"Pacific/Kiritimati": english, "Pacific/Pago_Pago": both}

    room.office = replace(room.office, zones=zones)
    made = await room.write(rehema)
    async with room.database.transaction() as db:
        await announcements.move(db, made, State.APPROVED, by=rehema.id, now=room.now)
        this = await announcements.find(db, made)
        await approvals._write(db, this, 8, approvals.Outcome.ALONE, rehema.id, room.now)
        await runs.plan_out(db, this, room.office.zone, room.now)
    await room.tick()
    its = await room.broadcasts(made)
    assert {one.zone: one.planned for one in its} == {
        "Pacific/Kiritimati": 3,
        "Pacific/Pago_Pago": 2,
    }
    assert len(await rows(room, outbox.c.route_id)) == 5


async def test_a_reminder_waits_in_each_zone_for_the_morning_of_its_day(room, rehema):
    await room.list_people((2, "sms", "en"))
    day = (room.now + 8 * DAY).date()
    made = await room.write(rehema, schedule=Schedule(day=day, before=(7, 1), lasts=10))
    await room.alone(made, rehema)
    assert await states(room, made) == [Run.DUE, Run.DUE]
    room.now = room.now.replace(hour=20)  # the 13th has begun in Kiribati
    assert (await room.tick())[:2] == (1, 1)
    (one,) = await room.broadcasts(made)
    assert one.not_before.isoformat() == "2026-05-13T05:00:00+00:00"  # 8 h in Nairobi
    assert one.expires_at == one.not_before + 10 * HOUR
    assert await states(room, made) == [Run.GONE, Run.DUE]


async def test_each_reminder_says_how_many_days_are_left_in_the_readers_language(room, rehema):
    await room.list_people((1, "sms", "en"))
    day = (room.now + 8 * DAY).date()
    when = Schedule(starts_at=room.now, day=day, before=(7, 1))
    texts = {(0, "en"): Words("The fee is 10."), (0, "fr"): Words("La taxe est de 10.")}
    made = await room.write(rehema, texts, schedule=when)
    await room.alone(made, rehema)
    said = []
    for _ in range(9):
        await room.tick()
        room.now += DAY
    async with room.database.reading() as db:
        for one in await room.broadcasts(made):
            its = await broadcasts.texts(db, one.id)
            said.append([its[0, tag, Style.SMS].text for tag in ("en", "fr")])
    assert said == [
        ["The fee is 10.", "La taxe est de 10."],
        [
            "Days until 20 May: 7. The fee is 10.",
            "Jours jusqu'au 20 mai : 7. La taxe est de 10.",
        ],
        [
            "Days until 20 May: 1. The fee is 10.",
            "Jours jusqu'au 20 mai : 1. La taxe est de 10.",
        ],
    ]


async def test_a_repetition_goes_to_everybody_each_time(room, rehema):
    await room.list_people((2, "sms", "en"))
    made = await room.write(rehema, schedule=Schedule(every=7, times=3))
    await room.alone(made, rehema)
    for _ in range(3):
        assert (await room.tick())[:2] == (1, 1)
        room.now += 7 * DAY
    assert await states(room, made) == [Run.GONE] * 3
    assert Counter((await rows(room, outbox.c.route_id)).values()) == {3: 2}


async def test_it_ends_when_all_of_it_has(room, rehema):
    await room.list_people((2, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    assert await room.tick() == (1, 1, 0)
    (one,) = await room.broadcasts(made)
    async with room.database.transaction() as db:
        await broadcasts.move(db, one.id, Leaving.ENDED, room.now)
    assert await room.tick() == (0, 0, 1)
    this = await room.find(made)
    assert (this.state, this.moved_by) == (State.ENDED, None)


async def test_it_ends_within_one_look_once_nothing_is_left_to_wait_for(room, rehema):
    """Also where the last who lived in one of its zones has left the list meanwhile."""
    await room.list_people((2, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    all_here = room.office.zones

    async def two(db, audience):
        return {**await all_here(db, audience), "Africa/Accra": recipients.NOBODY}

    given = {"ways": room.office.ways, "zones": all_here, "now": room.now}
    await runs.begin_due(room.database, zones=two, judge=always, now=room.now)
    await runs.ready(room.database, **given)
    desk = Desk(room.database, room.keyring, "me", None, lambda: room.now)
    await upkeep.see_to_broadcasts(desk)
    assert await room.tick() == (0, 0, 0)  # two messages wait
    async with room.database.transaction() as db:
        await db.execute(update(outbox).values(state=Sent.DELIVERED))
    await upkeep.see_to_broadcasts(desk)
    assert await room.tick() == (0, 0, 1)
    assert (await room.find(made)).state == State.ENDED


async def always(_db, _this):
    return True


async def test_one_that_was_paused_before_it_was_ready_ends_with_its_time(room, rehema):
    await room.list_people((2, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    async with room.database.reading() as reads:
        (run,) = await runs.of_announcement(reads, made)

    async def judge(_db, _this):
        return True

    assert await begin(room, run, judge)
    await room.do(steering.pause, made, by=rehema)
    assert await room.tick() == (0, 1, 0)
    room.now += 2 * DAY
    assert await room.tick() == (0, 0, 1)


async def test_messages_leave_days_apart_and_a_late_one_holds_none_back(room, rehema):
    texts = {(part, "en"): Words(f"Part {part}.") for part in range(3)}
    await room.list_people((1, "sms", "en"))
    made = await room.write(rehema, texts, parts=3, schedule=Schedule(apart=2, lasts=24))
    await room.alone(made, rehema)
    await room.tick()
    (one,) = await room.broadcasts(made)
    assert (one.not_before, one.expires_at) == (room.now, room.now + 5 * DAY)
    of = outbox.c
    rows = select(of.part, of.not_before, of.expires_at, of.state).order_by(of.part)
    begins = [room.now + 2 * number * DAY for number in range(3)]
    async with room.database.reading() as reads:
        found = [tuple(row) for row in await reads.execute(rows)]
        assert found == [(number, at, at + DAY, Sent.PLANNED) for number, at in enumerate(begins)]
    desk = Desk(room.database, room.keyring, "me", None, lambda: room.now + DAY)
    assert await upkeep.put_away_parts(desk) is False
    async with room.database.reading() as reads:
        assert [row.state for row in await reads.execute(rows)] == ["expired", *["planned"] * 2]
        at = room.now + 2 * DAY
        due = await dispatch.due_of(reads, one.id, channel="sms", limit=9, now=at)
    assert [row.part for row in due] == [1]


async def test_what_is_days_apart_begins_late_where_only_its_first_day_has_passed(room, rehema):
    texts = {(part, "en"): Words(f"Part {part}.") for part in range(2)}
    await room.list_people((1, "sms", "en"))
    made = await room.write(rehema, texts, parts=2, schedule=Schedule(apart=3, lasts=24))
    await room.alone(made, rehema)
    room.now += 2 * DAY
    assert (await room.tick())[0] == 1
    assert len(await room.broadcasts(made)) == 1
