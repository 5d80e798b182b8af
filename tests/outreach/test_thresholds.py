from datetime import timedelta

import pytest

from forum.members import NotAllowed, Role
from outreach import thresholds
from outreach.thresholds import USUAL


@pytest.fixture
async def lead(ground):
    return await ground.member(Role.LEAD, "Lindiwe")


async def held(ground):
    return (await ground.read(thresholds.read)).threshold


async def test_to_ask_for_more_takes_one(ground, lead):
    assert await held(ground) == USUAL == 60
    assert await ground.do(thresholds.ask_for, 75, by=lead)
    assert await held(ground) == 75


async def test_to_ask_for_less_takes_two(ground, lead):
    admin = await ground.member(Role.ADMINISTRATOR, "Ali")
    assert not await ground.do(thresholds.ask_for, 40, by=lead)
    for person, percent in ((lead, 40), (admin, 30)):
        with pytest.raises(NotAllowed):
            await ground.do(thresholds.agree, percent, by=person)
    assert await held(ground) == USUAL
    await ground.do(thresholds.agree, 40, by=admin)
    assert await held(ground) == 40
    with pytest.raises(NotAllowed):
        await ground.do(thresholds.agree, 40, by=admin)


async def test_a_second_self_who_joins_afterwards_does_not_agree(ground, lead):
    await ground.do(thresholds.ask_for, 40, by=lead)
    other = await ground.member(Role.LEAD, joined=ground.now + timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        await ground.do(thresholds.agree, 40, by=other)


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.SECRETARY, Role.AUDITOR])
async def test_who_broadcasts_or_does_not_manage_sets_none(ground, role):
    person = await ground.member(role)
    with pytest.raises(NotAllowed):
        await ground.do(thresholds.ask_for, 90, by=person)


@pytest.mark.parametrize("percent", [-1, 0, 101])
async def test_a_number_that_makes_no_sense_is_refused(ground, lead, percent):
    with pytest.raises(ValueError, match=str(percent)):
        await ground.do(thresholds.ask_for, percent, by=lead)
