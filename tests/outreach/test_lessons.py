import pytest

from outreach import lessons
from outreach.lessons import (
    MOST_LESSONS,
    MOST_OPEN,
    CannotOpen,
    Course,
    Flaw,
    Full,
    Lesson,
    Moved,
    Part,
    State,
    Words,
)
from tests.support.school import School, lesson


@pytest.fixture
def school(database, now):
    return School(database, now)


@pytest.fixture
def course(database):
    async def read(series, edition=None):
        async with database.reading() as db:
            return await lessons.course_of(db, series.id, edition or series.shown)

    return read


async def test_a_series_is_written_and_opened(school, course):
    series = await school.write(lesson(1, "2"), lesson(2))
    assert (series.state, series.edition, series.drafting) == (State.OPEN, 1, 0)
    found = await course(series)
    assert found.lessons == [lesson(1, "2"), lesson(2)]
    assert found.titles == {"en": Words("Pits en")}


async def test_what_is_open_is_not_changed_and_the_next_edition_is(school, course):
    series = await school.write(lesson(1), lesson(2))
    with pytest.raises(Moved):
        await school.do(lessons.put, series, lesson(1, word="New"))
    await school.do(lessons.revise, series)
    drafted = await school.find(series.id)
    assert (drafted.edition, drafted.drafting, drafted.shown) == (1, 2, 2)
    with pytest.raises(Moved):
        await school.do(lessons.revise, drafted)
    await school.do(lessons.put, drafted, lesson(1, word="New"))
    assert (await course(series, 1)).lessons[0] == lesson(1)
    assert (await course(series, 2)).lessons == [lesson(1, word="New"), lesson(2)]
    await school.do(lessons.release, drafted)
    assert (await school.find(series.id)).edition == 2


async def test_lessons_change_places_and_go(school, course):
    series = await school.write(lesson(1, "1"), lesson(2), lesson(3), opened=False)
    await school.do(lessons.reorder, series, [3, 1])
    found = await course(series)
    assert [(one.position, one.right) for one in found.lessons] == [(1, ""), (2, "1")]
    assert found.lessons[0].words(Part.LESSON, "en") == Words("Look up 3 lesson en.")
    for order in ([1, 1], [3]):
        with pytest.raises(Moved):
            await school.do(lessons.reorder, series, order)


async def test_a_lesson_is_added_behind_the_last_alone(school):
    series = await school.write(lesson(1), opened=False)
    for position in (0, 3):
        with pytest.raises(Moved):
            await school.do(lessons.put, series, lesson(position))


async def test_there_are_not_more_than_a_school_of_messages(school, monkeypatch):
    monkeypatch.setattr(lessons, "MOST_LESSONS", 1)
    series = await school.write(lesson(1), opened=False)
    with pytest.raises(Moved):
        await school.do(lessons.put, series, lesson(2))
    assert MOST_LESSONS > 1


async def test_what_is_flawed_is_not_opened(school):
    series = await school.write(opened=False)
    with pytest.raises(CannotOpen):
        await school.do(lessons.release, series)


async def test_as_many_are_open_as_one_list_holds(school):
    made = [await school.write(lesson(1), name=f"N{n}") for n in range(MOST_OPEN)]
    another = await school.write(lesson(1), opened=False)
    with pytest.raises(Full):
        await school.do(lessons.release, another)
    await school.do(lessons.turn, made[0], closed=True)
    await school.do(lessons.release, another)
    with pytest.raises(Full):
        await school.do(lessons.turn, made[0], closed=False)
    with pytest.raises(Moved):
        await school.do(lessons.turn, made[0], closed=True)


@pytest.mark.parametrize(
    ("course", "flaw"),
    [
        (Course({}, [lesson(1)]), {(0, Part.TITLE, "en"): Flaw.MISSING}),
        (Course({"en": Words("x" * 25)}, [lesson(1)]), {(0, Part.TITLE, "en"): Flaw.LONG}),
        (Course({"en": Words("x" * 25, "x")}, [lesson(1)]), {}),
        (Course({"en": Words("T")}, []), {(1, Part.LESSON, "en"): Flaw.MISSING}),
        (
            Course({"en": Words("T")}, [lesson(1, tags=("fr",))]),
            {(1, Part.LESSON, "en"): Flaw.MISSING},
        ),
        (
            Course(
                {"en": Words("T")},
                [Lesson(1, "1", {**lesson(1, "1").texts, (Part.LESSON, "fr"): Words("L")})],
            ),
            {(1, Part.QUESTION, "fr"): Flaw.HALF, (1, Part.WRONG, "fr"): Flaw.HALF},
        ),
        (
            Course({"en": Words("T")}, [lesson(1, word="x" * 700)]),
            {(1, Part.LESSON, "en"): Flaw.LONG},
        ),
    ],
)
def test_what_is_wrong_is_named(course, flaw):
    assert lessons.flaws(course, "en") == flaw


def test_a_lesson_is_told_in_one_language_and_half_a_one_is_not_told():
    half = {**lesson(1, "1").texts, (Part.LESSON, "fr"): Words("L")}
    assert Lesson(1, "1", half).spoken("fr", "en") == "en"
    assert lesson(1, "1", tags=("en", "fr")).spoken("fr", "en") == "fr"
    assert lesson(1).spoken("sw", "en") == "en"
