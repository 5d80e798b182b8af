from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from channels import archive, broadcasts
from channels.base import Style
from channels.broadcasts import Wording
from channels.dead_letters import Reason
from channels.ledger import State, outbox
from forum.bodies import sites
from outreach import progress, steering
from outreach.copies import announcement_broadcasts
from outreach.progress import Count, Fate, Place, Progress
from tests.support.history import Asked
from tests.support.newsroom import HOUR

SITE = "s" * 32


@pytest.fixture
async def going(room, rehema):
    """A broadcast to seven people that is under way."""
    row = {"id": SITE, "code": "KB12", "name": "Kobalo", "district": "North", "mineral": "gold"}
    async with room.database.transaction() as db:
        await db.execute(insert(sites).values(row))
    await room.list_people((4, "sms", "en", SITE), (2, "sms", "fr"), (1, "telegram", "xx"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    await room.tick()
    return made


async def settle(room, state, number, language="en", channel="sms"):
    """Bring so many messages that wait to *state*."""
    of = outbox.c
    waits = (of.state == State.PLANNED) & (of.language == language) & (of.channel == channel)
    some = select(of.seq).where(waits).limit(number)
    async with room.database.transaction() as db:
        await db.execute(
            update(outbox).where(of.seq.in_(some)).values(state=state, moved_at=room.now)
        )


async def read(room, made):
    async with room.database.reading() as reads:
        return await progress.read(reads, made)


async def test_before_anything_is_counted_there_are_no_numbers(room, going):
    seen = await read(room, going)
    assert (seen.counted_at, seen.messages, seen.people) == (None, 0, 0)


async def test_sums_are_told_by_language_channel_and_site(room, going):
    await settle(room, State.DELIVERED, 2)
    await settle(room, State.UNDELIVERED, 1)
    await settle(room, State.ACCEPTED, 2, "fr")
    await progress.count(room.database, going, room.now)
    seen = await read(room, going)
    assert (seen.messages, seen.people, seen.counted_at) == (7, 7, room.now)
    assert seen.fates == {Fate.ARRIVED: 2, Fate.SENT: 2, Fate.MISSED: 1, Fate.WAITING: 2}
    assert seen.by("language")["fr"] == {
        Fate.ARRIVED: 0,
        Fate.SENT: 2,
        Fate.MISSED: 0,
        Fate.WAITING: 0,
    }
    assert {name: sum(its.values()) for name, its in seen.by("channel").items()} == {
        "sms": 6,
        "telegram": 1,
    }
    assert seen.billed({}) == {"sms": 5}
    assert seen.reasons == {Reason(State.UNDELIVERED, None): 1}
    nowhere, there = seen.places
    assert (nowhere.site, sum(nowhere.fates.values())) == ("", 3)
    assert there == Place(SITE, {Fate.ARRIVED: 2, Fate.SENT: 0, Fate.MISSED: 1, Fate.WAITING: 1})


async def test_several_are_summed_in_one_question(room, going, rehema):
    draft = await room.write(rehema)
    await settle(room, State.DELIVERED, 2)
    await progress.count(room.database, going, room.now)
    async with room.database.reading() as reads:
        found = await progress.sums(reads, [going, draft])
    assert set(found) == {going}
    assert (found[going][Fate.ARRIVED], sum(found[going].values())) == (2, 7)


async def test_it_is_counted_again_when_something_moved_and_not_at_each_look(room, going):
    assert await progress.count_due(room.database, room.now) == 1
    assert await progress.count_due(room.database, room.now + timedelta(seconds=1)) == 0
    assert await progress.count_due(room.database, room.now + HOUR) == 1


async def test_what_was_slow_to_count_is_counted_seldom(room, going):
    await progress.count_due(room.database, room.now)
    async with room.database.transaction() as db:
        await db.execute(update(progress.announcement_counted).values(took=6_000))
    assert await progress.count_due(room.database, room.now + timedelta(seconds=59)) == 0
    assert await progress.count_due(room.database, room.now + timedelta(seconds=60)) == 1


async def test_after_its_end_only_a_late_report_has_it_counted(room, going, rehema):
    await room.do(steering.cancel, going, by=rehema)
    await progress.count_due(room.database, room.now)
    room.now += HOUR
    assert await progress.count_due(room.database, room.now) == 0
    await settle(room, State.DELIVERED, 1)
    assert await progress.count_due(room.database, room.now) == 1
    assert (await read(room, going)).fates[Fate.ARRIVED] == 1


async def test_what_has_left_the_ledger_is_counted_by_its_archive(room, going, rehema):
    await settle(room, State.DELIVERED, 3)
    await progress.count(room.database, going, room.now)
    before = await read(room, going)
    await room.do(steering.cancel, going, by=rehema)
    async with room.database.transaction() as db:
        await db.execute(
            update(outbox).where(outbox.c.state == State.PLANNED).values(state=State.CANCELLED)
        )
    later = room.now + timedelta(days=8)
    assert await archive.run(room.database, later) == 7
    await progress.count(room.database, going, later)
    after = await read(room, going)
    assert after.messages == before.messages == 7
    assert after.fates[Fate.ARRIVED] == 3
    assert after.places == before.places  # the archive knows no sites: they stay as they were


@pytest.fixture
async def again(room, going, rehema):
    """Once more to the four of a site: one gets the first two of three parts, three the last."""
    await settle(room, State.FAILED, 4)
    made = await room.write(rehema, again_of=going, parts=3)
    of = outbox.c
    async with room.database.transaction() as db:
        words = [Wording(part, "en", Style.SMS, "x") for part in range(3)]
        times = {"not_before": room.now, "expires_at": room.now + HOUR, "now": room.now}
        one = await broadcasts.create(db, words, language="en", **times)
        row = {"broadcast": one, "announcement": made, "run": one, "zone": "UTC"}
        await db.execute(insert(announcement_broadcasts).values(row))
        dead = (await db.execute(select(outbox).where(of.state == State.FAILED))).mappings().all()
        for number, its in enumerate(dead):
            row = {name: value for name, value in its.items() if name != "seq"}
            for part in (0, 1) if number == 0 else (2,):
                state = State.FAILED if part == 1 else State.DELIVERED
                new = {"id": f"{number}{part}", "broadcast": one, "part": part, "state": state}
                await db.execute(insert(outbox).values({**row, **new}))
    return made


async def test_once_more_in_part_people_are_counted_by_what_each_gets_first(room, again):
    await progress.count(room.database, again, room.now)
    seen = await read(room, again)
    assert (seen.messages, seen.people) == (5, 4)
    assert seen.places == [Place(SITE, dict.fromkeys(Fate, 0) | {Fate.ARRIVED: 4})]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_each_gets_first_is_asked_only_where_something_is_sent_once_more(
    room, going, again
):
    for made, expected in ((going, False), (again, True)):
        with Asked(room.database) as statements:
            await progress.count(room.database, made, room.now)
        places = [one for one, _ in statements if "outbox" in one and "subscribers" in one]
        async with room.database.reading() as reads:
            plans = [
                row.detail
                for statement, values in statements
                if statement in places
                for row in await reads.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            ]
        assert len(places) == 1
        assert any("EXISTS" in one for one in places) is expected
        assert not any(line.startswith("SCAN outbox") for line in plans), plans


async def test_a_draft_is_not_counted(room, rehema):
    await room.write(rehema)
    assert await progress.count_due(room.database, room.now) == 0


@pytest.mark.parametrize("state", State)
def test_every_state_of_the_ledger_means_something_to_a_person(state):
    assert progress.fate_of(state) in Fate


async def test_no_broadcast_is_forgotten_while_one_zone_is_paused(room, going):
    (one,) = await room.broadcasts(going)
    async with room.database.transaction() as db:
        await broadcasts.pause(db, one.id, room.now, "failures")
    assert await progress.count_due(room.database, room.now) == 1


def test_calls_are_billed_by_the_minute_and_only_those_that_were_answered():
    counts = [
        Count("call", "en", 0, State.DELIVERED, "", 3, 3),
        Count("call", "sw", 0, State.DELIVERED, "", 2, 2),
        Count("call", "en", 0, State.UNDELIVERED, "no-answer", 5, 5),
        Count("call", "en", 0, State.ACCEPTED, "", 1, 1),
        Count("gateway", "en", 0, State.ACCEPTED, "", 4, 8),
    ]
    seen = Progress(counts, [], None)
    assert seen.billed({"en": 2}) == {"call": 3 * 2 + 2, "gateway": 8}
