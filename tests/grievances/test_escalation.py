from datetime import timedelta

import pytest
from sqlalchemy import select, update

from forum import audit, keyholders, members
from forum.members import NotAllowed, Role
from grievances import escalation, exclusions
from grievances.case import cases
from grievances.escalation import CHAIR, FOCAL_POINT, LEAD, LEVELS, OUTSIDE, above

DAY = timedelta(days=1)


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
def name(database, lead, now):
    async def named(level, person, by=lead):
        async with database.transaction() as db:
            await escalation.name(db, level, person.member, by=by.member, now=now)

    return named


@pytest.fixture
def able(database):
    async def levels(filed):
        async with database.reading() as db:
            return set((await escalation.able(db, [filed.case_id])).get(filed.case_id, ()))

    return levels


@pytest.mark.parametrize(
    ("level", "have", "next_one"),
    [
        (0, {1, 2, 3, 4}, 1),
        (0, {2, 4}, 2),
        (1, {1, 4}, 4),  # two levels with nobody are passed over
        (2, {1, 2}, 3),  # nobody above: the very next
        (0, set(), 1),
        (4, {1, 4}, 4),  # above the highest there is nothing
    ],
)
def test_a_case_goes_to_the_next_level_that_has_somebody(level, have, next_one):
    assert above(level, have) == next_one


async def test_until_somebody_is_named_the_leads_answer_for_level_one(file, lead, able):
    assert await able(await file()) == {LEAD}


async def test_whoever_is_named_answers_and_the_leads_no_more(
    file, lead, handler, name, able, database
):
    filed = await file()
    await name(LEAD, handler)
    await name(CHAIR, handler)
    assert await able(filed) == {LEAD, CHAIR}
    async with database.reading() as db:
        who = await db.execute(escalation.eligible().where(cases.c.id == filed.case_id))
        assert {(row.level, row.member_id) for row in who} == {
            (LEAD, handler.member.id),
            (CHAIR, handler.member.id),
        }


async def test_who_is_kept_out_answers_for_no_level_of_that_case(
    database, file, lead, handler, name, able, now
):
    theirs, other = await file(), await file()
    await name(CHAIR, handler)

    async with database.transaction() as db:
        await exclusions.bar(db, theirs.case_id, handler.member.id, by=lead.member, now=now)
    assert await able(theirs) == {LEAD}
    assert await able(other) == {LEAD, CHAIR}


async def test_in_quarantine_only_those_who_triage_answer(file, lead, handler, name, able):
    filed = await file(category="BRIBE")
    await name(OUTSIDE, handler)
    assert await able(filed) == {LEAD}


async def test_who_has_left_answers_no_more(file, lead, handler, name, able, database, now):
    filed = await file()
    await name(LEAD, handler)
    async with database.transaction() as db:
        await members.remove(db, handler.member.id, by=lead.member, now=now)
        assert await escalation.named(db) == []
    assert await able(filed) == {LEAD}  # the leads again


async def test_naming_is_written_down_and_counts_once(database, lead, handler, name, now):
    await name(FOCAL_POINT, handler)
    await name(FOCAL_POINT, handler)
    async with database.transaction() as db:
        (one,) = await escalation.named(db)
        assert (one.level, one.member_id) == (FOCAL_POINT, handler.member.id)
        by = {"by": lead.member, "now": now}
        for _ in range(2):
            await escalation.unname(db, FOCAL_POINT, handler.member.id, **by)
        assert await escalation.named(db) == []
        acts = [(line.act, line.subject) for line in await audit.recent(db, limit=2)]
    assert acts == [
        ("escalation.unnamed.3", handler.member.id),
        ("escalation.named.3", handler.member.id),
    ]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_who_sees_no_case_answers_for_none(join, name, role):
    person = await join("blind@example.org", role)
    with pytest.raises(NotAllowed):
        await name(CHAIR, person)


async def test_who_may_not_give_rights_to_cases_names_nobody(join, handler, name, database, now):
    administrator = await join("admin@example.org", Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        await name(CHAIR, handler, by=administrator)
    with pytest.raises(NotAllowed):
        async with database.transaction() as db:
            who = handler.member
            await escalation.unname(db, CHAIR, who.id, by=handler.member, now=now)


@pytest.mark.parametrize("level", [0, 5, -1])
async def test_there_is_no_other_level(handler, name, level):
    with pytest.raises(NotAllowed):
        await name(level, handler)


async def test_those_it_has_come_to_lack_a_key_until_they_are_given_one(
    file, secretary, lead, handler, name, database, now
):
    filed = await file()
    await name(CHAIR, handler)

    async def lacking(db):
        return await escalation.without_key(db, filed.case_id)

    async with database.transaction() as db:
        assert await lacking(db) == []
        await db.execute(update(cases).values(level=CHAIR))
        assert (CHAIR, handler.member.id) in await lacking(db)
        await keyholders.grant(
            db,
            to=handler.member,
            by=secretary.member.id,
            by_private=secretary.private,
            subjects=[filed.case_id],
            now=now,
        )
        assert (CHAIR, handler.member.id) not in await lacking(db)


async def test_a_case_is_shown_to_whom_it_has_come(file, handler, name, database):
    await file()
    await name(CHAIR, handler)
    seen = []
    for level in LEVELS:
        async with database.transaction() as db:
            await db.execute(update(cases).values(level=level))
            shown = select(cases.c.id).where(escalation.escalated_to(handler.member.id))
            seen.append(len((await db.execute(shown)).all()))
    assert seen == [0, 0, 1, 1, 1]
