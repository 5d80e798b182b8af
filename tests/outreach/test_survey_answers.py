from datetime import timedelta

import pytest
from sqlalchemy import select, text

from channels.base import Address, Media
from forum import attachments, keyholders, members
from forum.members import Role
from outreach import subscribers, survey_answers, survey_invitations, survey_tallies, surveys
from outreach.audiences import EVERYBODY
from outreach.questionnaire import SKIPPED, Kind
from outreach.survey_answers import GIVEN, MORE, PAGE, Given, band, reading, survey_respondents
from outreach.survey_tallies import Taking
from vault.keyring import Purpose
from vault.seals import CannotOpen, new_pair

PHONE = Address("sms", "+254711000001")


@pytest.fixture
def answer(database, keyring, now):
    """Answer from a phone, and return what waits next."""

    async def answered(survey, question, given, address=PHONE, at=now):
        async with database.transaction() as db:
            who = await survey_answers.begin(db, keyring, survey, address, language="en", now=at)
            read = reading(question, given, at)
            await survey_answers.hold_words(db, keyring, survey, who, question, given, at)
            await survey_answers.keep(db, survey, who, question, read, at)
            asked = await surveys.questionnaire(db, survey)
            return await survey_answers.go_on(db, keyring, survey, asked, who, address, at)

    return answered


async def taking(database, survey):
    async with database.reading() as db:
        return (await survey_tallies.taking(db, [survey.id]))[survey.id]


async def test_whoever_answers_everything_is_done_once(opened, closed, database, answer):
    first, second = closed("a", 1), closed("b", 2)
    survey = await opened(first, second)
    assert await answer(survey, first, Given("1")) == second
    assert await answer(survey, second, Given("1")) is None
    assert await answer(survey, second, Given("2")) is None
    assert await taking(database, survey) == Taking(1, 1)


async def test_the_later_answer_counts(opened, closed, database, answer):
    question = closed("a", 1, kind=Kind.NUMBER)
    survey = await opened(question)
    await answer(survey, question, Given(None, "12"))
    await answer(survey, question, Given(None, "700"))
    async with database.reading() as db:
        whole = await survey_tallies.whole(db, survey.id)
    counted = {code: (one.n, one.total) for code, one in whole[question.id].items()}
    assert counted == {"20": (0, 0.0), MORE: (1, 700.0)}


async def test_what_is_erased_leads_to_nobody_and_stays_counted(
    opened, closed, database, keyring, answer
):
    other = Address("sms", "+254711000002")
    question, later = closed("a", 1), closed("b", 2)
    survey = await opened(question, later)
    for address in (PHONE, other):
        await answer(survey, question, Given("1"), address)
    async with database.transaction() as db:
        before = await survey_tallies.whole(db, survey.id)
        await survey_answers.erase(db, keyring, PHONE)
        await survey_answers.erase(db, keyring, PHONE)
        assert await survey_tallies.whole(db, survey.id) == before
        (left,) = (await db.execute(select(survey_respondents))).all()
        (code,) = (await db.execute(select(survey_answers.survey_answers))).all()
    assert left.contact == keyring.pseudonym(Purpose.SURVEY, survey.id, other.channel, other.value)
    assert code.respondent_id == left.id


async def test_the_profile_is_that_of_the_beginning(opened, closed, database, keyring, now):
    survey = await opened(closed("a", 1))
    who = {"language": "en", "now": now}
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, PHONE, role="digger", gender="woman", **who)
        first = await survey_answers.begin(db, keyring, survey, PHONE, language="sw", now=now)
        await subscribers.subscribe(db, keyring, PHONE, role="buyer", gender="man", **who)
        again = await survey_answers.begin(db, keyring, survey, PHONE, language="fr", now=now)
    assert (
        first.profile
        == again.profile
        == survey_tallies.Profile("", "digger", "woman", "sw", survey_tallies.CAME)
    )
    assert (first.fresh, again.fresh, first.sampled) == (True, False, False)


