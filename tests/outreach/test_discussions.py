from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from channels import ledger, outbox
from channels.base import Address, Outbound
from outreach import discussions
from outreach.discussions import (
    Known,
    Moved,
    Outcome,
    Standing,
    State,
    discussion_tellings,
    wording,
)

HERE = Address("sms", "+254700000001")
WORDS = {"en": "A second well.", "fr": "Un second puits."}


@pytest.fixture
def drafted(stories, amina):
    async def made(value="Water", **more):
        return await stories.discuss("agenda", value, amina, WORDS, **more)

    return made


@pytest.fixture
def do(database, amina, now):
    async def done(deed, *args, **more):
        async with database.transaction() as db:
            return await deed(db, *args, by=amina, now=now, **more)

    return done


@pytest.fixture
def find(database):
    async def found(discussion):
        async with database.reading() as db:
            return await discussions.get(db, discussion)

    return found


async def test_a_draft_is_written_and_written_anew(drafted, do, database):
    made = await drafted()
    await do(discussions.write, made, "sw", {"sw": Outcome("Kisima.", "K."), "fr": Outcome("")})
    async with database.reading() as db:
        assert await discussions.texts_of(db, made) == {"sw": Outcome("Kisima.", "K.")}
        assert (await discussions.get(db, made)).talk.language == "sw"


async def test_the_same_talk_is_recorded_once(drafted, now):
    await drafted()
    with pytest.raises(Known):
        await drafted()
    await drafted(body="b" * 32)
    await drafted("Roads")
    await drafted(day=now.date() - timedelta(days=1))


async def test_a_draft_is_dropped_and_can_be_recorded_again(drafted, do, find):
    made = await drafted()
    await do(discussions.drop, made)
    assert await find(made) is None
    await drafted()


async def test_what_is_told_stays_as_it_is(drafted, do, find, now):
    made = await drafted(told=True)
    here = await find(made)
    assert (here.state, here.draft, here.released_at) == (State.TELLING, False, now)
    for deed, args in (
        (discussions.write, ("en", {})),
        (discussions.drop, ()),
    ):
        with pytest.raises(Moved):
            await do(deed, made, *args)
    with pytest.raises(Moved):
        await do(discussions.drop, "0" * 32)


async def test_the_latest_day_comes_first_on_pages(drafted, database, now, monkeypatch):
    monkeypatch.setattr(discussions, "PAGE", 2)
    made = [await drafted(day=now.date() - timedelta(days=n)) for n in range(3)]
    async with database.reading() as db:
        first = await discussions.recent(db)
        second = await discussions.recent(db, page=1)
    assert [one.id for one in first] == made
    assert [one.id for one in second] == made[2:]


async def test_it_is_being_told_until_all_were_looked_at(drafted, database):
    made = await drafted(told=True)
    await drafted("Roads")
    async with database.transaction() as db:
        assert await discussions.to_tell(db) == [made]
        await discussions.went_on(db, made, "v" * 32)
        assert (await discussions.held(db, made)).told_to == "v" * 32
        await discussions.went_on(db, made, None)
        assert await discussions.held(db, made) is None
        assert await discussions.to_tell(db) == []
        assert (await discussions.get(db, made)).state is State.TOLD


async def test_a_mark_is_made_once_and_says_of_no_other_discussion_anything(
    drafted, database, keyring
):
    first, second = await drafted(told=True), await drafted("Roads", told=True)
    async with database.transaction() as db:
        for made in (first, second):
            assert await discussions.first_time(db, keyring, made, HERE, language="en")
            assert not await discussions.first_time(db, keyring, made, HERE, language="fr")
    async with database.reading() as db:
        one, other = (await db.execute(select(discussion_tellings.c.teller))).scalars()
    assert one != other
    assert HERE.value not in one + other


async def test_what_became_of_the_messages_is_counted_by_language(drafted, database, keyring, now):
    made = await drafted(told=True)
    states = [
        ledger.State.PLANNED,
        ledger.State.ACCEPTED,
        ledger.State.DELIVERED,
        ledger.State.UNDELIVERED,
        ledger.State.CANCELLED,
    ]
    async with database.transaction() as db:
        for n, state in enumerate([*states, None]):
            who = Address("sms", f"+25470000000{n}")
            teller = await discussions.first_time(db, keyring, made, who, language="sw")
            if state is None:
                await discussions.leaves(db, made, teller, "left the ledger")
                continue
            row = await outbox.enqueue(
                db,
                keyring,
                channel="sms",
                route_id="r" * 32,
                outbound=Outbound("x"),
                kind="bulk",
                now=now,
            )
            taken = state is ledger.State.CANCELLED
            values = {"state": state, "error": discussions.TAKEN_BACK if taken else None}
            await db.execute(
                ledger.outbox.update().where(ledger.outbox.c.id == row).values(values)
            )
            await discussions.leaves(db, made, teller, "" if taken else row)
    async with database.reading() as db:
        (standing,) = await discussions.standings(db, made)
    assert standing == Standing("sw", 6, 1, 1, 1, 1, 1)
    assert standing.older == 1


TAGS = ["en", "fr", "sw", "xx"]


@given(
    written=st.sets(st.sampled_from(TAGS)),
    language=st.sampled_from(TAGS),
    base=st.sampled_from(TAGS),
)
def test_whoever_asks_gets_words_if_there_are_any_their_own_first(written, language, base):
    texts = {tag: Outcome(tag) for tag in sorted(written)}
    found = wording(texts, language, base)
    assert (found is None) == (not written)
    if found is not None:
        tag, outcome = found
        assert outcome.full == tag
        expected = next((one for one in (language, base) if one in written), tag)
        assert tag == expected


def test_an_sms_takes_the_short_words_where_there_are_some():
    assert Outcome("Full.", "S.").text(sms=True) == "S."
    assert Outcome("Full.").text(sms=True) == "Full."
    assert Outcome("Full.", "S.").text(sms=False) == "Full."
