import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum import audit
from outreach import voice_marks
from outreach.voice_marks import (
    MOST,
    NO_MARKS,
    REFERENCE_LENGTH,
    TAG_LENGTH,
    CannotFile,
    Kind,
    Unfit,
    Used,
    references,
    tags,
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", set()),
        (" ,; \n", set()),
        ("Washing  Sand, water;mercury\nwater", {"washing sand", "water", "mercury"}),
        ("phase 2, 2026", {"phase 2", "2026"}),
        ("\0wa\u200bter", {"water"}),
    ],
)
def test_tags_are_typed_with_commas_between(typed, found):
    assert tags(typed) == found


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("x" * (TAG_LENGTH + 1), Unfit.LONG),
        (",".join(map(str, range(MOST + 1))), Unfit.MANY),
        ("0712 000 001", Unfit.TELLING),
        ("water, +255-712-000", Unfit.TELLING),
        ("joseph@forum.example", Unfit.TELLING),
    ],
)
def test_a_tag_that_cannot_be_is_refused(typed, why):
    with pytest.raises(CannotFile) as refused:
        tags(typed)
    assert refused.value.why is why


def test_an_item_of_an_agenda_keeps_its_letters_and_its_date():
    assert references("Meeting 2026-05-12/3") == {"Meeting 2026-05-12/3"}
    with pytest.raises(CannotFile):
        references("x" * (REFERENCE_LENGTH + 1))


@given(st.text(max_size=300))
def test_whatever_is_typed_is_kept_as_it_would_be_typed_again_or_refused(typed):
    for read in (tags, references):
        try:
            found = read(typed)
        except CannotFile:
            continue
        assert read(",".join(found)) == found
        assert all(one.isprintable() for one in found)


async def marks_of(database, voice):
    async with database.reading() as db:
        return (await voice_marks.of_voices(db, [voice.id]))[voice.id]


async def test_what_two_file_at_the_same_time_is_all_kept(stories, amina, database, now):
    voice = await stories.tell()
    await stories.file(voice, amina, tag={"water"}, agenda={"May 3"})
    seen = await marks_of(database, voice)
    await stories.file(voice, amina, tag={"sand"})
    async with database.transaction() as db:
        after = {**seen, Kind.TAG: frozenset({"river"})}
        given = {"before": seen, "after": after, "by": amina, "now": now}
        await voice_marks.change(db, voice.id, **given)
    kept = await marks_of(database, voice)
    assert kept == {
        **NO_MARKS,
        Kind.TAG: frozenset({"sand", "river"}),
        Kind.AGENDA: frozenset({"May 3"}),
    }


async def test_filing_stands_in_the_log_and_nothing_changed_does_not(
    stories, amina, database, now
):
    voice = await stories.tell()
    await stories.file(voice, amina, tag={"water"})
    async with database.transaction() as db:
        same = await voice_marks.of_voices(db, [voice.id])
        given = {"before": same[voice.id], "after": same[voice.id], "by": amina, "now": now}
        await voice_marks.change(db, voice.id, **given)
        (act,) = await audit.recent(db, acts=["voice.filed"])
    assert (act.actor, act.subject) == (amina.id, voice.id)


async def test_tags_in_use_are_counted_by_name(stories, amina, database):
    for found in ({"water", "sand"}, {"water"}, set()):
        await stories.file(await stories.tell(), amina, tag=found)
    async with database.reading() as db:
        assert await voice_marks.used(db, Kind.TAG) == [Used("sand", 1), Used("water", 2)]
        assert await voice_marks.used(db, Kind.AGENDA) == []


async def test_of_no_voice_nothing_is_said(database):
    async with database.reading() as db:
        assert await voice_marks.of_voices(db, []) == {}
