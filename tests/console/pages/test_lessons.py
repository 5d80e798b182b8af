import pytest

from channels.base import Address
from forum.members import Role
from outreach import learners, lessons
from outreach.learners import Verdict
from outreach.lessons import State
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
def only(database):
    async def found():
        async with database.reading() as db:
            (one,) = await lessons.every(db)
            return one, await lessons.course_of(db, one.id, one.shown)

    return found


@pytest.fixture
def learn(database, keyring, now):
    """Let so many people have the first lesson, and answer it."""

    async def learnt(series, right, wrong, done=0):
        async with database.transaction() as db:
            for n in range(right + wrong):
                who = Address("sms", f"+2547110{n:05}")
                given = {"language": "en", "now": now}
                one = await learners.join(db, keyring, series, who, **given)
                await learners.advance(db, one, last=n < done, every=3, now=now)
                verdict = Verdict.RIGHT if n < right else Verdict.WRONG
                await learners.judged(db, one.id, 1, verdict)

    return learnt


async def test_a_series_is_begun_titled_written_and_opened(rehema, only):
    assert "There are no lessons yet" in await rehema.page("/lessons")
    data = {"name": "Gold", "every": "3", "language": "en"}
    answer = await rehema.post("/lessons", data)
    series, _ = await only()
    path = f"/lessons/{series.id}"
    assert answer.url.path == path
    assert "There is no lesson yet." in await answer.text()
    answer = await rehema.post(f"{path}/open", on=path)
    assert answer.status == 422
    assert "Something must be mended first" in await answer.text()
    titles = {"name": "Gold 1", "every": "4", "title-en": "Gold", "title-sw": "Dhahabu"}
    await rehema.post(path, {**titles, "machine-sw": "1"})
    await rehema.post(f"{path}/1", {"lesson-full-en": "Wash."})
    text = await (await rehema.post(f"{path}/open", on=path)).text()
    assert "It is open." in text
    series, course = await only()
    assert (series.name, series.every, series.state) == ("Gold 1", 4, State.OPEN)
    assert course.titles["sw"].machine
    assert len(course.lessons) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give it a name of at most 80 characters."),
        ({"name": "x" * 81}, "Give it a name of at most 80 characters."),
        ({"every": "0"}, "Write a number of days, from 1 to 30."),
        ({"every": "31"}, "Write a number of days, from 1 to 30."),
        ({"language": "xx"}, "Choose one of these."),
    ],
)
async def test_what_cannot_be_begun_is_given_back(rehema, database, wrong, said):
    data = {"name": "Gold", "every": "3", "language": "en", **wrong}
    answer = await rehema.post("/lessons", data)
    assert answer.status == 422
    assert said in await answer.text()
    async with database.reading() as db:
        assert await lessons.every(db) == []


async def test_what_is_open_is_not_changed_and_the_next_edition_is(rehema, school, only):
    series = await school.write(lesson(1), lesson(2))
    path = f"/lessons/{series.id}"
    text = await rehema.page(path)
    assert f'action="{path}"' not in text
    answer = await rehema.post(path, {"name": "New", "every": "3"})
    assert "Somebody has gone on with it meanwhile." in await answer.text()
    text = await (await rehema.post(f"{path}/revise", on=path)).text()
    assert "You write edition 2." in text
    await rehema.post(f"{path}/1", {"lesson-full-en": "New words."})
    await rehema.post(f"{path}/open", on=path)
    assert (await only())[0].edition == 2


async def test_it_is_closed_to_new_people_and_opened_again(rehema, school, only):
    series = await school.write(lesson(1))
    path = f"/lessons/{series.id}"
    assert (
        "Nobody new can choose it." in await (await rehema.post(f"{path}/close", on=path)).text()
    )
    assert (await only())[0].state is State.CLOSED
    await rehema.post(f"{path}/reopen", on=path)
    assert (await only())[0].state is State.OPEN


async def test_not_more_are_open_than_a_list_holds(rehema, school):
    for n in range(lessons.MOST_OPEN):
        await school.write(lesson(1), name=f"N{n}")
    series = await school.write(lesson(1), opened=False)
    path = f"/lessons/{series.id}"
    answer = await rehema.post(f"{path}/open", on=path)
    assert answer.status == 422
    assert "Four series are open already." in await answer.text()


async def test_what_came_of_it_is_shown_and_small_counts_are_not(rehema, school, learn):
    series = await school.write(lesson(1, "1"), lesson(2))
    path = f"/lessons/{series.id}"
    assert "Nobody has subscribed yet." in await rehema.page(path)
    await learn(series, right=15, wrong=5, done=10)
    text = await rehema.page(path)
    assert "75%" in text
    assert "Came to the end: 10" in text
    assert "Pits" in await rehema.page("/lessons")
    answer = await rehema.get(f"{path}/results.csv")
    assert answer.content_type == "text/csv"
    assert "1,1,10,15,5,75" in await answer.text()


async def test_of_a_few_nothing_is_told(rehema, school, learn):
    series = await school.write(lesson(1, "1"), lesson(2))
    await learn(series, right=2, wrong=1)
    path = f"/lessons/{series.id}"
    assert "67%" not in await rehema.page(path)
    body = await (await rehema.get(f"{path}/results.csv")).text()
    assert "1,1,hidden,hidden,hidden," in body


async def test_there_is_no_such_series(rehema):
    path = f"/lessons/{'0' * 32}"
    assert (await rehema.get(path)).status == 404
    assert (await rehema.get(f"{path}/results.csv")).status == 404
    for act in ("", "/open", "/revise", "/close", "/reopen"):
        assert (await rehema.post(f"{path}{act}", on="/lessons")).status == 404


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.LEAD, Role.AUDITOR])
async def test_lessons_are_the_officials(join, role):
    viewer = await join(role, name="Vera Phiri")
    assert (await viewer.get("/lessons")).status == 403
