from dataclasses import replace

import pytest

from outreach.questionnaire import Mode, Questionnaire, Words
from outreach.survey_results import Tally
from outreach.survey_tallies import Answered, Profile, count
from outreach.surveys import Frame, frame
from outreach.understood import Quiz, by_site, quiz_of


@pytest.fixture
def asked(closed):
    """Make a question of a quiz: its first answer is the right one."""

    def made(letter, position):
        one = closed(letter, position)
        first, second = one.options
        why = {"en": Words("Read it once more.")}
        return replace(one, options=(replace(first, right=True), second), why=why)

    return made


def quiz(*questions, **parts):
    """Return a quiz: for each question the counts by site and answer."""
    by_question = dict(zip((one.id for one in questions), parts["counts"], strict=True))
    whole = {
        key: {
            code: Answered(sum(n for (_, tag), n in part.items() if tag == code), 0)
            for code in {tag for _, tag in part}
        }
        for key, part in by_question.items()
    }
    questionnaire = Questionnaire("en", Mode.QUIZ, tuple(questions))
    return Quiz(None, questionnaire, Tally(whole, by_question))


def test_it_is_the_share_of_right_answers_over_all_questions(asked):
    first = {("kb", "1"): 30, ("kb", "2"): 10, ("lu", "1"): 10, ("lu", "2"): 10}
    second = {("kb", "1"): 10, ("kb", "2"): 30, ("kb", "skip"): 8, ("lu", "1"): 20}
    shares = by_site(quiz(asked("a", 1), asked("b", 2), counts=[first, second]))
    assert shares == {"kb": 0.5, "lu": 0.75}


def test_where_a_count_is_hidden_there_is_no_share(asked):
    few = {("kb", "1"): 30, ("kb", "2"): 10, ("lu", "1"): 2, ("lu", "2"): 10, ("mz", "1"): 9}
    shares = by_site(quiz(asked("a", 1), counts=[few]))
    assert shares["lu"] is None
    assert set(shares) == {"kb", "lu", "mz"}
    assert by_site(quiz(asked("a", 1), counts=[{("kb", "1"): 3}])) == {"kb": None}


def test_a_site_of_nobody_and_a_quiz_of_nobody_have_none(asked):
    counts = {("", "1"): 30, ("kb", "1"): 0}
    assert by_site(quiz(asked("a", 1), counts=[counts])) == {}
    assert by_site(quiz(asked("a", 1), counts=[{}])) == {}


async def about(database, now, survey, rule):
    kept = Frame(survey.name, "en", False, rule, "", None, {}, {})
    async with database.transaction() as db:
        await frame(db, survey, kept, by="system", now=now)


async def test_it_is_the_newest_that_was_opened_of_the_rule(
    asked, begun, opened, database, now, ground
):
    assert await ground.read(quiz_of, "R7") is None
    question = asked("a", 1)
    made = await opened(question, mode=Mode.QUIZ)
    for rule, found in (("R70", False), (None, False), (" r7", True)):
        await about(database, now, made, rule)
        assert (await ground.read(quiz_of, "R7") is not None) is found
    draft = await begun(asked("b", 1), mode=Mode.QUIZ)
    await about(database, now, draft, "R7")
    async with database.transaction() as db:
        for code, n in (("1", 6), ("2", 6)):
            await count(db, made.id, question.id, code, Profile("kb", "", "", "en"), by=n)
    its = await ground.read(quiz_of, "R7")
    assert its.survey.id == made.id
    assert by_site(its) == {"kb": 0.5}
