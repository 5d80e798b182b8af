import pytest

from channels import ledger, outbox
from channels.base import Address, Outbound
from outreach import discussion_releases, discussion_rounds, discussions
from outreach.discussion_releases import Refusal, Refused
from outreach.discussions import Moved, State

A, B, C = (f"+25470000000{n}" for n in range(3))


@pytest.fixture
def do(database, now, amina):
    async def done(deed, *args, by=None):
        async with database.transaction() as db:
            return await deed(db, *args, by=by or amina, now=now)

    return done


@pytest.fixture
async def made(stories, amina, do):
    """Let a talk about water be told, of which three people want to hear."""
    for number in (A, B, C):
        voice = await stories.tell()
        await stories.file(voice, amina, agenda={"Water"})
        await stories.wish(voice, number)
    talk = await stories.discuss("agenda", "Water", amina, {"en": "A second well."})
    await do(discussion_releases.release_alone, talk)
    return talk


@pytest.fixture
def told(database, keyring, now, made):
    """Write the words down for *number*; say whether they were."""

    async def done(number):
        async with database.transaction() as db:
            who = Address("sms", number)
            teller = await discussions.first_time(db, keyring, made, who, language="en")
            if teller is None:
                return False
            given = {"channel": "sms", "route_id": "0" * 32, "outbound": Outbound("x")}
            row = await outbox.enqueue(db, keyring, **given, kind="bulk", now=now)
            await discussions.leaves(db, made, teller, row)
            return row

    return done


@pytest.fixture
def stopped(database, do, now, made):
    async def done():
        await do(discussion_releases.stop, made)
        async with database.transaction() as db:
            while await discussion_releases.take_back(db, made, now):
                pass

    return done


@pytest.fixture
def accepted(database):
    async def done(row):
        async with database.transaction() as db:
            this = ledger.outbox.update().where(ledger.outbox.c.id == row)
            await db.execute(this.values(state=ledger.State.ACCEPTED))

    return done


async def test_who_was_not_told_is_told_after_all_and_nobody_twice(
    do, made, told, stopped, accepted, database
):
    await accepted(await told(A))
    await told(B)  # waits, and is taken back
    await stopped()
    await do(discussion_rounds.take_up, made)
    async with database.reading() as db:
        here = await discussions.get(db, made)
    assert (here.state, here.told_to) == (State.DRAFT, "")
    await do(discussion_releases.release_alone, made)
    assert [bool(await told(number)) for number in (A, B, C)] == [False, True, True]


async def test_only_what_is_stopped_is_taken_up(do, made, stopped):
    with pytest.raises(Moved):
        await do(discussion_rounds.take_up, made)
    await stopped()
    await do(discussion_rounds.take_up, made)
    with pytest.raises(Moved):
        await do(discussion_rounds.take_up, made)


async def test_it_leaves_again_only_when_it_is_let_again(do, made, stopped, database):
    await stopped()
    await do(discussion_rounds.take_up, made)
    async with database.reading() as db:
        assert await discussion_releases.of(db, made) is None
        assert await discussions.to_tell(db) == []


async def test_whom_one_person_let_it_be_told_to_alone_still_counts(
    do, made, stopped, database, amina, now
):
    before = now.replace(year=2000)
    for rounds in (1, 2):
        async with database.reading() as db:
            assert await discussions.let_alone(db, amina.id, before) == 3 * rounds
        await stopped()
        await do(discussion_rounds.take_up, made)
        await do(discussion_releases.release_alone, made)


async def test_what_somebody_was_told_of_is_not_dropped_nor_recorded_again(
    do, made, told, stopped, accepted
):
    await accepted(await told(A))
    await stopped()
    await do(discussion_rounds.take_up, made)
    with pytest.raises(Moved):
        await do(discussions.drop, made)


async def test_what_nobody_was_told_of_can_be_dropped(do, made, told, stopped):
    await told(A)
    await stopped()
    await do(discussion_rounds.take_up, made)
    await do(discussions.drop, made)


async def test_it_takes_who_triages(do, made, stopped, rehema):
    await stopped()
    with pytest.raises(Refused) as refused:
        await do(discussion_rounds.take_up, made, by=rehema)
    assert refused.value.why is Refusal.RIGHT
