import pytest
from sqlalchemy import select

from forum import audit, keyholders, members
from forum.key_shares import RECOVERY, key_shares
from forum.members import NotAllowed, Role
from grievances import panel


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
def name(database, now):
    async def named(person, by):
        async with database.transaction() as db:
            await panel.name(db, person.member, by=by.member, now=now)

    return named


async def names(database):
    async with database.reading() as db:
        return [each.name for each in await panel.named(db)]


async def test_members_are_named_and_removed_and_both_are_logged(
    name, lead, handler, database, now
):
    await name(handler, lead)
    await name(handler, lead)  # once is enough
    assert await names(database) == [handler.member.name]
    for _ in range(2):
        async with database.transaction() as db:
            await panel.unname(db, handler.member.id, by=lead.member, now=now)
    assert await names(database) == []
    async with database.reading() as db:
        acts = [line.act for line in await audit.recent(db)]
    assert acts == ["panel.unnamed", "panel.named"]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_who_sees_no_case_does_not_sit(name, lead, join, database, role):
    with pytest.raises(NotAllowed):
        await name(await join("blind@example.org", role), lead)


async def test_who_may_not_give_rights_to_cases_names_nobody(name, handler, secretary, join):
    for role in (Role.ADMINISTRATOR, Role.SECRETARY, Role.HANDLER):
        with pytest.raises(NotAllowed):
            await name(handler, await join(f"some-{role}@example.org", role))


async def test_who_does_not_manage_members_removes_nobody(secretary, handler, database, now):
    with pytest.raises(NotAllowed):
        async with database.transaction() as db:
            await panel.unname(db, handler.member.id, by=secretary.member, now=now)


async def test_who_has_left_sits_no_more(name, lead, handler, database, now):
    await name(handler, lead)
    async with database.transaction() as db:
        await members.remove(db, handler.member.id, by=lead.member, now=now)
    assert await names(database) == []


async def test_when_it_is_over_only_those_keep_a_key_who_have_one_in_their_own_right(
    name, lead, secretary, handler, join, file, database, now
):
    case_id = (await file()).case_id
    judge = await join("judge@example.org", Role.HANDLER)
    for person in (secretary, handler, judge):
        await name(person, lead)
    async with database.transaction() as db:
        for person in (handler, judge):
            given = {"by": secretary.member.id, "by_private": secretary.private, "now": now}
            await keyholders.grant(db, to=person.member, subjects=[case_id], **given)
        await panel.dismiss(db, case_id, keep=handler.member.id)
        found = await db.execute(
            select(key_shares.c.member_id).where(key_shares.c.subject == case_id)
        )
    kept = {person.member.id for person in (lead, secretary, handler)}
    assert set(found.scalars()) == kept | {RECOVERY}
