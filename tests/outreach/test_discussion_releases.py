import asyncio
from datetime import timedelta

import pytest

from channels import ledger, outbox
from channels.base import Address, Outbound
from forum import members
from outreach import discussion_releases, discussions, terms
from outreach.discussion_releases import Refusal, Refused
from outreach.discussions import Moved, Outcome, State, Wordless

WORDS = {"en": "A second well."}
WELL = {"en": Outcome("A well.")}


@pytest.fixture
def few(database, now):
    """Let one person alone write to *people* in a day."""

    async def said(people):
        async with database.transaction() as db:
            values = {"id": 1, "alone_up_to": people, "currency": "USD", "moved_at": now}
            await db.execute(terms.broadcast_terms.insert().values(values))

    return said


@pytest.fixture
def drafted(stories, amina):
    """Record what came of «Water», of which *tellers* want to hear."""

    async def made(value="Water", tellers=2, texts=WORDS):
        for n in range(tellers):
            voice = await stories.tell()
            await stories.file(voice, amina, agenda={value})
            await stories.wish(voice, f"+25470000000{n}")
        return await stories.discuss("agenda", value, amina, texts)

    return made


@pytest.fixture
async def brian(triager):
    return (await triager("Brian"))[0]


@pytest.fixture
def do(database, now):
    async def done(deed, *args, by, at=now, **more):
        async with database.transaction() as db:
            return await deed(db, *args, by=by, now=at, **more)

    return done


@pytest.fixture
def seen(database):
    async def found(made):
        async with database.reading() as db:
            here = await discussions.get(db, made)
            return discussion_releases.content(here.talk, await discussions.texts_of(db, made))

    return found


@pytest.fixture
def state(database):
    async def found(made):
        async with database.reading() as db:
            return (await discussions.get(db, made)).state

    return found


async def refused(deed):
    with pytest.raises(Refused) as why:
        await deed
    return why.value.why


async def test_one_person_alone_tells_few(drafted, do, state, few, amina):
    await few(2)
    made = await drafted()
    await do(discussion_releases.release_alone, made, by=amina)
    assert await state(made) is State.TELLING


async def test_one_person_alone_does_not_tell_many_whichever_way(
    drafted, do, state, seen, few, amina
):
    await few(1)
    made = await drafted()
    alone, approve = discussion_releases.release_alone, discussion_releases.approve
    assert await refused(do(alone, made, by=amina)) is Refusal.SECOND
    with pytest.raises(Moved):  # nobody was asked
        await do(approve, made, seen=await seen(made), by=amina)
    await do(discussion_releases.ask, made, by=amina)
    assert await refused(do(approve, made, seen=await seen(made), by=amina)) is Refusal.AUTHOR
    with pytest.raises(Moved):  # it is no draft any more
        await do(alone, made, by=amina)
    await do(discussion_releases.send_back, made, by=amina)
    assert await refused(do(alone, made, by=amina)) is Refusal.SECOND
    assert await state(made) is State.DRAFT


async def test_many_small_ones_in_a_day_are_one_large_one(drafted, do, few, amina, now):
    await few(3)
    first, second = await drafted("Water"), await drafted("Roads")
    await do(discussion_releases.release_alone, first, by=amina)
    deed = discussion_releases.release_alone
    assert await refused(do(deed, second, by=amina)) is Refusal.SECOND
    await do(deed, second, by=amina, at=now + timedelta(days=1))


async def test_two_at_the_same_moment_do_not_both_find_the_days_room(
    drafted, do, state, few, amina
):
    await few(3)
    both = [await drafted("Water"), await drafted("Roads")]
    tries = (do(discussion_releases.release_alone, made, by=amina) for made in both)
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(map(type, found), key=str) == sorted([type(None), Refused], key=str)


async def test_a_second_person_lets_what_they_have_read(
    drafted, do, state, seen, few, amina, brian, database
):
    await few(0)
    made = await drafted()
    await do(discussion_releases.ask, made, by=amina)
    with pytest.raises(Moved):
        await do(discussion_releases.approve, made, seen="0" * 64, by=brian)
    await do(discussion_releases.approve, made, seen=await seen(made), by=brian)
    assert await state(made) is State.TELLING
    async with database.reading() as db:
        kept = await discussion_releases.of(db, made)
    assert (kept.people, kept.asked_by, kept.let_by) == (2, amina.id, brian.id)


