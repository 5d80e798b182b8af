from dataclasses import replace

import pytest
from sqlalchemy import select, update

from channels.base import Style
from channels.ledger import State, outbox
from channels.ways import Way
from outreach import progress, resending
from outreach.announcements import Again, Words
from tests.support.newsroom import WAYS

TEXTS = {(part, "en"): Words("x" * 200 if part else "Fees.") for part in (0, 1)}


@pytest.fixture
async def going(room, rehema):
    """A broadcast of two parts that has left, to three telephones and a chat of WhatsApp."""
    ways = {**WAYS, "whatsapp": Way("whatsapp", Style.TEXT, 80.0)}
    room.office = replace(room.office, ways=ways)
    routes = await room.list_people((3, "sms", "en"), (1, "whatsapp", "en"))
    made = await room.write(rehema, TEXTS, parts=2)
    await room.alone(made, rehema)
    await room.tick()
    return made, routes


async def settle(room, made, state, *conditions):
    async with room.database.transaction() as db:
        await db.execute(update(outbox).where(*conditions).values(state=state))
    await progress.count(room.database, made, room.now)


async def choices(room, made):
    given = {"ways": room.office.ways, "zones": room.office.zones, "now": room.now}
    async with room.database.reading() as reads:
        return await resending.choices(reads, await room.find(made), **given)


async def again(room, rehema, made, by):
    """Let it leave once more, and return the rows of that."""
    draft = resending.drafted(await room.find(made), by)
    first = (await room.broadcasts(made))[0].id
    written = await room.write(rehema, TEXTS, **vars_of(draft))
    await room.alone(written, rehema)
    await room.tick()
    of = outbox.c
    async with room.database.reading() as reads:
        rows = await reads.execute(
            select(of.route_id, of.channel, of.part)
            .where(of.broadcast != first)
            .order_by(of.route_id, of.part)
        )
        return [tuple(row) for row in rows]


def vars_of(draft):
    names = ("parts", "schedule", "again_of", "again_by", "calls", "audience", "fallback")
    return {name: getattr(draft, name) for name in names}


async def test_it_is_reckoned_and_planned_by_the_parts_that_did_not_arrive(room, rehema, going):
    made, (whole, half, *_) = going
    await settle(room, made, State.DELIVERED)
    await settle(room, made, State.FAILED, outbox.c.route_id == whole)
    await settle(room, made, State.FAILED, outbox.c.route_id == half, outbox.c.part == 1)
    (only,) = await choices(room, made)
    assert (only.by, only.estimate.people, only.estimate.units) == (Again.SAME, 2, 1 + 2 + 2)
    expected = sorted([(whole, "sms", 0), (whole, "sms", 1), (half, "sms", 1)])
    assert await again(room, rehema, made, Again.SAME) == expected


async def test_whom_whatsapp_did_not_reach_gets_an_sms_by_the_same_route(room, rehema, going):
    made, (*_, chat) = going
    await settle(room, made, State.FAILED, outbox.c.route_id == chat)
    assert [one.by for one in await choices(room, made)] == [Again.SAME, Again.SMS]
    assert await again(room, rehema, made, Again.SMS) == [(chat, "sms", 0), (chat, "sms", 1)]


async def test_nothing_is_to_be_chosen_while_all_is_under_way(room, going):
    assert await choices(room, going[0]) == []
