"""Who sees a case in the survivors' lane: a table of who is there, and who is kept out."""

import pytest
from sqlalchemy import insert

from forum import members
from forum.members import Role
from grievances import caseload, escalation, exclusions, focal_points
from grievances.exclusions import Why
from grievances.filters import Filter
from grievances.lanes import focal_points as named
from grievances.taxonomy import SURVIVOR

PEOPLE = {
    "lead": Role.LEAD,
    "other": Role.LEAD,
    "secretary": Role.SECRETARY,
    "neema": Role.SECRETARY,
    "handler": Role.HANDLER,
}


@pytest.fixture
def house(join):
    async def joined(*names):
        return {name: await join(f"{name}@example.org", PEOPLE[name]) for name in names}

    return joined


@pytest.fixture
def name(database, now):
    async def points(*people):
        async with database.transaction() as db:
            for one in people:
                row = {"lane": SURVIVOR, "member_id": one.member.id, "named_at": now}
                await db.execute(insert(named).values(row))

    return points


@pytest.fixture
def sees(database, now):
    async def seeing(people, filed):
        found = set()
        async with database.reading() as db:
            for who, one in people.items():
                row = await caseload.find(db, one.member, filed.reference)
                (listed,) = await caseload.counts(db, one.member, [Filter()], now=now)
                assert (row is None) == (listed == 0)
                if row is not None:
                    found.add(who)
        return found

    return seeing


@pytest.mark.parametrize(
    ("here", "points", "out", "see"),
    [
        ("lead secretary", "", "", "lead"),
        ("secretary handler", "", "", "secretary"),
        ("lead secretary neema", "neema", "", "neema"),
        ("lead secretary neema", "neema", "neema", "lead"),
        ("lead secretary neema", "neema secretary", "neema", "secretary"),
        ("lead secretary", "", "lead", "secretary"),
        ("lead other secretary", "", "lead", "other"),
        ("lead secretary handler", "handler", "", "lead"),  # who cannot sort is not enough
        ("lead secretary", "lead", "lead", "secretary"),
        ("lead handler", "", "lead", ""),  # and whoever it is escalated to
    ],
)
async def test_the_lane_exists_for_its_focal_points(
    house, name, sees, file, database, now, here, points, out, see
):
    people = await house(*here.split())
    filed = await file(category="ABUSE")
    await name(*(people[one] for one in points.split()))
    async with database.transaction() as db:
        ids = [people[one].member.id for one in out.split()]
        await exclusions.exclude(db, [filed.case_id], ids, Why.BARRED, by="x", now=now)
    assert await sees(people, filed) == set(see.split())


async def test_other_cases_are_for_all(house, name, sees, file):
    people = await house("lead", "secretary")
    await name(people["lead"])
    assert await sees(people, await file(category="PAY")) == {"lead", "secretary"}


async def test_it_comes_to_focal_points_only_however_high_it_goes(
    house, name, file, database, now
):
    people = await house("lead", "other", "neema", "handler")
    async with database.transaction() as db:
        for level, who in ((2, "handler"), (3, "other")):
            await escalation.name(db, level, people[who].member, by=people["lead"].member, now=now)
    filed = await file(category="ABUSE")
    await name(people["neema"], people["other"])
    async with database.reading() as db:
        able = await escalation.able(db, [filed.case_id])
    assert able[filed.case_id] == {1, 3}  # the other lead answers for both


async def test_where_nobody_who_triages_is_left_it_comes_to_whom_it_is_escalated(
    house, file, database, now
):
    people = await house("lead", "handler")
    filed = await file(category="ABUSE")
    async with database.transaction() as db:
        await escalation.name(db, 4, people["handler"].member, by=people["lead"].member, now=now)
        assert (await escalation.able(db, [filed.case_id]))[filed.case_id] == {1}
        ids = [filed.case_id], [people["lead"].member.id]
        await exclusions.exclude(db, *ids, Why.NAMED, by="x", now=now)
        assert (await escalation.able(db, [filed.case_id]))[filed.case_id] == {4}


async def test_what_is_hidden_is_hidden_from_every_count_of_keys(house, name, file, database):
    people = await house("lead", "secretary")
    filed = await file(category="ABUSE")
    await file()
    await name(people["lead"])
    async with database.reading() as db:
        for who, hidden in (("lead", set()), ("secretary", {filed.case_id})):
            asked = exclusions.hidden_from(people[who].member.id)
            assert set((await db.execute(asked)).scalars()) == hidden
        both = exclusions.hidden_from(*(one.member.id for one in people.values()))
        assert set((await db.execute(both)).scalars()) == {filed.case_id}
        assert {one.name for one in await focal_points.named(db)} == {"lead@example.org"}


async def test_who_left_is_nobodys_focal_point(house, name, sees, file, database, now):
    people = await house("lead", "neema")
    await name(people["neema"])
    filed = await file(category="ABUSE")
    async with database.transaction() as db:
        await members.remove(db, people["neema"].member.id, by=people["lead"].member, now=now)
    assert await sees({"lead": people["lead"]}, filed) == {"lead"}
