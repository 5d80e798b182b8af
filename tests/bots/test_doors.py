import pytest
from sqlalchemy import select

from bots import dialogues, doors
from channels import contacts, optout
from channels.base import Address
from channels.optout import By
from outreach import learners, subscribers, survey_answers, surveys
from outreach.questionnaire import Mode
from outreach.subscribers import Counts
from tests.support.school import School, lesson

ADDRESS = Address("sms", "+254711000001")


@pytest.mark.parametrize("stopped", [True, False])
async def test_the_door_and_the_list_agree(database, keyring, now, stopped):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
        await doors.heed(db, keyring, ADDRESS, now, stopped=not stopped)
        await doors.heed(db, keyring, ADDRESS, now, stopped=stopped)
        assert await optout.stopped(db, keyring, ADDRESS) is stopped
        assert await subscribers.counts(db) == (Counts(0, 1) if stopped else Counts(1, 0))


@pytest.mark.parametrize(("by", "comes_back"), [(By.DOOR, True), (By.WORD, False)])
async def test_whoever_lets_us_in_again_takes_back_a_block_and_never_a_stop(
    database, keyring, now, by, comes_back
):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
        assert await doors.heed(db, keyring, ADDRESS, now, stopped=True, by=by)
        opened = await doors.heed(db, keyring, ADDRESS, now, stopped=False, by=By.DOOR)
        assert opened is comes_back
        assert await optout.stopped(db, keyring, ADDRESS) is not comes_back
        assert (await subscribers.counts(db)).active == int(comes_back)


async def test_an_erased_number_is_forgotten_and_its_stop_is_not(database, keyring, now):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
        await doors.heed(db, keyring, ADDRESS, now, stopped=True)
    async with database.transaction() as db:
        await doors.erase(db, keyring, ADDRESS)
        await doors.erase(db, keyring, ADDRESS)
    async with database.transaction() as db:
        assert await subscribers.counts(db) == Counts(0, 0)
        assert await optout.stopped(db, keyring, ADDRESS)
        route_id = contacts.pseudonym(keyring, ADDRESS)
        assert await contacts.resolve(db, keyring, route_id) is None


async def test_who_is_erased_is_found_by_no_survey(database, keyring, now):
    made = {"mode": Mode.SURVEY, "name": "Pits", "language": "en", "by": "system", "now": now}
    async with database.transaction() as db:
        survey = await surveys.get(db, await surveys.create(db, **made))
        await survey_answers.begin(db, keyring, survey, ADDRESS, language="en", now=now)
        await doors.erase(db, keyring, ADDRESS)
        found = await db.execute(select(survey_answers.survey_respondents))
        assert found.all() == []


async def test_a_route_by_which_somebody_learns_stays_until_they_are_erased(
    database, keyring, now
):
    series = await School(database, now).write(lesson(1), lesson(2))
    route_id = contacts.pseudonym(keyring, ADDRESS)
    async with database.transaction() as db:
        await learners.join(db, keyring, series, ADDRESS, language="en", now=now)
        await doors.free(db, [route_id])
        assert await contacts.resolve(db, keyring, route_id) == ADDRESS
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
        await doors.erase(db, keyring, ADDRESS)
        assert await contacts.resolve(db, keyring, route_id) is None


async def test_a_route_over_which_somebody_talks_with_us_stays(database, keyring, now):
    async with database.transaction() as db:
        await dialogues.load(db, keyring, ADDRESS, now)
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
    async with database.transaction() as db:
        await doors.erase(db, keyring, ADDRESS)
    async with database.transaction() as db:
        route_id = contacts.pseudonym(keyring, ADDRESS)
        assert await contacts.resolve(db, keyring, route_id) == ADDRESS


async def test_a_second_stop_is_no_news(database, keyring, now):
    async with database.transaction() as db:
        assert await doors.heed(db, keyring, ADDRESS, now, stopped=True)
        assert not await doors.heed(db, keyring, ADDRESS, now, stopped=True)


CALL = Address("call", ADDRESS.value)


async def uncalled(db):
    return (await db.execute(select(subscribers.subscribers.c.uncalled))).scalar_one()


async def test_who_wants_no_calls_is_written_to_until_they_say_start(database, keyring, now):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, ADDRESS, language="en", now=now)
        assert await doors.heed(db, keyring, CALL, now, stopped=True, by=By.DOOR)
        assert not await doors.heed(db, keyring, CALL, now, stopped=True, by=By.DOOR)
        assert await optout.stopped(db, keyring, CALL)
        assert not await optout.stopped(db, keyring, ADDRESS)
        assert await subscribers.counts(db) == Counts(1, 0)
        assert await uncalled(db)
        await doors.heed(db, keyring, ADDRESS, now, stopped=False)
        assert not await optout.stopped(db, keyring, CALL)
        assert not await uncalled(db)
