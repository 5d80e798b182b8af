"""Phones that answer a survey, and what is counted of it, on both databases."""

from datetime import timedelta

import pytest

from bots import asking
from bots import effects as wish
from bots.asking import Desk, Fault, Turn
from bots.conversation import OwnWords
from bots.effects import AnswerSurvey, BeginSurvey
from channels.base import Address, Media, Style
from outreach import survey_answers, survey_results, survey_tallies, surveys
from outreach.questionnaire import Kind, Mode, Option, Question, Questionnaire, Words
from outreach.survey_tallies import SPLITS
from outreach.surveys import Shelf
from tests.support import surveying
from tests.support.phone import Phone, runner_on
from tests.support.rulemaking import Rules

#: Few enough for the suite; ``tests/soak/test_surveys.py`` takes fifty thousand.
PHONES = 120


@pytest.fixture
async def opened(database, keyring, now):
    async with database.transaction() as db:
        return await surveying.made(db, keyring, now)


@pytest.fixture
def phone(database, keyring, now):
    return Phone(runner_on(database, keyring), database, keyring, now)


async def counts(database, survey):
    async with database.reading() as db:
        found = await survey_tallies.whole(db, survey.id)
        taking = await survey_tallies.taking(db, [survey.id])
    return {
        question: {code: one.n for code, one in answers.items() if one.n}
        for question, answers in found.items()
    }, taking[survey.id]


async def test_what_is_counted_is_what_the_phones_answered(database, keyring, now):
    house, ids = await surveying.simulated(database, keyring, now, PHONES)
    await house.run()
    assert house.restarts > 8
    found, taking = await counts(database, house.survey)
    own = house.counted()
    assert {mark: found.get(ids[mark], {}) for mark in ids} == own
    assert (taking.started, taking.done) == (house.started, house.done)
    assert 0 < house.done < house.started
    async with database.reading() as db:
        for place, by in enumerate(("site_id", "role", "gender", "language")):
            parts = await survey_tallies.split(db, house.survey.id, by)
            told = house.counted(place)
            assert {m: {k: n for k, n in parts.get(ids[m], {}).items() if n} for m in ids} == told
        came = await survey_tallies.split(db, house.survey.id, "sampled")
    assert {part for counts in came.values() for part, _ in counts} == {survey_tallies.CAME}
    assert set(SPLITS) == {"site_id", "role", "gender", "language", "sampled"}


async def test_what_is_shown_of_it_is_true_or_hidden(database, keyring, now):
    house, ids = await surveying.simulated(database, keyring, now, 60, seed=3)
    await house.run()
    async with database.reading() as db:
        asked = await surveys.questionnaire(db, house.survey)
        tally = await survey_results.tally(db, house.survey.id, "gender")
    own, marks = house.counted(), {question: mark for mark, question in ids.items()}
    for result in survey_results.reckoned(asked, tally, split=True):
        counted = own[marks[result.question.id]]
        for line in result.lines:
            assert line.n in (None, counted.get(line.code, 0))
            assert line.n is None or line.n == 0 or line.n >= 5


async def test_words_beside_a_digit_are_kept_and_the_answer_counts(phone, opened, database):
    survey, ids = opened
    await phone.says("hello", "1", f"SURVEY {survey.code}")
    assert "one of the digits" in (await phone.says("it depends"))[0]
    assert "Q2" in (await phone.says("2"))[-1]
    found, _ = await counts(database, survey)
    assert found == {ids["Q1"]: {"2": 1}}
    async with database.reading() as db:
        assert len((await survey_answers.words(db, survey.id)).rows) == 1


async def test_leaving_keeps_what_was_answered_and_coming_back_goes_on(phone, opened, database):
    survey, ids = opened
    await phone.says("hello", "1", f"SURVEY {survey.code}", "1", "12")
    left = await phone.says("MENU")
    assert f"send SURVEY {survey.code}" in left[0]
    again = await phone.says("Kiswahili", f"DODOSO {survey.code}")
    assert "Q3 swali" in again[-1]
    found, taking = await counts(database, survey)
    assert found == {ids["Q1"]: {"1": 1}, ids["Q2"]: {"20": 1}}
    assert (taking.started, taking.done) == (1, 0)