async def test_who_was_asked_is_counted_as_of_the_sample(
    opened, closed, database, keyring, now, answer
):
    question = closed("a", 1)
    survey = await opened(question)
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, PHONE, language="en", now=now)
        given = {"by_site": False, "by": "system", "now": now}
        await survey_invitations.draw(db, survey, EVERYBODY, 5, **given)
    await answer(survey, question, Given("1"))
    await answer(survey, question, Given("1"), address=Address("sms", "+254711000002"))
    assert await taking(database, survey) == Taking(2, 2, 1, 1)
    async with database.reading() as db:
        standing = await survey_invitations.standing(db, survey.id)
    assert (standing.asked, standing.done, standing.waiting) == (1, 1, 0)


async def test_two_surveys_cannot_be_joined_by_who_answered(opened, closed, database, answer):
    for letter in "ab":
        question = closed(letter, 1)
        await answer(await opened(question), question, Given("1"))
    async with database.reading() as db:
        found = (await db.execute(select(survey_respondents.c.contact))).scalars().all()
    assert len(set(found)) == 2


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (Kind.CLOSED, Given("2"), "2"),
        (Kind.CLOSED, Given("7"), None),
        (Kind.CLOSED, Given(None, "my cousin"), None),
        (Kind.CLOSED, Given(SKIPPED), SKIPPED),
        (Kind.NUMBER, Given(None, "12"), 12.0),
        (Kind.NUMBER, Given(None, "many"), None),
        (Kind.TEXT, Given(None, "Water"), GIVEN),
        (Kind.TEXT, Given(None, " "), None),
        (Kind.VOICE, Given(None, "", (Media("r", "voice", "audio/ogg"),)), GIVEN),
        (Kind.NUMBER, Given(None, "1.125"), None),
        (Kind.DATE, Given(None, "soon"), None),
        (Kind.DATE, Given(None, "March 2024"), "2024-03"),
        (Kind.DATE, Given(None, "2019"), "2019"),
    ],
)
def test_an_answer_is_read_by_the_kind_of_its_question(closed, kind, given, read, now):
    assert reading(closed("a", 1, kind=kind), given, now) == read


def test_who_was_asked_again_is_believed(closed, now):
    question, given = closed("a", 1, kind=Kind.NUMBER), Given(None, "1,125 g")
    assert reading(question, given, now, "fr", again=True) == 1.125


def test_a_day_is_read_as_a_moment(closed, now):
    read = reading(closed("a", 1, kind=Kind.DATE), Given(None, "3 May"), now)
    assert read.date().isoformat() == "2026-05-03"


@pytest.mark.parametrize(
    ("number", "name"), [(0, "0"), (0.5, "2"), (2, "2"), (3, "5"), (500, "500"), (501, MORE)]
)
def test_numbers_are_counted_in_bands(number, name):
    assert band(number) == name


async def test_words_are_read_by_who_triages_and_by_nobody_else(
    opened, closed, database, keyring, now, answer
):
    keys = members.prepare("a password for tests", keyring)
    who = {"email": "s@example.org", "name": "S", "role": Role.SECRETARY, "language": "en"}
    async with database.transaction() as db:
        member = await members.join(db, keys=keys, now=now, **who)
    question = closed("a", 1, kind=Kind.TEXT)
    survey = await opened(question)
    code = "1234-5678-90123-4"
    await answer(survey, question, Given(None, f"Water {code}", (Media("r", "photo", "x"),)))
    async with database.reading() as db:
        private = await keyholders.open_subject(db, survey.id, member.id, keys.pair.private)
        (held,) = (await survey_answers.words(db, survey.id)).rows
        (photo,) = await attachments.of_subject(db, survey.id)
        dump = (await db.execute(text("SELECT * FROM survey_words"))).all()
    assert survey_answers.opened(private, held).startswith("Water")
    assert photo.entry_id == held.id
    assert "Water" not in str(dump)
    with pytest.raises(CannotOpen):
        survey_answers.opened(new_pair().private, held)


async def test_words_come_page_by_page_the_newest_first(opened, closed, database, now, answer):
    question = closed("a", 1, kind=Kind.TEXT)
    survey = await opened(question)
    for n in range(PAGE + 2):
        at = now + timedelta(minutes=n)
        await answer(survey, question, Given(None, f"No. {n}"), at=at)
    async with database.reading() as db:
        first = await survey_answers.words(db, survey.id)
        rest = await survey_answers.words(db, survey.id, skip=first.next)
    assert (len(first.rows), len(rest.rows), rest.next) == (PAGE, 2, None)
    assert first.rows[0].at == now + timedelta(minutes=PAGE + 1)
