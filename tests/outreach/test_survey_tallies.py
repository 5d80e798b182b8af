from outreach import survey_tallies as tallies
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