@pytest.mark.parametrize(("more", "told"), [(1, True), (2, False)])
async def test_what_far_more_would_hear_by_now_is_let_by_nobody_yet(
    drafted, stories, do, state, seen, few, amina, brian, more, told
):
    await few(0)
    made = await drafted(tellers=10)
    await do(discussion_releases.ask, made, by=amina)
    for n in range(more):
        voice = await stories.tell()
        await stories.file(voice, amina, agenda={"Water"})
        await stories.wish(voice, f"+25470000001{n}")
    approve = do(discussion_releases.approve, made, seen=await seen(made), by=brian)
    if told:
        await approve
        return
    with pytest.raises(Moved):
        await approve
    assert await state(made) is State.ASKED
    await do(discussion_releases.send_back, made, by=amina)
    await do(discussion_releases.ask, made, by=amina)
    await do(discussion_releases.approve, made, seen=await seen(made), by=brian)


async def test_other_words_are_let_by_nobody_yet(drafted, do, state, seen, few, amina, brian):
    await few(0)
    made = await drafted()
    await do(discussion_releases.ask, made, by=amina)
    read = await seen(made)
    await do(discussions.write, made, "en", WELL, by=amina)
    assert await state(made) is State.DRAFT
    await do(discussion_releases.ask, made, by=amina)
    with pytest.raises(Moved):  # they have read the words of before
        await do(discussion_releases.approve, made, seen=read, by=brian)


async def test_who_wrote_any_of_it_is_no_second_person_even_if_it_was_written_over(
    drafted, do, seen, few, amina, brian
):
    await few(0)
    made = await drafted()
    await do(discussions.write, made, "en", WELL, by=brian)
    await do(discussions.write, made, "en", WELL, by=amina)
    await do(discussion_releases.ask, made, by=amina)
    deed = do(discussion_releases.approve, made, seen=await seen(made), by=brian)
    assert await refused(deed) is Refusal.AUTHOR


async def test_who_asks_for_the_words_of_another_does_not_let_them_as_well(
    drafted, do, seen, few, brian
):
    await few(0)
    made = await drafted()
    await do(discussion_releases.ask, made, by=brian)
    deed = do(discussion_releases.approve, made, seen=await seen(made), by=brian)
    assert await refused(deed) is Refusal.AUTHOR


async def test_who_came_later_or_does_not_triage_is_no_second_person(
    drafted, do, seen, few, amina, triager, rehema, database, now
):
    await few(0)
    made = await drafted()
    await do(discussion_releases.ask, made, by=amina)
    deed = do(discussion_releases.approve, made, seen=await seen(made), by=rehema)
    assert await refused(deed) is Refusal.RIGHT
    late, _ = await triager("Late")
    async with database.transaction() as db:
        this = members.members.c.id == late.id
        joined = members.members.update().where(this)
        await db.execute(joined.values(joined_at=now + timedelta(minutes=1)))
    deed = do(discussion_releases.approve, made, seen=await seen(made), by=late)
    assert await refused(deed) is Refusal.LATER
    for other in (discussion_releases.ask, discussion_releases.release_alone):
        assert await refused(do(other, made, by=rehema)) is Refusal.RIGHT


async def test_nobody_is_told_nothing_and_nothing_is_told_to_nobody(drafted, do, amina):
    wordless = await drafted(texts={"fr": "Un puits."})
    with pytest.raises(Wordless):
        await do(discussion_releases.release_alone, wordless, by=amina)
    alone = do(discussion_releases.release_alone, await drafted("Roads", tellers=0), by=amina)
    assert await refused(alone) is Refusal.NOBODY


async def test_to_stop_takes_back_what_waits_and_nothing_else(
    drafted, do, state, amina, brian, database, keyring, now, monkeypatch
):
    monkeypatch.setattr(discussion_releases, "AT_A_TIME", 2)
    made = await drafted()
    with pytest.raises(Moved):
        await do(discussion_releases.stop, made, by=amina)
    await do(discussion_releases.release_alone, made, by=amina)
    async with database.transaction() as db:
        for n in range(4):
            who = Address("sms", f"+25470000000{n}")
            teller = await discussions.first_time(db, keyring, made, who, language="en")
            given = {"channel": "sms", "route_id": f"{n}" * 32, "outbound": Outbound("x")}
            row = await outbox.enqueue(db, keyring, **given, kind="bulk", now=now)
            await discussions.leaves(db, made, teller, row)
        left = ledger.outbox.update().where(ledger.outbox.c.id == row)
        await db.execute(left.values(state=ledger.State.ACCEPTED))
    await do(discussion_releases.stop, made, by=brian)
    async with database.transaction() as db:
        assert await discussions.to_take_back(db) == [made]
        assert await discussions.to_tell(db) == []
        assert await discussions.held(db, made) is None  # no more is written down
        assert await discussion_releases.take_back(db, made, now)
        assert not await discussion_releases.take_back(db, made, now)
        (standing,) = await discussions.standings(db, made)
    assert (standing.waiting, standing.left, standing.taken_back) == (0, 1, 3)
    assert await state(made) is State.STOPPED
    with pytest.raises(Moved):
        await do(discussion_releases.stop, made, by=amina)
