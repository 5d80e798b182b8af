import pytest

from forum import audit, bodies, members, seating
from forum.members import NotAllowed, Role

MINES, HEALTH = "b" * 32, "h" * 32


@pytest.fixture
async def people(database, keyring, now):
    made = []
    async with database.transaction() as db:
        for body, name in ((MINES, "Inspectorate"), (HEALTH, "Health service")):
            row = {"id": body, "name": name, "kind": "mines"}
            await db.execute(bodies.bodies.insert().values(row))
        for email, role in (("lead@x.org", Role.LEAD), ("one@x.org", Role.HANDLER)):
            keys = members.prepare("a password for tests", keyring)
            given = {"name": email, "language": "en", "keys": keys, "now": now}
            made.append(await members.join(db, email=email, role=role, **given))
    return made


@pytest.fixture
def seat(database, people, now):
    async def added(body=MINES, name="Inspector"):
        async with database.transaction() as db:
            given = {"by": people[0].id, "now": now}
            seat_id = await bodies.add_seat(db, body, name, **given)
            return await bodies.seat_by_id(db, seat_id)

    return added


async def test_who_takes_a_seat_sits_for_its_body(database, people, seat, now):
    lead, one = people
    chair = await seat()
    async with database.transaction() as db:
        assert await seating.sit(db, one, chair, by=lead, now=now)
        one = await members.get(db, one.id)
        assert not await seating.sit(db, one, chair, by=lead, now=now)
        assert one.body_id == MINES
        assert await bodies.seated(db) == {one.id: chair.id}


async def test_another_body_frees_the_seat_and_the_same_one_keeps_it(database, people, seat, now):
    lead, one = people
    chair = await seat()
    async with database.transaction() as db:
        await seating.sit(db, one, chair, by=lead, now=now)
        await members.change_body(db, one.id, MINES, by=lead, now=now)
        assert await bodies.seated(db) == {one.id: chair.id}
        await members.change_body(db, one.id, HEALTH, by=lead, now=now)
        assert await bodies.seated(db) == {}


async def test_who_stands_up_sits_for_the_body_all_the_same(database, people, seat, now):
    lead, one = people
    chair = await seat(HEALTH, "Nurse")
    async with database.transaction() as db:
        await seating.sit(db, one, chair, by=lead, now=now)
        await seating.stand(db, one, by=lead, now=now)
        assert await bodies.seated(db) == {}
        assert (await members.get(db, one.id)).body_id == HEALTH
        assert (await audit.recent(db, limit=1))[0].act == "member.seat"


async def test_nobody_seats_themselves(database, people, seat, now):
    lead, one = people
    chair = await seat()
    for who, by in ((lead, lead), (lead, one)):
        with pytest.raises(NotAllowed):
            async with database.transaction() as db:
                await seating.sit(db, who, chair, by=by, now=now)
    with pytest.raises(NotAllowed):
        async with database.transaction() as db:
            await seating.stand(db, lead, by=lead, now=now)
