from channels.base import Address
from outreach import subscribers, survey_answers, survey_invitations, surveys
from outreach import survey_tallies as tallies
from outreach.audiences import EVERYBODY
from outreach.survey_tallies import DONE, OF_SAMPLE, STARTED, Answered, Profile, Taking

WOMAN = Profile("s1", "digger", "woman", "en")
MAN = Profile("s1", "", "man", "sw")
Q = "q" * 32


async def test_answers_add_up_and_are_taken_back(begun, database):
    survey = await begun()
    async with database.transaction() as db:
        for profile in (WOMAN, WOMAN, MAN):
            await tallies.count(db, survey.id, Q, "1", profile, total=2.5)
        await tallies.count(db, survey.id, Q, "1", WOMAN, by=-1, total=-2.5)
        await tallies.count(db, survey.id, Q, "2", WOMAN)
    async with database.reading() as db:
        assert await tallies.whole(db, survey.id) == {
            Q: {"1": Answered(2, 5.0), "2": Answered(1, 0.0)}
        }
        by_gender = await tallies.split(db, survey.id, "gender")
        by_role = await tallies.split(db, survey.id, "role")
    assert by_gender == {Q: {("woman", "1"): 1, ("man", "1"): 1, ("woman", "2"): 1}}
    assert by_role[Q]["", "1"] == 1


async def test_people_are_counted_apart_from_answers(begun, database):
    survey, other = await begun(), await begun()
    async with database.transaction() as db:
        for code in (STARTED, STARTED, DONE, OF_SAMPLE[STARTED]):
            await tallies.count(db, survey.id, "", code, WOMAN)
        await tallies.count(db, other.id, "", STARTED, MAN)
    async with database.reading() as db:
        assert await tallies.whole(db, survey.id) == {}
        assert await tallies.taking(db, [survey.id]) == {survey.id: Taking(2, 1, 1, 0)}
        assert (await tallies.taking(db, [survey.id, other.id]))[other.id] == Taking(1)


async def test_a_sample_is_counted_by_what_was_known_when_it_was_drawn(
    opened, closed, database, keyring, now
):
    survey, given = await opened(closed("a", 1)), {"by": "system", "now": now}
    phones = [Address("sms", f"+25471100000{n}") for n in range(3)]
    who = {"language": "en", "now": now}
    async with database.transaction() as db:
        for n, phone in enumerate(phones):
            gender = "man" if n else "woman"
            await subscribers.subscribe(db, keyring, phone, gender=gender, **who)
        await survey_invitations.draw(db, survey, EVERYBODY, 5, by_site=False, **given)
        assert await tallies.drawn(db, survey.id, "gender") == {"man": (2, 0), "woman": (1, 0)}
        await subscribers.subscribe(db, keyring, phones[0], gender="man", **who)
        one = await survey_answers.begin(db, keyring, survey, phones[0], language="sw", now=now)
        asked = await surveys.questionnaire(db, survey)
        await survey_answers.keep(db, survey, one, asked.questions[0], "1", now)
        await survey_answers.go_on(db, keyring, survey, asked, one, phones[0], now)
        assert await tallies.drawn(db, survey.id, "gender") == {"man": (2, 0), "woman": (1, 1)}
        assert await tallies.drawn(db, survey.id, "language") == {"en": (3, 1)}
        by_asked = await tallies.split(db, survey.id, "sampled")
    assert [*by_asked.values()] == [{(tallies.ASKED, "1"): 1}]


async def test_a_sample_that_is_put_back_is_counted_no_more(
    opened, closed, database, keyring, now
):
    survey, given = await opened(closed("a", 1)), {"by": "system", "now": now}
    async with database.transaction() as db:
        phone = Address("sms", "+254711000001")
        await subscribers.subscribe(db, keyring, phone, language="en", now=now)
        await survey_invitations.draw(db, survey, EVERYBODY, 5, by_site=False, **given)
        drawn = await surveys.get(db, survey.id)
        assert await survey_invitations.put_back(db, drawn, **given)
        assert await tallies.drawn(db, survey.id, "gender") == {}
