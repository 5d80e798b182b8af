from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.ledger import outbox
from outreach import announcements, inviting, survey_invitations, surveys
from outreach.announcements import Words
from outreach.approvals import Refusal, Refused
from outreach.audiences import EVERYBODY
from outreach.inviting import NotListening
from outreach.runs import State as Run
from outreach.runs import of_announcement
from outreach.schedules import Schedule
from outreach.survey_invitations import survey_invitations as invitations

DAY = timedelta(days=1)
TEXTS = {"en": "Send SURVEY 11.", "sw": "Tuma SURVEY 11."}


@pytest.fixture
async def survey(room, opened, closed):
    """An open survey with a sample of four out of six who listen."""
    await room.list_people((6, "sms", "en"))
    made = await opened(closed("a", 1))
    given = {"by_site": False, "by": "system"}
    await room.do(survey_invitations.draw, made, EVERYBODY, 4, **given)
    async with room.database.reading() as db:
        return await surveys.get(db, made.id)


async def gone_to(room):
    """Return how often each was written to, by route."""
    async with room.database.reading() as db:
        found = (await db.execute(select(outbox.c.route_id))).scalars().all()
    return sorted(found.count(route) for route in set(found))


async def test_it_is_a_draft_for_the_sample_with_reminders(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    draft = (await room.find(made)).draft
    assert (draft.survey_id, draft.language, draft.title) == (survey.id, "en", "Pits")
    assert (draft.schedule.times, draft.schedule.every) == (3, inviting.EVERY)
    async with room.database.reading() as db:
        said = await announcements.texts(db, made)
    assert said == {(0, tag): Words(text) for tag, text in TEXTS.items()}


@pytest.mark.parametrize(("days", "times"), [(14, 3), (6, 3), (5, 2), (2, 1)])
async def test_no_reminder_comes_after_the_end(room, rehema, survey, days, times):
    room.now = survey.expires_at - days * DAY
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    assert (await room.find(made)).draft.schedule.times == times


async def test_without_a_sample_it_goes_once_to_whomever_is_chosen(room, rehema, opened, closed):
    await room.list_people((6, "sms", "en"))
    made = await room.do(inviting.begin, await opened(closed("a", 1)), TEXTS, by=rehema)
    draft = (await room.find(made)).draft
    assert draft.schedule == Schedule()
    await room.alone(made, rehema)
    await room.tick()
    assert await gone_to(room) == [1] * 6


async def test_to_what_does_not_listen_nobody_is_invited(room, rehema, survey, begun, closed):
    with pytest.raises(NotListening):
        await room.do(inviting.begin, await begun(closed("b", 1)), TEXTS, by=rehema)
    room.now = survey.expires_at
    with pytest.raises(NotListening):
        await room.do(inviting.begin, survey, TEXTS, by=rehema)


async def test_it_goes_to_the_sample_and_again_to_who_is_not_at_the_end(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    await room.alone(made, rehema)
    await room.tick()
    assert await gone_to(room) == [1, 1, 1, 1]
    async with room.database.transaction() as db:
        first = select(invitations.c.subscriber_id).limit(1).scalar_subquery()
        at_end = update(invitations).where(invitations.c.subscriber_id == first)
        await db.execute(at_end.values(state=survey_invitations.State.DONE))
    for _ in range(2):
        room.now += inviting.EVERY * DAY
        await room.tick()
    assert await gone_to(room) == [1, 3, 3, 3]
    async with room.database.reading() as db:
        assert (await survey_invitations.standing(db, survey.id)).waiting == 0
        assert [one.state for one in await of_announcement(db, made)] == [Run.GONE] * 3


async def test_another_broadcast_writes_to_nobody_a_fourth_time(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    await room.alone(made, rehema)
    for _ in range(3):
        await room.tick()
        room.now += inviting.EVERY * DAY
    again = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    with pytest.raises(Refused) as refused:
        await room.alone(again, rehema)
    assert refused.value.why is Refusal.NOBODY


# --- and when its time is over ------------------------------------------------------------------


async def test_what_is_approved_late_leaves_only_while_the_survey_listens(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    room.now += 10 * DAY
    await room.alone(made, rehema)
    for _ in range(4):
        await room.tick()
        room.now += inviting.EVERY * DAY
    assert await gone_to(room) == [2, 2, 2, 2]  # on the tenth day and the thirteenth
    async with room.database.reading() as db:
        assert [one.state for one in await of_announcement(db, made)] == [Run.GONE] * 2


async def test_what_was_begun_is_not_worth_sending_after_the_last_day(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    room.now = survey.expires_at - DAY / 4
    await room.alone(made, rehema)
    await room.tick()
    assert {one.expires_at for one in await room.broadcasts(made)} == {survey.expires_at}


async def test_one_that_was_due_while_nobody_was_there_is_missed(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    room.now = survey.expires_at - DAY / 4
    await room.alone(made, rehema)
    room.now = survey.expires_at
    await room.tick()
    async with room.database.reading() as db:
        assert [one.state for one in await of_announcement(db, made)] == [Run.MISSED]
    assert await gone_to(room) == []


async def test_an_official_cannot_put_it_after_the_last_day(room, rehema, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    this = await room.find(made)
    late = replace(this.draft, schedule=Schedule(starts_at=survey.expires_at + DAY))
    await room.do(announcements.change, made, late, edition=this.edition, by=rehema)
    with pytest.raises(Refused) as refused:
        await room.alone(made, rehema)
    assert refused.value.why is Refusal.OVER


async def test_what_was_asked_for_in_time_is_not_approved_too_late(room, rehema, joseph, survey):
    made = await room.do(inviting.begin, survey, TEXTS, by=rehema)
    await room.ask(made, rehema)
    room.now = survey.expires_at
    with pytest.raises(Refused) as refused:
        await room.approve(made, joseph)
    assert refused.value.why is Refusal.OVER


async def test_without_a_sample_too_nobody_is_invited_too_late(room, rehema, opened, closed):
    await room.list_people((6, "sms", "en"))
    made = await room.do(inviting.begin, await opened(closed("a", 1)), TEXTS, by=rehema)
    room.now += 14 * DAY
    with pytest.raises(Refused) as refused:
        await room.alone(made, rehema)
    assert refused.value.why is Refusal.OVER


async def test_a_sample_whose_invitation_is_leaving_is_not_put_back(room, rehema, survey):
    await room.do(inviting.begin, survey, TEXTS, by=rehema)
    async with room.database.reading() as db:
        assert await survey_invitations.may_be_put_back(db, survey)
    async with room.database.transaction() as db:
        await db.execute(update(announcements.announcements).values(began_at=room.now))
    async with room.database.reading() as db:
        assert not await survey_invitations.may_be_put_back(db, survey)
