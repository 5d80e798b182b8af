from dataclasses import replace
from datetime import date

import pytest

from outreach import announcements
from outreach.announcements import TRANSITIONS, Changed, Draft, Fallback, State, Words
from outreach.audiences import Audience
from outreach.schedules import Schedule
from tests.support.newsroom import HOUR, TEXTS

FULL = Draft(
    "Fees",
    "en",
    parts=2,
    audience=Audience(languages=frozenset({"fr"})),
    fallback=Fallback.SKIP,
    rule_id="r" * 32,
)


async def test_it_is_read_as_it_was_written(room, rehema):
    schedule = Schedule(room.now + HOUR, 7 * 60, 19 * 60, 12, 7, 3, date(2026, 9, 1), (30, 7))
    draft = replace(FULL, schedule=schedule)
    made = await room.do(announcements.create, draft, by=rehema, texts=TEXTS)
    found = await room.find(made)
    assert found.draft == draft
    assert (found.state, found.edition, found.made_by) == (State.DRAFT, 1, rehema.id)
    async with room.database.reading() as reads:
        assert await announcements.texts(reads, made) == TEXTS


async def test_words_are_kept_changed_and_taken_away(room, rehema):
    made = await room.write(rehema)
    changes = {(0, "fr"): Words(""), (0, "sw"): Words("Ada ni 10.")}
    await room.do(announcements.say, made, changes, edition=1, by=rehema)
    async with room.database.reading() as reads:
        texts = await announcements.texts(reads, made)
    assert set(texts) == {(0, "en"), (0, "sw")}


async def test_fewer_parts_take_their_words_with_them(room, rehema):
    texts = {(0, "en"): Words("one"), (1, "en"): Words("two")}
    made = await room.write(rehema, texts, parts=2)
    await room.do(announcements.change, made, Draft("Fees", "en"), edition=1, by=rehema)
    async with room.database.reading() as reads:
        assert set(await announcements.texts(reads, made)) == {(0, "en")}


async def test_of_two_who_change_it_at_once_the_second_is_told(room, rehema, joseph):
    made = await room.write(rehema)
    await room.do(announcements.say, made, {(0, "en"): Words("A")}, edition=1, by=rehema)
    with pytest.raises(Changed):
        await room.do(announcements.say, made, {(0, "en"): Words("B")}, edition=1, by=joseph)
    async with room.database.reading() as reads:
        assert (await announcements.texts(reads, made))[0, "en"].short == "A"
        assert await announcements.authors(reads, made) == {rehema.id}


async def test_what_has_begun_is_never_changed(room, rehema, joseph):
    await room.list_people((3, "sms", "en"))
    made = await room.write(rehema)
    await room.let_go(made, rehema, joseph)
    await room.tick()
    with pytest.raises(Changed):
        await room.do(announcements.say, made, {(0, "en"): Words("B")}, edition=1, by=rehema)


def test_another_word_or_recipient_or_hour_is_another_content():
    same = announcements.content(FULL, TEXTS)
    others = [
        (replace(FULL, audience=Audience()), TEXTS),
        (replace(FULL, fallback=Fallback.BASE), TEXTS),
        (replace(FULL, schedule=Schedule(closes=21 * 60)), TEXTS),
        (replace(FULL, language="fr"), TEXTS),
        (replace(FULL, rule_id=None), TEXTS),
        (FULL, {**TEXTS, (0, "fr"): Words("Autre")}),
        (FULL, {**TEXTS, (0, "en"): Words(TEXTS[0, "en"].short, "other")}),
        (FULL, {(0, "en"): TEXTS[0, "en"]}),
    ]
    contents = {announcements.content(*one) for one in others}
    assert len(contents) == len(others)
    assert same not in contents
    assert announcements.content(replace(FULL, title="Taxes"), TEXTS) == same
    sounds = [{("en", "1"): "a"}, {("en", "1"): "b"}, {("en", "2"): "a"}, {("fr", "1"): "a"}]
    assert len({same, *(announcements.content(FULL, TEXTS, each) for each in sounds)}) == 5


async def test_the_content_of_what_is_kept_is_that_of_what_was_written(room, rehema):
    schedule = Schedule(starts_at=room.now + HOUR)
    draft = Draft("Fees", "en", schedule=schedule)
    made = await room.do(announcements.create, draft, by=rehema, texts=TEXTS)
    assert await room.content(made) == announcements.content(draft, TEXTS)


async def test_it_moves_by_its_table_only(room, rehema):
    made = await room.write(rehema)
    for to in State:
        allowed = to in TRANSITIONS[State.DRAFT]
        async with room.database.transaction() as db:
            await db.mark()
            assert await announcements.move(db, made, to, by=None, now=room.now) is allowed
            await db.undo()


async def test_pages_go_from_the_newest_on(room, rehema):
    made = []
    for n in range(3):
        room.now += HOUR
        made.append(await room.write(rehema, title=str(n)))
    async with room.database.reading() as reads:
        first = await announcements.recent(reads, limit=2)
        rest = await announcements.recent(reads, limit=2, before=first[-1].made_at)
    assert [one.draft.title for one in (*first, *rest)] == ["2", "1", "0"]


async def test_a_series_is_found_from_its_beginning(room, rehema):
    first = await room.write(rehema)
    next_one = await room.write(rehema, follows=first)
    again = await room.write(rehema, again_of=first)
    async with room.database.reading() as reads:
        found = await announcements.series(reads, first)
    assert {one.id for one in found} == {next_one, again}
