import pytest
from sqlalchemy.exc import IntegrityError

from grievances import leading, links
from grievances.leading import Kind


@pytest.fixture
async def cases(file):
    return [(await file()).case_id for _ in range(5)]


@pytest.fixture
def chained(database, cases, now):
    """Make of each of the cases a duplicate of the one that is named beside it."""

    async def chain(*pairs):
        async with database.transaction() as db:
            for one, other in pairs:
                given = {"by": "system", "now": now}
                await links.join(db, cases[one], cases[other], Kind.DUPLICATE, **given)

    return chain


async def standing(database, cases):
    async with database.reading() as db:
        leaders = [await leading.leader_of(db, each) for each in cases]
        followers = [set(await leading.followers_of(db, each)) for each in cases]
        led = [await leading.is_led(db, each) for each in cases]
    named = [{cases.index(each) for each in those} for those in followers]
    return [cases.index(each) for each in leaders], named, led


async def test_a_case_of_its_own_leads_itself(database, cases):
    leaders, followers, led = await standing(database, cases)
    assert leaders == [0, 1, 2, 3, 4]
    assert followers == [set()] * 5
    assert not any(led)


async def test_a_chain_leads_to_its_end(database, cases, chained):
    await chained((0, 1), (1, 2), (3, 1))
    leaders, followers, led = await standing(database, cases)
    assert leaders == [2, 2, 2, 2, 4]
    assert followers == [set(), {0, 3}, {0, 1, 3}, set(), set()]
    assert led == [True, True, False, True, False]


async def test_what_was_taken_back_leads_nowhere(database, cases, chained, now):
    await chained((1, 2), (0, 1))
    async with database.transaction() as db:
        given = {"by": "system", "now": now}
        link = await links.join(db, cases[1], cases[2], Kind.DUPLICATE, **given)
        await links.undo(db, link, **given)
    leaders, _, led = await standing(database, cases)
    assert leaders == [1, 1, 2, 3, 4]
    assert led[:3] == [True, False, False]


async def test_other_links_lead_nowhere(database, cases, now):
    async with database.transaction() as db:
        for kind in set(Kind) - {Kind.DUPLICATE}:
            await links.join(db, cases[0], cases[1], kind, by="system", now=now)
    assert (await standing(database, cases))[0] == [0, 1, 2, 3, 4]


async def test_the_store_itself_lets_no_case_follow_two(database, cases, chained, now):
    await chained((0, 1))
    row = {"id": "x" * 32, "case_id": cases[0], "other_id": cases[2], "by": "system", "at": now}
    with pytest.raises(IntegrityError):
        async with database.transaction() as db:
            await db.execute(links.links.insert().values(kind=Kind.DUPLICATE, **row))
