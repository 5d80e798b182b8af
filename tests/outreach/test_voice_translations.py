import pytest
from sqlalchemy import select

from forum import keyholders
from outreach import voice_translations
from outreach.voice_translations import Changed, Origin
from vault.seals import CannotOpen, new_pair


@pytest.fixture
def private(database, amina_key):
    async def opened(voice):
        async with database.reading() as db:
            return await keyholders.open_subject(db, voice.id, *amina_key)

    return opened


async def newest(database, *found):
    async with database.reading() as db:
        return await voice_translations.newest(db, [voice.id for voice in found])


async def test_a_translation_is_read_with_the_voices_key(stories, amina, database, private):
    voice = await stories.tell()
    await stories.translate(voice, "They wash the sand.", amina)
    ((one,),) = (await newest(database, voice)).values()
    assert voice_translations.read(await private(voice), one) == "They wash the sand."
    assert (one.language, one.edition, one.origin, one.by) == ("en", 1, "human", amina.id)
    with pytest.raises(CannotOpen):
        voice_translations.read(new_pair().private, one)
    async with database.reading() as db:
        (row,) = await db.execute(select(voice_translations.voice_translations))
    assert b"wash" not in row.sealed


async def test_every_edition_stays_and_the_newest_of_each_language_is_shown(
    stories, amina, database, private
):
    voice, other = await stories.tell(), await stories.tell()
    await stories.translate(voice, "A machine said.", amina, origin=Origin.MACHINE)
    await stories.translate(voice, "A person said.", amina, seen=1)
    await stories.translate(voice, "On dit.", amina, language="fr")
    await stories.translate(other, "", amina)
    found = await newest(database, voice, other)
    key = await private(voice)
    shown = {one.language: voice_translations.read(key, one) for one in found[voice.id]}
    assert shown == {"en": "A person said.", "fr": "On dit."}
    assert [one.edition for one in found[other.id]] == [1]
    async with database.reading() as db:
        editions = await voice_translations.history(db, voice.id)
    assert [(one.language, one.edition, one.origin) for one in editions] == [
        ("en", 2, Origin.HUMAN),
        ("en", 1, Origin.MACHINE),
        ("fr", 1, Origin.HUMAN),
    ]


@pytest.mark.parametrize("seen", [-1, 0, 2, 10**9])
async def test_who_has_not_seen_the_newest_edition_overwrites_nothing(
    stories, amina, database, seen
):
    voice = await stories.tell()
    await stories.translate(voice, "First.", amina)
    with pytest.raises(Changed):
        await stories.translate(voice, "Second.", amina, seen=seen)
    ((one,),) = (await newest(database, voice)).values()
    assert one.edition == 1


async def test_any_words_are_kept(stories, amina, database, private):
    for text in ("\0", "\ud800", "💥" * 3000):
        voice = await stories.tell()
        await stories.translate(voice, text, amina)
        ((one,),) = (await newest(database, voice)).values()
        expected = text.encode("utf-8", "replace").decode()
        assert voice_translations.read(await private(voice), one) == expected
