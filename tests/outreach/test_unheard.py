from datetime import timedelta

import pytest
from sqlalchemy import true

from outreach import discussions, unheard, voices
from outreach.discussions import State
from outreach.report_backs import KEPT_FOR
from outreach.unheard import WARNED, Waits

WORDS = {"en": "A well."}


@pytest.fixture
def waiting(database, now):
    async def found(which=Waits.ALL, at=now):
        async with database.reading() as db:
            listed = await voices.page(db, also=[unheard.of(which, at)])
            assert await voices.count(db, also=[unheard.of(which, at)]) == len(listed.rows)
        return {one.id for one in listed.rows}

    return found


@pytest.fixture
def filed(stories, amina):
    async def told(value="Water", wishes=True):
        voice = await stories.tell()
        await stories.file(voice, amina, agenda={value} if value else set())
        if wishes:
            await stories.wish(voice)
        return voice.id

    return told


async def test_who_asked_waits_until_what_it_is_filed_under_is_told(
    filed, waiting, stories, amina
):
    water, roads, bare = await filed(), await filed("Roads"), await filed("")
    await filed(wishes=False)
    assert await waiting() == {water, roads, bare}
    await stories.discuss("agenda", "Water", amina, WORDS)  # a draft tells nobody
    assert await waiting() == {water, roads, bare}
    await stories.discuss("agenda", "Roads", amina, WORDS, told=True)
    assert await waiting() == {water, bare}


async def test_what_is_filed_after_it_was_told_was_not_told(filed, waiting, stories, amina, now):
    early = await stories.tell()
    await stories.wish(early)
    await stories.discuss("agenda", "Water", amina, WORDS, told=True)
    stories.now = now + timedelta(minutes=1)
    await stories.file(early, amina, agenda={"Water"})
    late = await filed()
    assert await waiting() == {early.id, late}


async def test_what_was_stopped_counts_as_not_told(filed, waiting, stories, amina, database):
    story = await filed()
    made = await stories.discuss("agenda", "Water", amina, WORDS, told=True)
    assert await waiting() == set()
    async with database.transaction() as db:
        await discussions.turn(db, made, State.TELLING, state=State.STOPPED)
    assert await waiting() == {story}


async def test_a_way_back_that_is_erased_soon_is_seen(filed, waiting, database, now):
    story = await filed()
    begins = now + KEPT_FOR - WARNED
    for later, found in ((-timedelta(days=2), set()), (timedelta(days=2), {story})):
        assert await waiting(Waits.SOON, begins + later) == found
        async with database.reading() as db:
            assert await unheard.soon(db, begins + later, true()) == len(found)
            assert await unheard.soon(db, begins + later, ~true()) == 0
