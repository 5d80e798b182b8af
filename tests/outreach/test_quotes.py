from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from forum import keyholders
from forum.members import NotAllowed
from outreach import quotes, voices
from outreach.quotes import ENOUGH, Moved, State, exact
from outreach.voices import Consent, narrower

SOURCE = "We wash the sand of the thousand pits, and Joseph takes the money.\nNobody asks us."


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("We wash the sand", True),
        ("  We wash\nthe sand ", True),
        ("and [a name] takes the money. [...] asks us.", True),
        ("takes the money. Nobody asks us.", True),
        ("“Nobody asks us!”", True),
        ("Everybody asks us.", False),
        ("we wash the sand", False),
        ("the thousand pit", False),  # half a word
        ("Nobody asks us. [...] We wash", False),  # in another order
        ("wash [...] wash", False),  # twice what was said once
        ("[...]", False),
        ("", False),
        (" . ", False),
    ],
)
def test_a_quote_is_made_of_the_storys_words_in_their_order(text, is_so):
    assert exact(text, SOURCE) is is_so


@given(st.lists(st.sampled_from(SOURCE.split()), min_size=1), st.text(max_size=60))
def test_any_text_is_judged(words, text):
    assert exact(" ".join(words), " ".join(words)) is True
    exact(text, SOURCE)
    exact(SOURCE, text)


@pytest.fixture
async def joseph_and_key(triager):
    return await triager("Joseph")


@pytest.fixture
def joseph(joseph_and_key):
    return joseph_and_key[0]


@pytest.fixture
async def told(stories, amina, joseph, amina_key, database):
    """Tell a story; return it and its private key."""

    async def made(consent=Consent.UNNAMED):
        voice = await stories.tell(SOURCE, consent=consent)
        async with database.reading() as db:
            return voice, await keyholders.open_subject(db, voice.id, *amina_key)

    return made


@pytest.fixture
def shown(database):
    async def texts(**given):
        async with database.reading() as db:
            return [one.text for one in (await quotes.released(db, **given)).rows]

    return texts


@pytest.fixture
def narrow(database, now, amina):
    async def done(voice, to):
        async with database.transaction() as db:
            await quotes.narrow(db, voice.id, to, by=amina, now=now)

    return done


async def row_of(database, quote_id):
    async with database.reading() as db:
        return (
            await db.execute(select(quotes.quotes).where(quotes.quotes.c.id == quote_id))
        ).one()


async def test_words_are_sealed_until_a_second_person_releases_them(
    told, stories, amina, joseph, database, shown
):
    voice, private = await told()
    quote_id = await stories.propose(voice, "We wash the sand", amina)
    row = await row_of(database, quote_id)
    assert (row.text, b"wash" in row.sealed) == (None, False)
    assert await shown() == []
    with pytest.raises(NotAllowed):
        await stories.release(quote_id, private, amina)
    assert await shown() == []
    await stories.release(quote_id, private, joseph)
    assert await shown() == ["We wash the sand"]
    row = await row_of(database, quote_id)
    assert (row.sealed, row.moved_by) == (None, joseph.id)
    with pytest.raises(Moved):
        await stories.release(quote_id, private, joseph)


async def test_of_what_is_only_for_the_forum_nothing_is_quoted(told, stories, amina):
    voice, _ = await told(Consent.INTERNAL)
    with pytest.raises(Moved):
        await stories.propose(voice, "We wash the sand", amina)


async def test_words_that_are_taken_back_are_erased(
    told, stories, amina, joseph, database, now, shown
):
    voice, private = await told()
    waits = await stories.propose(voice, "We wash", amina)
    stands = await stories.propose(voice, "Nobody asks us", amina)
    await stories.release(stands, private, joseph)
    for quote_id in (waits, stands):
        async with database.transaction() as db:
            await quotes.take_back(db, quote_id, by=amina, now=now)
        row = await row_of(database, quote_id)
        assert (row.state, row.text, row.sealed) == (State.GONE, None, None)
        with pytest.raises(Moved):
            async with database.transaction() as db:
                await quotes.take_back(db, quote_id, by=amina, now=now)
    assert await shown() == []
    async with database.reading() as db:
        assert await quotes.of_voice(db, voice.id) == []


@pytest.mark.parametrize("before", Consent)
@pytest.mark.parametrize("to", Consent)
async def test_consent_is_narrowed_and_never_widened(
    told, narrow, stories, before, to, joseph, shown, amina
):
    voice, private = await told(before)
    if before is not Consent.INTERNAL:
        quote_id = await stories.propose(voice, "We wash", amina)
        await stories.release(quote_id, private, joseph)
    if to in narrower(before):
        await narrow(voice, to)
        assert (await stories.find(voice.id)).consent is to
        assert await shown() == []
    else:
        with pytest.raises(Moved):
            await narrow(voice, to)
        assert (await stories.find(voice.id)).consent is before
        assert await shown() == ([] if before is Consent.INTERNAL else ["We wash"])


async def test_what_was_proposed_under_more_consent_is_not_released(
    told, narrow, stories, amina, joseph, database
):
    voice, private = await told(Consent.PUBLIC)
    quote_id = await stories.propose(voice, "Joseph takes the money", amina)
    await narrow(voice, Consent.UNNAMED)
    with pytest.raises(Moved):
        await stories.release(quote_id, private, joseph)
    assert (await row_of(database, quote_id)).sealed is None
    anew = await stories.propose(voice, "[a name] takes the money", amina)
    await stories.release(anew, private, joseph)


async def test_the_voice_is_asked_again_whenever_quotes_are_shown(
    told, stories, amina, joseph, database, shown
):
    voice, private = await told(Consent.PUBLIC)
    quote_id = await stories.propose(voice, "We wash", amina)
    await stories.release(quote_id, private, joseph)
    for consent in Consent:
        async with database.transaction() as db:
            its = voices.voices.c.id == voice.id
            await db.execute(update(voices.voices).where(its).values(consent=consent))
        assert await shown() == (["We wash"] if consent in ENOUGH[Consent.PUBLIC] else [])


async def test_quotes_come_in_pages_and_by_language(
    told, stories, amina, joseph, database, shown, monkeypatch
):
    voice, private = await told()
    for n, (text, language) in enumerate([("We", "sw"), ("wash", "fr"), ("the", "sw")]):
        quote_id = await stories.propose(voice, text, amina, language=language)
        stories.now += timedelta(minutes=n % 2)
        await stories.release(quote_id, private, joseph)
    assert set(await shown(language="sw")) == {"We", "the"}
    seen, after = [], None
    async with database.reading() as db:
        assert await quotes.languages_used(db) == ["fr", "sw"]
        while True:
            listed = await quotes.released(db, after=after, limit=1)
            seen += [one.text for one in listed.rows]
            if (after := listed.next) is None:
                break
    assert sorted(seen) == ["We", "the", "wash"]


async def test_who_waits_for_a_second_person_is_told_once(told, stories, amina, joseph, database):
    (first, _), (second, private) = await told(), await told()
    await stories.propose(first, "We", amina)
    stories.now += timedelta(minutes=1)
    for _ in range(2):
        quote_id = await stories.propose(second, "wash", amina)
    async with database.reading() as db:
        assert await quotes.waiting(db) == [first.id, second.id]
    await stories.release(quote_id, private, joseph)
    async with database.reading() as db:
        assert await quotes.waiting(db) == [first.id, second.id]
        assert len(await quotes.of_voice(db, second.id)) == 2
