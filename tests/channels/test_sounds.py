import pytest

from channels import sounds


@pytest.fixture
async def sound(database, now):
    async with database.transaction() as db:
        return await sounds.keep(db, "audio/mpeg", 12, b"sound", now)


async def test_a_recording_is_kept_as_it_is(database, sound):
    async with database.reading() as db:
        kept = await sounds.get(db, sound)
    assert (kept.mime, kept.seconds, kept.known_as, kept.content) == (
        *("audio/mpeg", 12, None),
        b"sound",
    )
    assert "sound" not in repr(kept).replace("channels.sounds", "")


async def test_what_a_provider_knows_is_not_read_again(database, sound):
    async with database.transaction() as db:
        await sounds.name(db, sound, "AwACAgQAAx")
        named = await sounds.get(db, sound, whole=False)
        whole = await sounds.get(db, sound)
        await sounds.name(db, sound, None)
        forgotten = await sounds.get(db, sound, whole=False)
    assert (named.known_as, named.content) == ("AwACAgQAAx", b"")
    assert whole.content == b"sound"
    assert (forgotten.known_as, forgotten.content) == (None, b"sound")


async def test_what_is_forgotten_is_gone(database, sound):
    async with database.transaction() as db:
        await sounds.forget(db, [sound])
        assert await sounds.get(db, sound) is None


async def test_what_was_taken_away_is_known(database, sound):
    async with database.transaction() as db:
        assert await sounds.there(db, [sound, "x"]) == {sound}
        await sounds.forget(db, [sound])
        assert await sounds.there(db, [sound]) == frozenset()
