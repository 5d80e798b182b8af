import pytest
from sqlalchemy import select

from forum import audit, keyholders
from forum.members import Role
from grievances import (
    appeals,
    case,
    caseload,
    entries,
    escalation,
    exclusions,
    hands,
    panel,
)
from grievances.case import NoSuchCase, Turn
from grievances.exclusions import Why
from grievances.hands import Part
from grievances.states import Actor, NotAllowed, State


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
async def judge(join, lead, database, now):
    """Somebody who sits on the panel, and sees no case otherwise."""
    person = await join("judge@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await panel.name(db, person.member, by=lead.member, now=now)
    return person


@pytest.fixture
async def proposed(database, file, secretary, handler):
    """A case with a proposal of its handler's."""
    filed = await file()
    async with database.transaction() as db:
        await case.change(
            db,
            filed.case_id,
            state=State.PROPOSED,
            assignee=handler.member.id,
            quarantine=False,
        )
    return filed


@pytest.fixture
def ask(database, proposed, now):
    async def asked(by=None):
        async with database.transaction() as db:
            by_member = by.member if by else None
            return await appeals.ask(db, proposed.case_id, by=by_member, now=now)

    return asked


@pytest.fixture
def judges(database, proposed):
    async def found():
        async with database.reading() as db:
            return set(await appeals.judges(db, proposed.case_id))

    return found


@pytest.fixture
def sees(database, proposed):
    async def found(person):
        async with database.reading() as db:
            return await caseload.find(db, person.member, proposed.reference) is not None

    return found


@pytest.fixture
def held(database, proposed):
    async def found():
        async with database.transaction() as db:
            return await case.hold(db, proposed.case_id)

    return found


async def test_the_panel_sees_a_case_while_it_is_under_appeal(
    ask, judge, sees, database, proposed
):
    assert not await sees(judge)
    assert await ask()
    assert await sees(judge)
    async with database.transaction() as db:
        await case.change(db, proposed.case_id, state=State.IN_REVIEW)
    assert not await sees(judge)


async def test_what_the_reporter_asks_is_kept_and_the_case_moves_on_their_word(
    ask, judge, held, secretary, database, proposed
):
    assert await ask()
    async with database.reading() as db:
        (move,) = await case.history(db, proposed.case_id)
        key = await keyholders.open_subject(
            db, proposed.case_id, secretary.member.id, secretary.private
        )
        said = [entry.text for entry in await entries.read(db, proposed.case_id, key)]
    assert (move.word_of, move.actor) == (Actor.REPORTER, "reporter")
    assert said[-1] == "The reporter asks that others decide."
    assert not await ask()  # it is there already
    assert (await held()).state is State.APPEALED


async def test_a_member_notes_it_and_is_refused_where_it_cannot_be(ask, judge, secretary, held):
    assert await ask(by=secretary)
    assert (await held()).state is State.APPEALED
    with pytest.raises(NotAllowed):
        await ask(by=secretary)


@pytest.mark.parametrize("part", Part)
async def test_whoever_decided_does_not_sit_on_it(
    ask, judge, judges, sees, database, proposed, now, part
):
    await ask()
    assert await judges() == {judge.member.id}
    async with database.transaction() as db:
        await hands.record(db, proposed.case_id, {judge.member.id: part}, now)
    assert await judges() == set()
    assert not await sees(judge)


async def test_neither_the_handler_nor_who_is_kept_out_sits_on_it(
    ask, judge, judges, sees, join, lead, handler, database, proposed, now
):
    async with database.transaction() as db:
        await panel.name(db, handler.member, by=lead.member, now=now)
        await panel.name(db, lead.member, by=lead.member, now=now)
    await ask()
    assert await judges() == {judge.member.id, lead.member.id}
    async with database.transaction() as db:
        out = [judge.member.id]
        by = lead.member.id
        await exclusions.exclude(db, [proposed.case_id], out, Why.NAMED, by=by, now=now)
    assert await judges() == {lead.member.id}
    assert not await sees(judge)


async def test_in_quarantine_only_those_who_triage_sit_on_it(
    ask, judge, judges, sees, database, proposed
):
    await ask()
    async with database.transaction() as db:
        await case.change(db, proposed.case_id, quarantine=True)
    assert await judges() == set()
    assert not await sees(judge)


async def test_with_nobody_left_a_body_outside_decides(
    ask, held, judges, sees, join, lead, handler, database, proposed, now
):
    outside = await join("outside@example.org", Role.HANDLER)
    async with database.transaction() as db:
        for person in (outside, handler):  # the handler has decided, whatever else they are
            await escalation.name(db, 4, person.member, by=lead.member, now=now)
    await ask()
    async with database.reading() as db:
        level = (await db.execute(select(case.cases.c.level))).scalar_one()
        acts = [(line.act, line.actor) for line in await audit.recent(db)]
    assert level == escalation.OUTSIDE
    assert ("case.escalated.4", "system") in acts
    assert await judges() == {outside.member.id}
    assert await sees(outside)


async def test_while_the_panel_has_somebody_the_body_outside_has_no_part(
    ask, judge, judges, join, lead, database, now
):
    outside = await join("outside@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await escalation.name(db, 4, outside.member, by=lead.member, now=now)
    await ask()
    assert await judges() == {judge.member.id}


async def test_who_is_to_decide_and_has_no_key_is_known(
    ask, judge, secretary, database, proposed, now
):
    await ask()
    async with database.transaction() as db:
        assert await appeals.without_key(db, proposed.case_id) == [judge.member.id]
        await keyholders.grant(
            db,
            to=judge.member,
            by=secretary.member.id,
            by_private=secretary.private,
            subjects=[proposed.case_id],
            now=now,
        )
        assert await appeals.without_key(db, proposed.case_id) == []


async def test_there_is_such_a_case(database, now):
    with pytest.raises(NoSuchCase):
        async with database.transaction() as db:
            await appeals.ask(db, "0" * 32, now=now)


@pytest.mark.parametrize("state", State)
def test_it_may_be_asked_for_where_the_table_says_and_once(state):
    may = state in {State.PROPOSED, State.CLOSED}
    assert appeals.may_be_asked(state, None) == may
    assert appeals.may_be_asked(state, Turn.REOPENED) == may
    assert not appeals.may_be_asked(state, Turn.DISMISSED)
