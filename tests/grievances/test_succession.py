import pytest

from forum import members
from forum.members import Role
from grievances import exclusions, hands, succession
from grievances.exclusions import NotEligible, Why
from grievances.hands import Part
from grievances.succession import HadIt


@pytest.fixture
async def filed(file, secretary):
    return await file()


@pytest.fixture
def eligible(database, filed):
    async def found():
        async with database.reading() as db:
            return set(await succession.eligible(db, filed.case_id))

    return found


@pytest.fixture
def part(database, filed, now):
    """Take the case from somebody."""

    async def parted(person, how=Part.PARTED):
        async with database.transaction() as db:
            await hands.record(db, filed.case_id, {person.member.id: how}, now)

    return parted


async def test_whoever_handles_cases_may_be_given_one(eligible, secretary, handler, join):
    for role in (Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR):
        await join(f"some-{role}@example.org", role)
    assert await eligible() == {secretary.member.id, handler.member.id}


async def test_who_had_it_is_the_last_to_be_given_it_again(
    eligible, part, secretary, handler, database, filed
):
    await part(handler)
    assert await eligible() == {secretary.member.id}
    async with database.reading() as db:
        with pytest.raises(HadIt):
            await succession.check(db, filed.case_id, handler.member.id)
    await part(secretary)
    assert await eligible() == {secretary.member.id, handler.member.id}


async def test_who_handled_it_and_gave_it_away_may_have_it_back(eligible, part, handler):
    await part(handler, Part.HANDLED)
    assert handler.member.id in await eligible()


async def test_who_is_kept_out_or_has_left_is_not_given_it_even_if_nobody_else_is_there(
    eligible, part, secretary, handler, join, database, filed, now
):
    lead, gone = await join("lead@example.org", Role.LEAD), await join("gone@example.org")
    await part(secretary)
    async with database.transaction() as db:
        out = [handler.member.id, lead.member.id]
        by = secretary.member.id
        await exclusions.exclude(db, [filed.case_id], out, Why.NAMED, by=by, now=now)
        await members.remove(db, gone.member.id, by=lead.member, now=now)
    assert await eligible() == {secretary.member.id}
    async with database.reading() as db:
        with pytest.raises(NotEligible) as refused:
            await succession.check(db, filed.case_id, handler.member.id)
    assert refused.type is NotEligible
