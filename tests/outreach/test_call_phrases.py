import asyncio
from dataclasses import replace

import pytest

from bots import calling
from channels import sounds
from outreach import announcements, call_phrases, steering
from outreach.call_phrases import Phrase
from outreach.recordings import Fault, Unfit
from tests.support.exchange import Exchange
from tests.support.spoken import opus, wav

SW = calling.words("sw")


@pytest.fixture
def keep(database, now):
    async def kept(phrase=Phrase.OTHERS, mime="audio/wav", content=None, words=SW):
        async with database.transaction() as db:
            given = {"words": words, "by": "m" * 32, "now": now}
            content = wav(3) if content is None else content
            await call_phrases.keep(db, phrase, "sw", mime, content, **given)

    return kept


@pytest.fixture
def played(database):
    async def found(language="sw", words=SW):
        async with database.reading() as db:
            return await call_phrases.played(db, language, words)

    return found


async def test_what_is_recorded_is_played_in_its_language_alone(keep, played):
    await keep()
    found = await played()
    assert [(one, play.seconds) for one, play in found.items()] == [(Phrase.OTHERS, 3)]
    assert await played("fr", calling.words("fr")) == {}


async def test_a_new_recording_takes_the_place_of_the_one_before(keep, played, database):
    await keep()
    before = (await played())[Phrase.OTHERS]
    await keep(mime="audio/wav", content=wav(5))
    after = (await played())[Phrase.OTHERS]
    assert after.seconds == 5
    async with database.reading() as db:
        assert await sounds.get(db, before.sound) is None


async def test_what_says_other_words_by_now_is_not_played(keep, played, database):
    await keep()
    other = {**SW, Phrase.OTHERS: "Bonyeza 8."}
    assert await played(words=other) == {}
    async with database.reading() as db:
        assert (await call_phrases.of(db, "sw", other))[Phrase.OTHERS].stale


@pytest.mark.parametrize(
    ("mime", "content", "fault"),
    [
        ("audio/mpeg", b"", Fault.NONE),
        ("audio/mpeg", b"no sound", Fault.KIND),
        ("audio/ogg", opus(2), Fault.CALLS),
    ],
)
async def test_what_a_call_cannot_play_is_not_kept(keep, played, mime, content, fault):
    with pytest.raises(Unfit) as unfit:
        await keep(mime=mime, content=content)
    assert unfit.value.fault is fault
    assert await played() == {}


async def test_a_recording_is_taken_away_once(keep, played, database, now):
    await keep()
    for gone in (True, False):
        async with database.transaction() as db:
            given = {"by": "m" * 32, "now": now}
            assert await call_phrases.remove(db, Phrase.OTHERS, "sw", **given) is gone
    assert await played() == {}


async def test_a_language_is_mute_until_all_is_recorded_or_a_machine_reads_it(keep, database):
    words = {tag: calling.words(tag) for tag in ("en", "sw")}

    async def mute():
        async with database.reading() as db:
            return await call_phrases.mute(db, words, words)

    for phrase in Phrase:
        assert await mute() == ["sw"]
        await keep(phrase)
    assert await mute() == []


# --- what was approved is what is heard


@pytest.fixture
def ground(database, keyring, now):
    return Exchange(database, keyring, now)


@pytest.fixture
async def going(ground):
    """A broadcast that calls people up in English; its id, and who wrote it."""
    site = await ground.site("KB12")
    rule = await ground.rule(site)
    await ground.record(rule, "12")
    await ground.greet("en")
    await ground.list_people((1, "sms", "en", site))
    return await ground.draft(rule)


async def refused(ground):
    """Return whether the greeting in English can neither be replaced nor taken away."""
    gone = ground.do(call_phrases.remove, Phrase.GREETING, "en", by="m" * 32)
    found = [await asyncio.gather(deed, return_exceptions=True) for deed in (ground.greet(), gone)]
    faults = [one.fault if isinstance(one, Unfit) else None for (one,) in found]
    assert faults in ([Fault.IN_USE] * 2, [None] * 2)
    return faults[0] is Fault.IN_USE


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("paused", [False, True])
async def test_what_calls_play_stays_as_it_was_approved(ground, going, begun, paused):
    made, author = going
    await ground.alone(made, author)
    if begun:
        await ground.tick()
    if paused:
        await ground.do(steering.pause, made, by=author)
    assert await refused(ground)
    await ground.greet("sw")  # nobody is called in it
    await ground.do(steering.cancel, made, by=author)
    assert not await refused(ground)


async def test_what_has_begun_and_waits_for_a_second_person_again_holds_them_too(ground, going):
    made, author = going
    await ground.alone(made, author)
    await ground.tick()
    async with ground.database.transaction() as db:
        await announcements.move(db, made, announcements.State.ASKED, by=None, now=ground.now)
    assert await refused(ground)


async def test_a_draft_that_calls_and_a_broadcast_that_does_not_hold_nothing(ground, going):
    made, author = going
    assert not await refused(ground)
    this = await ground.find(made)
    given = {"edition": this.edition, "by": author}
    await ground.do(announcements.change, made, replace(this.draft, calls=False), **given)
    await ground.alone(made, author)
    assert not await refused(ground)
