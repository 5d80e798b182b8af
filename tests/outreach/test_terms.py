from datetime import timedelta

import pytest

from forum.members import NotAllowed, Role
from outreach import terms
from outreach.terms import ALONE_UP_TO


@pytest.fixture
async def lead(room):
    return await room.member(Role.LEAD, "Lindiwe")


@pytest.fixture
async def admin(room):
    return await room.member(Role.ADMINISTRATOR, "Ali")


async def now_holds(room):
    async with room.database.reading() as reads:
        return await terms.read(reads)


async def test_to_allow_less_takes_one(room, lead):
    assert (await now_holds(room)).alone_up_to == ALONE_UP_TO
    assert await room.do(terms.allow, 10, by=lead)
    assert (await now_holds(room)).alone_up_to == 10


async def test_to_allow_more_takes_two(room, lead, admin):
    assert not await room.do(terms.allow, 500, by=lead)
    assert (await now_holds(room)).alone_up_to == ALONE_UP_TO
    for _ in range(2):
        with pytest.raises(NotAllowed):
            await room.do(terms.agree, 500, by=lead)
    with pytest.raises(NotAllowed):
        await room.do(terms.agree, 5000, by=admin)  # nobody wished that
    await room.do(terms.agree, 500, by=admin)
    held = await now_holds(room)
    assert (held.alone_up_to, held.wished) == (500, None)


async def test_a_second_self_who_joins_afterwards_does_not_agree(room, lead):
    await room.do(terms.allow, 500, by=lead)
    other = await room.member(Role.LEAD, joined=room.now + timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        await room.do(terms.agree, 500, by=other)


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.SECRETARY, Role.AUDITOR])
async def test_who_broadcasts_or_does_not_manage_sets_no_terms(room, role):
    person = await room.member(role)
    with pytest.raises(NotAllowed):
        await room.do(terms.allow, 1, by=person)
    with pytest.raises(NotAllowed):
        await room.do(terms.price, {"sms": 1}, "USD", by=person)


@pytest.mark.parametrize("people", [-1, 10_001])
async def test_a_number_that_makes_no_sense_is_refused(room, lead, people):
    with pytest.raises(ValueError, match=str(people)):
        await room.do(terms.allow, people, by=lead)


async def test_prices_are_kept_by_channel(room, lead):
    await room.do(terms.price, {"sms": 450, "whatsapp": 150}, "KES", by=lead)
    await room.do(terms.price, {"sms": 460}, "KES", by=lead)
    async with room.database.reading() as reads:
        assert await terms.prices_of(reads) == {"sms": 460, "whatsapp": 150}
    assert (await now_holds(room)).currency == "KES"
