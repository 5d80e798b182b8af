from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from channels.base import Address
from forum.bodies import sites
from outreach import learners, lessons, subscribers
from outreach.learners import Standing, State, Verdict, lessons_sent
from tests.support.school import School, lesson

HERE, THERE = Address("sms", "+254700000001"), Address("sms", "+254700000002")


@pytest.fixture
def school(database, now):
    return School(database, now)


@pytest.fixture
async def series(school):
    return await school.write(lesson(1, "1"), lesson(2), lesson(3))


@pytest.fixture
def join(database, keyring, now):
    async def joined(series, address=HERE, when=now):
        async with database.transaction() as db:
            given = {"language": "sw", "now": when}
            return await learners.join(db, keyring, series, address, **given)

    return joined


@pytest.fixture
def advance(database, now):
    async def sent(learner, last=False, when=now):
        async with database.transaction() as db:
            return await learners.advance(db, learner, last=last, every=3, now=when)

    return sent


@pytest.fixture
def find(database):
    async def found(learner):
        async with database.reading() as db:
            return await learners.find(db, learner.id)

    return found


async def test_who_joins_learns_once_and_from_the_newest_edition(series, join, database):
    first = await join(series)
    assert (await join(series)).id == first.id
    assert (first.edition, first.position, first.state) == (1, 0, State.ACTIVE)
    async with database.reading() as db:
        (row,) = await db.execute(select(learners.learners))
    assert HERE.value not in str(row)
    assert row.since.hour == 0


async def test_a_lesson_is_sent_once_however_often_it_is_tried(series, join, advance, database):
    learner = await join(series)
    assert await advance(learner)
    assert not await advance(learner)
    async with database.reading() as db:
        assert len((await db.execute(select(lessons_sent))).all()) == 1


async def test_the_next_is_due_so_many_days_later(series, join, advance, database, now):
    await advance(await join(series))
    async with database.reading() as db:
        early = now + timedelta(days=3) - timedelta(seconds=1)
        assert await learners.due(db, early, 9) == []
        (due,) = await learners.due(db, now + timedelta(days=3), 9)
    assert due.position == 1


async def test_after_the_last_nothing_is_due(series, join, advance, find, database, now):
    learner = await join(series)
    await advance(learner, last=True)
    assert (await find(learner)).state is State.DONE
    async with database.reading() as db:
        assert await learners.due(db, now + timedelta(days=99), 9) == []


async def test_who_stops_goes_on_where_they_were(series, join, advance, find, database, keyring):
    learner = await join(series)
    await advance(learner)
    async with database.transaction() as db:
        assert await learners.end(db, keyring, HERE) == 1
        assert await learners.end(db, keyring, HERE) == 0
        assert await learners.latest(db, keyring, HERE) is None
    assert not await advance(await find(learner))
    again = await join(series)
    assert (again.id, again.position, again.state) == (learner.id, 1, State.ACTIVE)


async def test_who_is_in_the_middle_keeps_their_edition(series, join, school):
    await join(series)
    await school.do(lessons.revise, series)
    await school.do(lessons.release, await school.find(series.id))
    newer = await school.find(series.id)
    assert (await join(newer)).edition == 1
    assert (await join(newer, THERE)).edition == 2


async def test_the_latest_of_several_is_the_one_that_was_sent_last(
    series, join, advance, school, database, keyring, now
):
    other = await school.write(lesson(1), lesson(2), name="Gold")
    await join(series)
    await advance(await join(other), when=now + timedelta(hours=1))
    async with database.reading() as db:
        assert (await learners.latest(db, keyring, HERE)).series_id == other.id


async def test_their_zone_is_that_of_the_site_they_told(series, join, database, keyring, now):
    async with database.transaction() as db:
        site = {"id": "s" * 32, "code": "KB12", "name": "K", "district": "N", "mineral": "gold"}
        await db.execute(insert(sites).values(**site, zone="Asia/Kolkata"))
        given = {"language": "en", "now": now, "place": "KB12"}
        await subscribers.subscribe(db, keyring, HERE, **given)
    await join(series)
    await join(series, THERE)
    async with database.reading() as db:
        zones = {one.zone for one in await learners.due(db, now, 9)}
    assert zones == {"Asia/Kolkata", None}


async def test_who_is_erased_is_gone_with_all_that_was_sent(
    series, join, advance, database, keyring
):
    learner = await join(series)
    await advance(learner)
    await advance(await join(series, THERE))
    async with database.transaction() as db:
        assert await learners.unused(db, [learner.route_id]) == frozenset()
        await learners.erase(db, keyring, HERE)
        assert await learners.find(db, learner.id) is None
        assert await learners.unused(db, [learner.route_id]) == {learner.route_id}
        assert len((await db.execute(select(lessons_sent))).all()) == 1


async def test_put_off_and_given_up(series, join, find, database, now):
    learner = await join(series)
    async with database.transaction() as db:
        await learners.put_off(db, learner, now + timedelta(hours=1))
        assert await learners.due(db, now, 9) == []
        await learners.give_up(db, learner)
    assert (await find(learner)).state is State.STOPPED


async def test_the_first_answer_counts(series, join, advance, database):
    for address, words in ((HERE, (Verdict.RIGHT, Verdict.WRONG)), (THERE, (Verdict.WRONG,))):
        learner = await join(series, address)
        await advance(learner)
        for verdict in words:
            async with database.transaction() as db:
                await learners.judged(db, learner.id, 1, verdict)
    async with database.reading() as db:
        found = await learners.verdicts(db, series.id, 1)
    assert found == {1: {Verdict.RIGHT: 1, Verdict.WRONG: 1}}


async def test_how_far_they_are_is_counted(series, join, advance, database, keyring):
    await join(series)
    await advance(await join(series, THERE), last=True)
    third = Address("sms", "+254700000003")
    await join(series, third)
    async with database.transaction() as db:
        await learners.end(db, keyring, third)
        assert await learners.standing(db, series.id) == Standing({0: 1}, 1, 1)
        assert (await learners.standing(db, series.id, 2)).everybody == 0
