import pytest
from sqlalchemy import select

from forum import audit, keyholders
from forum.members import Role
from grievances import appeals, case, caseload, deadlines, entries, exclusions, panel, verdicts
from grievances.case import NoSuchCase, Turn
from grievances.correspondence import unread
from grievances.deadlines import Step
from grievances.entries import Audience
from grievances.exclusions import NotEligible, Why
from grievances.states import NotAllowed, State
from vault.seals import CannotOpen


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
async def judge(join, lead, database, now):
    person = await join("judge@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await panel.name(db, person.member, by=lead.member, now=now)
    return person


@pytest.fixture
async def appealed(database, file, secretary, handler, judge, now):
    """A case under appeal, to which its panel holds a key."""
    filed = await file()
    async with database.transaction() as db:
        its = {"state": State.PROPOSED, "assignee": handler.member.id}
        await case.change(db, filed.case_id, **its)
        await deadlines.meet(db, filed.case_id, [Step.FEEDBACK, Step.TOTAL], now)
        await appeals.ask(db, filed.case_id, now=now)
        given = {"by": secretary.member.id, "by_private": secretary.private, "now": now}
        await keyholders.grant(db, to=judge.member, subjects=[filed.case_id], **given)
    return filed


@pytest.fixture
def decide(database, keyring, appealed, now):
    async def decided(by, *, upheld, case_id=None):
        async with database.transaction() as db:
            await verdicts.decide(
                db,
                keyring,
                case_id or appealed.case_id,
                upheld=upheld,
                reason="We have looked at it.",
                by=by.member,
                now=now,
            )

    return decided


@pytest.fixture
def held(database, appealed):
    async def found():
        async with database.transaction() as db:
            return await case.hold(db, appealed.case_id)

    return found


@pytest.mark.parametrize(
    ("upheld", "to", "turn"),
    [(True, State.IN_REVIEW, Turn.UPHELD), (False, State.CLOSED, Turn.DISMISSED)],
)
async def test_the_panel_decides_and_tells_the_reporter_why(
    decide, held, judge, secretary, database, appealed, now, upheld, to, turn
):
    await decide(judge, upheld=upheld)
    after = await held()
    assert (after.state, after.turn) == (to, turn)
    async with database.reading() as db:
        key = await keyholders.open_subject(
            db, appealed.case_id, secretary.member.id, secretary.private
        )
        told = (await entries.read(db, appealed.case_id, key))[-1]
        waiting = (await db.execute(select(unread.c.entry_id))).scalars().all()
        clocks = {each.step: each for each in await deadlines.of_case(db, appealed.case_id)}
        acts = [(line.act, line.actor) for line in await audit.recent(db)]
    assert (told.text, told.audience) == ("We have looked at it.", Audience.REPORTER)
    assert waiting == [told.id]
    assert clocks[Step.APPEAL].met_at == now
    assert (clocks[Step.FEEDBACK].met_at is None) == upheld
    assert acts.count((f"case.{to}", judge.member.id)) == 1


async def test_what_is_upheld_goes_to_another_handler(decide, held, judge, handler):
    await decide(judge, upheld=True)
    assert (await held()).assignee is None


async def test_afterwards_the_panel_sees_and_opens_nothing(decide, judge, appealed, database):
    await decide(judge, upheld=False)
    async with database.reading() as db:
        assert await caseload.find(db, judge.member, appealed.reference) is None
        with pytest.raises(CannotOpen):
            await keyholders.open_subject(db, appealed.case_id, judge.member.id, judge.private)


async def test_nobody_else_decides(decide, held, secretary, handler, lead, join):
    other = await join("other@example.org", Role.HANDLER)
    for person in (secretary, handler, lead, other):
        with pytest.raises(NotEligible):
            await decide(person, upheld=True)
    assert (await held()).state is State.APPEALED


async def test_to_who_is_kept_out_there_is_no_such_case(
    decide, judge, lead, appealed, database, now
):
    async with database.transaction() as db:
        ids = [appealed.case_id], [judge.member.id]
        await exclusions.exclude(db, *ids, Why.NAMED, by=lead.member.id, now=now)
    with pytest.raises(NoSuchCase):
        await decide(judge, upheld=True)
    with pytest.raises(NoSuchCase):
        await decide(judge, upheld=True, case_id="0" * 32)


async def test_it_is_decided_once(decide, held, judge):
    await decide(judge, upheld=False)
    with pytest.raises(NotAllowed):
        await decide(judge, upheld=True)
    assert (await held()).state is State.CLOSED