async def test_stop_in_the_middle_loses_nothing(phone, opened, database):
    survey, ids = opened
    await phone.says("hello", "1", f"SURVEY {survey.code}", "1", "STOP", "12")
    found, _ = await counts(database, survey)
    assert found == {ids["Q1"]: {"1": 1}, ids["Q2"]: {"20": 1}}


async def test_a_later_answer_counts_and_one_phone_is_one_respondent(
    opened, database, keyring, now
):
    survey, ids = opened
    chat = Phone(runner_on(database, keyring), database, keyring, now, "telegram", "700100200")
    await chat.says("hello")
    await chat.presses("English")
    await chat.says(f"SURVEY {survey.code}")
    first = chat.buttons
    await chat.presses("Answer 1")
    chat.buttons = first
    await chat.presses("Answer 2")
    found, taking = await counts(database, survey)
    assert found == {ids["Q1"]: {"2": 1}}
    assert taking.started == 1


async def test_after_its_time_nothing_counts_and_words_are_kept(phone, opened, database):
    survey, _ = opened
    await phone.says("hello", "1", f"SURVEY {survey.code}")
    phone.now += timedelta(days=15)
    said = await phone.says("the whole tunnel is under water")
    assert "time for these questions is over" in said[0]
    assert "Your message is kept" in said[-1]
    assert (await counts(database, survey))[0] == {}
    gone = await phone.says("0", f"SURVEY {survey.code}")
    assert "no questions under this number" in gone[-1]


async def test_whoever_is_done_is_thanked_and_not_asked_again(phone, opened, database):
    survey, _ = opened
    answers = ["3", "12 May", "1", "Clean water", "2"]  # 3 leads to Q4, and 2 to the end
    told = await phone.says("hello", "1", f"SURVEY {survey.code}", *answers)
    assert told == ["Thank you. These were all questions."]
    again = await phone.says(f"SURVEY {survey.code}")
    assert again == ["You have answered all of it. Thank you."]
    _, taking = await counts(database, survey)
    assert (taking.started, taking.done) == (1, 1)


async def test_a_voice_note_is_an_answer_in_words(phone, opened, database):
    survey, ids = opened
    await phone.says("hello", "1", f"SURVEY {survey.code}", "3", "0", "0")
    await phone.says("", media=(Media("ref", "voice", "audio/ogg"),))
    found, _ = await counts(database, survey)
    assert found[ids["Q6"]] == {"given": 1}


# --- a quiz -------------------------------------------------------------------------------------

RIGHT = (Option("1", {"en": Words("All")}), Option("2", {"en": Words("Nobody")}, right=True))


@pytest.fixture
async def quiz(database, keyring, now):
    await Rules(database, now).published("No mercury")
    given = {"by": "system", "now": now}
    async with database.transaction() as db:
        made = await surveys.create(db, mode=Mode.QUIZ, name="Mercury", language="en", **given)
        survey = await surveys.get(db, made)
        frame = surveys.Frame("Mercury", "en", True, "R1", "", None, {}, {})
        await surveys.frame(db, survey, frame, **given)
        survey = await surveys.get(db, made)
        why = {"en": Words("From 1 June nobody may.")}
        texts = {"en": Words("Who may use mercury?")}
        asked = Question("k" * 32, 1, Kind.CLOSED, texts, RIGHT, why, part="2", origin="k" * 32)
        await surveys.put(db, made, asked)
        expires = now + timedelta(days=1)
        await surveys.begin(db, keyring, survey, expires_at=expires, **given)
        return await surveys.get(db, made)


def turn(db, keyring, now, *, style=Style.SMS, **desk):
    address = Address("sms", "+254711000001")
    return Turn(Desk(Shelf(), **desk), db, keyring, address, "en", style, now)


