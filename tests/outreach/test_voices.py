from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.base import Media
from forum import attachments, keyholders, members
from forum.members import Role
from outreach import voices
from outreach.voice_marks import Kind
from outreach.voices import EVERY, PAGE, Consent, Linked, Sift
from vault import codes
from vault.seals import CannotOpen, new_pair


@pytest.fixture
async def secretary(database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        member = await members.join(
            db,
            email="s@example.org",
            name="S",
            role=Role.SECRETARY,
            language="en",
            keys=keys,
            now=now,
        )
    return member.id, keys.pair.private


@pytest.fixture
def keep(database, keyring, now):
    async def kept(story="We plant trees.", when=now, **more):
        given = {"consent": Consent.UNNAMED, "language": "sw", "channel": "sms", **more}
        async with database.transaction() as db:
            return await voices.keep(db, keyring, story=story, now=when, **given)

    return kept


@pytest.fixture
def read(database, secretary):
    async def opened(voice_id):
        async with database.reading() as db:
            private = await keyholders.open_subject(db, voice_id, *secretary)
            return voices.read(private, await voices.get(db, voice_id))

    return opened


async def test_a_story_is_read_by_who_holds_its_key(secretary, keep, read):
    assert await read(await keep("We plant trees.")) == "We plant trees."


async def test_another_key_opens_nothing(secretary, keep, database):
    voice_id = await keep()
    async with database.reading() as db:
        voice = await voices.get(db, voice_id)
    with pytest.raises(CannotOpen):
        voices.read(new_pair().private, voice)


async def test_no_word_and_no_way_back_stands_in_the_table(keep, database):
    await keep("We plant trees.")
    async with database.reading() as db:
        (row,) = await db.execute(select(voices.voices))
    assert b"plant" not in row.sealed
    assert set(row._mapping) == {
        "id",
        "public_key",
        "sealed",
        "consent",
        "language",
        "channel",
        "at",
    }


async def test_a_receipt_code_in_a_story_is_cut_out(secretary, keep, read):
    code = codes.mint().text
    assert await read(await keep(f"Trees. {code}")) == "Trees. [code]"


async def test_any_story_is_kept(secretary, keep, read):
    for story in ("", "\0", "\ud800", "💥" * 3000):
        expected = story.encode("utf-8", "replace").decode()
        assert await read(await keep(story)) == expected


async def test_what_came_with_a_story_is_fetched_for_it(keep, database):
    voice_id = await keep("", attachments=[Media("r", "voice", "audio/ogg")])
    async with database.reading() as db:
        (kept,) = await attachments.of_subject(db, voice_id)
    assert (kept.kind, kept.state) == ("voice", attachments.State.WAITING)


async def test_pages_hold_every_voice_once_the_newest_first(keep, database, now):
    kept = [await keep(when=now + timedelta(minutes=n // 2)) for n in range(PAGE + 3)]
    async with database.reading() as db:
        first = await voices.page(db)
        second = await voices.page(db, after=first.next)
        assert await voices.count(db) == PAGE + 3
    seen = [*first.rows, *second.rows]
    assert (len(first.rows), len(second.rows), second.next) == (PAGE, 3, None)
    assert {voice.id for voice in seen} == set(kept)
    assert [voice.at for voice in seen] == sorted((voice.at for voice in seen), reverse=True)


async def test_a_damaged_cursor_begins_at_the_front(keep, database):
    await keep()
    for after in ("", "x", "2026-05-12_a", "_\0"):
        async with database.reading() as db:
            assert len((await voices.page(db, after=after)).rows) == 1


async def test_a_voice_that_is_not_there_is_none(database):
    async with database.reading() as db:
        assert await voices.get(db, "0" * 32) is None


async def test_voices_are_sifted_by_what_is_known_of_them(stories, amina, database):
    theme = await stories.theme("Water", amina)
    washed = await stories.tell("a")
    await stories.file(washed, amina, theme={theme}, tag={"sand"}, rule={"r" * 32})
    spoken = await stories.tell("b", language="fr", consent=Consent.PUBLIC)
    await stories.file(spoken, amina, tag={"sand"}, agenda={"May 3"})
    plain = await stories.tell("c")
    cases = {
        EVERY: {washed, spoken, plain},
        Sift(theme=theme): {washed},
        Sift(theme="t" * 32): set(),
        Sift(tag="sand"): {washed, spoken},
        Sift(tag="sand", language="fr"): {spoken},
        Sift(rule="r" * 32): {washed},
        Sift(agenda="May 3"): {spoken},
        Sift(consent=Consent.PUBLIC): {spoken},
        Sift(linked=Linked.RULE): {washed},
        Sift(linked=Linked.AGENDA): {spoken},
        Sift(linked=Linked.NOTHING): {plain},
        Sift(linked="anything"): {washed, spoken, plain},
    }
    async with database.reading() as db:
        for sift, expected in cases.items():
            found = {voice.id for voice in (await voices.page(db, sift=sift)).rows}
            assert found == {voice.id for voice in expected}, sift
            assert await voices.count(db, sift) == len(expected), sift


async def test_pages_of_what_is_sifted_hold_nothing_else(stories, amina, database, monkeypatch):
    monkeypatch.setattr(voices, "PAGE", 1)
    wanted = [await stories.tell() for _ in range(2)]
    for voice in wanted:
        await stories.file(voice, amina, tag={"sand"})
    await stories.tell()
    sift, seen, after = Sift(tag="sand"), [], None
    async with database.reading() as db:
        while True:
            listed = await voices.page(db, after=after, sift=sift)
            seen += [voice.id for voice in listed.rows]
            if (after := listed.next) is None:
                break
    assert sorted(seen) == sorted(voice.id for voice in wanted)


def test_there_is_a_field_for_each_kind_of_mark():
    assert {*Kind} <= {*Sift.__dataclass_fields__}


async def test_the_languages_of_all_voices_are_named_once(keep, database):
    for language in ("sw", "fr", "sw"):
        await keep(language=language)
    async with database.reading() as db:
        assert await voices.languages_used(db) == ["fr", "sw"]
