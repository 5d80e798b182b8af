import pytest

from forum.members import Role
from outreach import lessons
from outreach.lessons import Part, Words
from tests.support.school import School, lesson


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def school(database, now):
    return School(database, now)


@pytest.fixture
async def rehema(join):
    return await join(Role.OFFICIAL, name="Rehema Juma")


@pytest.fixture
async def path(school):
    series = await school.write(lesson(1), lesson(2), opened=False)
    return f"/lessons/{series.id}"


@pytest.fixture
def course(database, path):
    async def read():
        async with database.reading() as db:
            return await lessons.course_of(db, path.rpartition("/")[2], 1)

    return read


async def test_a_lesson_is_written_in_languages_beside_each_other(rehema, path, course):
    data = {
        "right": "2",
        "lesson-full-en": "Wash \u2013 often.",
        "lesson-short-en": "Wash \u2013 now.",
        "question-full-en": "When? 1 Never 2 Often",
        "wrong-full-en": "It is 2.",
        "lesson-full-fr": "Lavez.",
        "machine-fr": "1",
    }
    text = await (await rehema.post(f"{path}/3", data)).text()
    assert "The lesson is kept." in text
    assert "half written" in text
    made = (await course()).lesson(3)
    assert made.right == "2"
    assert made.words(Part.LESSON, "en") == Words("Wash \u2013 often.", "Wash - now.")
    assert made.words(Part.LESSON, "fr") == Words("Lavez.", "", machine=True)
    text = await rehema.page(f"{path}/3")
    assert "Wash \u2013 often." in text
    assert "1 segment as an SMS" in text


async def test_a_short_text_alone_is_the_full_one_too(rehema, path, course):
    await rehema.post(f"{path}/1", {"lesson-short-en": "Wash."})
    assert (await course()).lesson(1).words(Part.LESSON, "en").full == "Wash."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Write the lesson in at least one language."),
        ({"lesson-full-en": "x" * 700}, "This is too long."),
        ({"lesson-full-en": "Kept?", "right": "9"}, "Choose one of these."),
        ({"lesson-full-en": "Kept?", "right": "12"}, "Choose one of these."),
    ],
)
async def test_what_cannot_be_kept_is_given_back(rehema, path, course, data, said):
    answer = await rehema.post(f"{path}/1", data)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert data.get("lesson-full-en", "") in text
    assert (await course()).lesson(1) == lesson(1)


async def test_lessons_change_places_and_are_taken_away(rehema, path, course):
    await rehema.post(f"{path}/2/up", on=path)
    first = (await course()).lesson(1)
    assert first.words(Part.LESSON, "en").full == "Look up 2 lesson en."
    await rehema.post(f"{path}/1/up", on=path)
    assert (await course()).lesson(1) == first
    text = await (await rehema.post(f"{path}/1/remove", on=path)).text()
    assert "The lesson is taken away." in text
    assert len((await course()).lessons) == 1


async def test_there_is_no_such_lesson(rehema, path, school):
    for position in ("0", "4", "x", "99"):
        assert (await rehema.get(f"{path}/{position}")).status == 404
    for act in ("up", "remove"):
        assert (await rehema.post(f"{path}/3/{act}", on=path)).status == 404


async def test_what_is_open_has_no_form(rehema, school):
    series = await school.write(lesson(1), name="Open")
    assert (await rehema.get(f"/lessons/{series.id}/1")).status == 404
