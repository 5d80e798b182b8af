import pytest

from bots import effects as wish
from bots.conversation import OwnWords
from bots.lesson_lines import Pupil, own
from channels import optout
from channels.base import Address
from outreach import learners, lessons
from outreach.learners import Verdict
from outreach.lessons import Words
from tests.support.school import School, lesson

HERE = Address("sms", "+254700000001")


@pytest.fixture
def school(database, now):
    return School(database, now)


@pytest.fixture
async def series(school):
    return await school.write(lesson(1, "2", tags=("en", "fr")), lesson(2), tags=("en", "fr"))


@pytest.fixture
def pupil(database, keyring, now):
    """Do one thing as a turn does it."""

    async def done(what, *args, language="en"):
        async with database.transaction() as db:
            return await getattr(Pupil(db, keyring, HERE, language, now), what)(*args)

    return done


async def test_what_is_open_is_listed_in_their_language(series, school, pupil):
    await school.write(lesson(1), name="Draft", opened=False)
    (choice,) = (await pupil("find", language="fr")).series
    assert (choice.digit, choice.key, choice.label) == ("1", series.id, "Pits fr")
    (choice,) = (await pupil("find", language="sw")).series
    assert choice.label == "Pits en"


async def test_the_first_lesson_comes_at_once_in_their_language(series, pupil):
    came = await pupil("join", series.id, language="fr")
    assert came.lesson == own(Words("Look up 1 lesson fr."))
    assert came.asks == own(Words("Look up 1 question fr."))
    assert (came.position, came.last) == (1, False)


async def test_who_changes_language_in_the_middle_goes_on_in_the_other(series, pupil):
    await pupil("join", series.id, language="en")
    came = await pupil("next", language="fr")
    assert came.lesson.full == "Look up 2 lesson en."  # nobody wrote it in French
    assert (came.asks, came.last) == (None, True)


async def test_after_the_last_there_is_no_next(series, pupil):
    assert await pupil("next") == wish.NoLesson()
    await pupil("join", series.id)
    await pupil("next")
    assert await pupil("next") == wish.NoLesson()
    assert await pupil("join", series.id) == wish.NoLesson(done=True)


@pytest.mark.parametrize("closed", [True, False])
async def test_a_series_that_is_closed_or_unknown_takes_nobody(series, school, pupil, closed):
    if closed:
        await school.do(lessons.turn, series, closed=True)
    name = series.id if closed else "nothing"
    assert await pupil("join", name) == wish.NoLesson()
    assert (await pupil("find")).series == (() if closed else (await pupil("find")).series)


async def test_an_answer_is_judged_and_the_first_one_kept(series, pupil, database):
    came = await pupil("join", series.id, language="fr")
    wrong = wish.AnswerLesson(came.learner, 1, "1")
    told = await pupil("answer", wrong, language="fr")
    assert told == wish.LessonAnswered(own(Words("Look up 1 wrong fr.")))
    right = wish.AnswerLesson(came.learner, 1, "2")
    assert await pupil("answer", right) == wish.LessonAnswered()
    async with database.reading() as db:
        found = await learners.verdicts(db, series.id, 1)
    assert found == {1: {Verdict.RIGHT: 0, Verdict.WRONG: 1}}


async def test_an_answer_to_nothing_changes_nothing(series, pupil):
    came = await pupil("join", series.id)
    for effect in (
        wish.AnswerLesson("nobody", 1, "2"),
        wish.AnswerLesson(came.learner, 2, "2"),
        wish.AnswerLesson(came.learner, 9, "2"),
    ):
        assert await pupil("answer", effect) == wish.LessonAnswered()


async def test_to_stop_lessons_stops_no_news(series, pupil, database, keyring):
    await pupil("join", series.id)
    async with database.transaction() as db:
        await learners.end(db, keyring, HERE)
        assert not await optout.stopped(db, keyring, HERE)


def test_an_sms_gets_plain_marks():
    assert own(Words("A \u2013 b")) == OwnWords("A \u2013 b", "A - b")
    assert own(Words("A", "B")) == OwnWords("A", "B")