@pytest.mark.parametrize(("code", "right"), [("1", False), ("2", True)])
async def test_a_quiz_says_whether_it_was_right_and_why(quiz, database, keyring, now, code, right):
    async with database.transaction() as db:
        at = turn(db, keyring, now)
        asks = await at.begin(BeginSurvey(quiz.code))
        over = await at.answer(
            AnswerSurvey(quiz.id, asks.asked.question, f"{'k' * 32}-{code}", last=True)
        )
    told = None if right else OwnWords("From 1 June nobody may.")
    assert over == wish.SurveyOver(right=right, told=told)


async def test_a_wrong_answer_gets_the_part_again_where_somebody_keeps_it(
    quiz, database, keyring, now
):
    async def retell(_db, rule, part, language):
        return OwnWords(f"{rule} {part} {language}")

    async with database.transaction() as db:
        at = turn(db, keyring, now, retell=retell)
        over = await at.answer(AnswerSurvey(quiz.id, "k" * 32, f"{'k' * 32}-1", last=True))
    assert over.told == OwnWords("R1 2 en")


@pytest.mark.parametrize(("style", "costs"), [(Style.SMS, "free"), (Style.CHAT, "")])
async def test_what_an_answer_costs_is_told_by_sms_alone(
    quiz, database, keyring, now, style, costs
):
    async with database.transaction() as db:
        asks = await turn(db, keyring, now, style=style).begin(BeginSurvey(quiz.code))
    assert (asks.costs, asks.begins) == (costs, True)


async def test_a_button_of_something_else_is_no_answer(quiz, database, keyring, now):
    async with database.transaction() as db:
        at = turn(db, keyring, now)
        asks = await at.answer(AnswerSurvey(quiz.id, "k" * 32, "another-1", last=True))
    assert isinstance(asks, wish.SurveyAsks)
    assert (await counts(database, quiz))[0] == {}


# --- as a phone shows it ------------------------------------------------------------------------


def shown(text, *labels):
    options = tuple(Option(str(n), {"en": Words(each)}) for n, each in enumerate(labels, start=1))
    question = Question("q", 1, Kind.CLOSED, {"en": Words(text)}, options)
    return asking.shown(Questionnaire("en", questions=(question,)), question, "en")


def test_a_question_is_shown_as_one_sms():
    assert shown("Who buys?", "A buyer", "Nobody").text == "Who buys?\n1 A buyer\n2 Nobody\n0 Skip"
    assert shown("Who buys?", "A buyer", "Nobody").faults == ()


@pytest.mark.parametrize(
    ("text", "labels", "fault"),
    [
        ("w" * 170, ("a", "b"), (Fault.LONG, "185")),
        ("Être?", ("a", "b"), (Fault.FOREIGN, "Ê")),
        ("Agreed?", ("Yes", "No"), (Fault.TAKEN, "yes")),
    ],
)
def test_what_a_basic_phone_cannot_show_is_told(text, labels, fault):
    assert fault in shown(text, *labels).faults


def put_in(language, *labels):
    """Return what an SMS shows of a question in two languages with these labels of its answers."""
    options = tuple(Option(str(n), texts) for n, texts in enumerate(labels, start=1))
    texts = {"en": Words("Who buys?"), "fr": Words("Qui achète?")}
    question = Question("q", 1, Kind.CLOSED, texts, options)
    return asking.shown(Questionnaire("en", questions=(question,)), question, language).text


BUYER = {"en": Words("A buyer"), "fr": Words("Un acheteur")}
NOBODY = {"en": Words("Nobody"), "fr": Words("Personne")}


def test_a_question_that_is_whole_in_a_language_is_put_in_it():
    text = put_in("fr", BUYER, NOBODY)
    assert text.splitlines()[:3] == ["Qui achète?", "1 Un acheteur", "2 Personne"]
    assert "Skip" not in text


def test_no_menu_is_half_translated():
    assert put_in("fr", BUYER, {"en": Words("Nobody")}) == put_in("en", BUYER, NOBODY)
