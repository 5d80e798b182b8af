import asyncio

import pytest
from sqlalchemy import select

from forum import keyholders
from grievances import case, entries
from grievances.entries import PART, Audience, Draft, Kind, Part
from vault import codes
from vault.seals import new_pair

WORDS = "The supports are broken."


@pytest.fixture
async def opened(database, secretary, file):
    """A case and its private key."""
    case_id = (await file(WORDS)).case_id
    async with database.reading() as db:
        member = secretary.member.id
        return case_id, await keyholders.open_subject(db, case_id, member, secretary.private)


async def _write(database, case_id, draft, now):
    async with database.transaction() as db:
        held = await case.hold(db, case_id)
        return await entries.write(db, case_id, held.public_key, draft, now)


@pytest.fixture
def say(database, opened, now):
    """Write so many entries more; returns the id of the last."""

    async def said(times=1, **more):
        async with database.transaction() as db:
            held = await case.hold(db, opened[0])
            for _ in range(times):
                draft = Draft("more", **more)
                last = await entries.write(db, held.id, held.public_key, draft, now)
        return last

    return said


async def _read(database, opened):
    async with database.reading() as db:
        return await entries.read(db, *opened)


async def test_a_thread_is_read_in_the_order_in_which_it_was_written(database, opened, now):
    for text in ("two", "three", "four"):
        await _write(database, opened[0], Draft(text), now)
    assert [each.text for each in await _read(database, opened)] == [WORDS, "two", "three", "four"]


async def test_writers_at_once_all_get_their_place(database, opened, now):
    texts = [str(n) for n in range(12)]
    await asyncio.gather(*(_write(database, opened[0], Draft(t), now) for t in texts))
    thread = await _read(database, opened)
    assert [each.n for each in thread] == list(range(1, 14))
    assert {each.text for each in thread} == {WORDS, *texts}


async def test_an_entry_says_who_wrote_what_for_whom(database, opened, now):
    draft = Draft("by the river", Kind.PLACE, "m" * 32, Audience.INTERNAL)
    await _write(database, opened[0], draft, now)
    entry = (await _read(database, opened))[-1]
    assert (entry.kind, entry.author, entry.audience) == (Kind.PLACE, "m" * 32, Audience.INTERNAL)


async def test_no_word_stands_in_the_table(database, opened):
    async with database.reading() as db:
        (row,) = await db.execute(select(entries.entries))
    assert not any(b"supports" in value for value in row if isinstance(value, bytes))


async def test_another_key_opens_no_word_and_hides_no_entry(database, opened):
    async with database.reading() as db:
        (entry,) = await entries.read(db, opened[0], new_pair().private)
    assert entry.text is None


async def test_an_entry_cannot_be_passed_off_as_another(database, opened, now):
    await _write(database, opened[0], Draft("second"), now)
    async with database.transaction() as db:
        first, second = (
            await db.execute(select(entries.entries).order_by(entries.entries.c.n))
        ).all()
        await db.execute(
            entries.entries.update()
            .where(entries.entries.c.id == first.id)
            .values(sealed=second.sealed)
        )
    assert [each.text for each in await _read(database, opened)] == [None, "second"]


async def test_any_text_is_kept(database, opened, now):
    for text in ("", "\0", "\ud800", "ى", "💥" * 3000, "x" * 10_000):
        await _write(database, opened[0], Draft(text), now)
        expected = text.encode("utf-8", "replace").decode()
        assert (await _read(database, opened))[-1].text == expected


def test_a_receipt_code_is_cut_out_of_what_is_said():
    code = codes.mint().text
    assert code not in entries.spoken(f"my code is {code} please").text


def test_a_draft_and_an_entry_are_never_printed():
    assert "secret" not in repr(Draft("secret"))


async def test_the_first_reading_and_delivery_count(database, opened, now):
    entry_id = (await _read(database, opened))[0].id
    later = now.replace(hour=12)
    for moment in (now, later):
        async with database.transaction() as db:
            await entries.mark_read(db, [entry_id], moment)
            await entries.mark_delivered(db, [entry_id], moment)
    entry = (await _read(database, opened))[0]
    assert (entry.read_at, entry.delivered_at) == (now, now)


async def test_a_long_thread_is_read_in_parts_counted_from_the_newest(database, opened, say):
    await say(2 * PART + 6)
    seen, wished = [], None
    async with database.reading() as db:
        while wished != 0:
            part = await entries.part_with(db, opened[0], wished)
            numbers = [entry.n for entry in await entries.read(db, *opened, part)]
            assert numbers == list(range(part.first, part.last + 1))
            assert (part.later_from is None) is (not seen)
            seen += reversed(numbers)
            wished = part.earlier or 0
    assert seen == list(range(2 * PART + 7, 0, -1))


async def test_an_entry_stands_in_its_part(database, opened, say):
    await say(PART + 1)
    newest, oldest = (3, PART + 2), (1, 2)
    found = {None: newest, 0: oldest, 1: oldest, 2: oldest, 3: newest, 999_999: newest}
    async with database.reading() as db:
        for wished, (first, last) in found.items():
            part = await entries.part_with(db, opened[0], wished)
            assert (part.first, part.last) == (first, last), wished
            assert (part.later_from is None) is (last == PART + 2)


async def test_a_thread_with_nothing_in_it_is_one_part(database):
    async with database.reading() as db:
        assert await entries.part_with(db, "c" * 32, 7) == Part(1, 0)
        assert await entries.newest_word(db, "c" * 32) == ""


async def test_the_reporters_newest_word_is_found_behind_all_that_staff_wrote(
    database, opened, say
):
    theirs = await say()
    await say(3, author="m" * 32)
    async with database.reading() as db:
        assert await entries.newest_word(db, opened[0]) == theirs
