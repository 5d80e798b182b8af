import pytest
from sqlalchemy import select, update

from forum import audit, keyholders
from forum.members import Role
from grievances import caseload, exclusions
from grievances.case import NoSuchCase, cases
from grievances.exclusions import NobodyLeft, NotEligible, Why
from grievances.filters import Filter, Show

#: Why somebody is kept out of a case by itself; «merged» comes and goes with another
#: (``test_merging``).
OF_ITSELF = [why for why in Why if why is not Why.MERGED]


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
def exclude(database, secretary, now):
    async def excluded(filed, person, why=Why.NAMED):
        async with database.transaction() as db:
            by = secretary.member.id
            ids = [filed.case_id], [person.member.id]
            await exclusions.exclude(db, *ids, why, by=by, now=now)

    return excluded


@pytest.fixture
def bar(database, now):
    async def barred(filed, person, by):
        async with database.transaction() as db:
            given = {"by": by.member, "now": now}
            await exclusions.bar(db, filed.case_id, person.member.id, **given)

    return barred


@pytest.fixture
def admit(database, now):
    async def admitted(filed, person, by):
        async with database.transaction() as db:
            given = {"by": by.member, "now": now}
            await exclusions.admit(db, filed.case_id, person.member.id, **given)

    return admitted


@pytest.fixture
def seen(database, now):
    """What somebody sees of the cases: references listed, and every count."""

    async def of(person):
        async with database.reading() as db:
            listed = await caseload.queue(db, person.member, now=now)
            counts = await caseload.counts(db, person.member, list(map(Filter, Show)), now=now)
        return [row.reference for row in listed.rows], counts

    return of


@pytest.mark.parametrize("role", [Role.LEAD, Role.SECRETARY])
@pytest.mark.parametrize("why", OF_ITSELF)
async def test_to_who_is_kept_out_it_is_as_if_it_had_never_come(
    file, join, seen, exclude, opens, role, why
):
    person = await join("person@example.org", role)
    await file()
    before = await seen(person)
    filed = await file()
    await exclude(filed, person, why)
    assert await seen(person) == before
    assert not await opens(filed, person)


async def test_others_go_on_with_it(file, secretary, handler, seen, exclude, opens):
    filed = await file()
    await exclude(filed, handler)
    assert (await seen(secretary))[0] == [filed.reference]
    assert await opens(filed, secretary)


async def test_a_handler_who_had_it_has_it_no_more(file, handler, seen, exclude, database):
    filed = await file()
    async with database.transaction() as db:
        await db.execute(update(cases).values(assignee=handler.member.id))
    assert (await seen(handler))[0] == [filed.reference]
    await exclude(filed, handler)
    assert (await seen(handler))[0] == []
    async with database.reading() as db:
        assert (await db.execute(select(cases.c.assignee))).scalar_one() is None
        assert await caseload.assigned_to(db, handler.member.id) == []


async def test_what_somebody_had_is_told_to_those_who_may_know_of_it(
    file, secretary, handler, lead, exclude, database
):
    filed = await file()
    async with database.transaction() as db:
        await db.execute(update(cases).values(assignee=handler.member.id))
    await exclude(filed, lead)
    async with database.reading() as db:
        for told, known in ((None, 1), (secretary.member, 1), (lead.member, 0)):
            theirs = await caseload.assigned_to(db, handler.member.id, told=told)
            assert len(theirs) == known


async def test_kept_out_twice_for_one_reason_is_once(file, handler, exclude, database):
    filed = await file()
    for why in (Why.NAMED, Why.NAMED, Why.BODY):
        await exclude(filed, handler, why)
    async with database.reading() as db:
        found = await exclusions.of_case(db, filed.case_id)
    assert {one.why for one in found} == {Why.NAMED, Why.BODY}
    assert len(found) == 2


async def test_one_steps_aside_when_somebody_else_can_go_on(
    file, secretary, lead, seen, database, now
):
    filed = await file()
    async with database.transaction() as db:
        await exclusions.step_aside(db, filed.case_id, secretary.member, now)
    assert (await seen(secretary))[0] == []
    assert (await seen(lead))[0] == [filed.reference]


async def test_the_last_who_can_open_it_does_not_step_aside(file, secretary, database, now):
    filed = await file()
    with pytest.raises(NobodyLeft):
        async with database.transaction() as db:
            await exclusions.step_aside(db, filed.case_id, secretary.member, now)
    with pytest.raises(NoSuchCase):
        async with database.transaction() as db:
            await exclusions.step_aside(db, "0" * 32, secretary.member, now)


async def test_the_lead_keeps_somebody_out_and_lets_them_in_again(
    file, secretary, lead, seen, bar, admit, opens
):
    filed = await file()
    await bar(filed, secretary, lead)
    assert (await seen(secretary))[0] == []
    await admit(filed, secretary, lead)
    assert (await seen(secretary))[0] == [filed.reference]
    assert not await opens(filed, secretary)  # a colleague gives the key again


async def test_whom_the_report_names_is_not_let_in_by_hand(
    file, secretary, lead, seen, exclude, admit
):
    filed = await file()
    await exclude(filed, secretary, Why.NAMED)
    await admit(filed, secretary, lead)
    assert (await seen(secretary))[0] == []


async def test_the_lead_alone_decides_by_hand_and_not_on_themselves(
    file, secretary, handler, lead, bar, admit
):
    filed = await file()
    for person, by in ((handler, secretary), (lead, lead)):
        with pytest.raises(NotEligible):
            await bar(filed, person, by)
    with pytest.raises(NotEligible):
        await admit(filed, handler, secretary)


async def test_the_lead_keeps_nobody_out_who_alone_can_open_it(
    file, secretary, join, bar, database
):
    filed = await file()
    late = await join("late@example.org", Role.LEAD)  # came after the report, and has no key
    with pytest.raises(NobodyLeft):
        await bar(filed, secretary, late)


async def test_what_was_decided_by_hand_is_logged(file, secretary, lead, bar, admit, database):
    filed = await file()
    await bar(filed, secretary, lead)
    await admit(filed, secretary, lead)
    await admit(filed, secretary, lead)  # nothing to take back
    async with database.reading() as db:
        acts = [line.act for line in await audit.recent(db) if line.actor == lead.member.id]
    assert acts == ["case.admitted", "case.barred"]


async def test_a_new_key_opens_nothing_that_is_hidden(
    file, secretary, lead, exclude, database, now
):
    filed, other = await file(), await file()
    await exclude(filed, lead)
    async with database.transaction() as db:
        await keyholders.withdraw(db, [other.case_id], [lead.member.id])
        hidden = exclusions.hidden_from(lead.member.id)
        assert await keyholders.missing(db, lead.member.id, hidden) == 1
        given = await keyholders.grant(
            db,
            to=lead.member,
            by=secretary.member.id,
            by_private=secretary.private,
            apart_from=hidden,
            now=now,
        )
    assert given == 1
