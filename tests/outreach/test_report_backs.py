from datetime import timedelta

import pytest
from sqlalchemy import select, true

from channels import contacts
from channels.base import Address
from channels.contacts import routes
from outreach import report_backs
from outreach.report_backs import KEPT_FOR, Expected, Subject, report_back_wishes
from outreach.voice_marks import Kind

WATER = Subject(Kind.AGENDA, "Water")
A, B = "+254700000001", "+254700000002"


@pytest.fixture
def filed(stories, amina):
    """Tell a story that is filed under «Water», and that its teller wants to hear of."""

    async def told(number=A, language="sw", **more):
        voice = await stories.tell(language=language, **more)
        await stories.file(voice, amina, agenda={"Water"})
        if number is not None:
            await stories.wish(voice, number)
        return voice

    return told


@pytest.fixture
def expected(database, now):
    async def found(before=now, known=None):
        async with database.reading() as db, database.reading_routes() as db_of_routes:
            return await report_backs.expected(
                db, db_of_routes, WATER, before=before, known=true() if known is None else known
            )

    return found


async def ids(database, **more):
    async with database.reading() as db:
        page = await report_backs.page(db, WATER, **{"limit": 10, **more})
    return [wish.voice_id for wish in page]


async def test_the_way_back_is_a_random_route_and_no_number_stands_anywhere(filed, database):
    voice = await filed()
    async with database.reading() as db:
        (row,) = await db.execute(select(report_back_wishes))
    async with database.reading_routes() as db:
        (route,) = await db.execute(select(routes))
    assert set(row._mapping) == {"voice_id", "route_id", "language", "day"}
    assert (row.voice_id, row.route_id) == (voice.id, route.id)
    assert route.id != route.contact  # the list of news knows a contact by that
    assert row.day.hour == row.day.minute == 0
    assert A not in f"{row} {route}"


async def test_two_stories_of_one_phone_have_nothing_in_common_outside_the_route_store(
    filed, database
):
    await filed()
    await filed()
    async with database.reading() as db:
        first, second = await db.execute(select(report_back_wishes.c.route_id))
    assert first != second


async def test_it_leads_back_to_who_told_it(filed, database, keyring):
    await filed()
    async with database.transaction() as db:
        route_id = (await db.execute(select(report_back_wishes.c.route_id))).scalar_one()
        assert await contacts.resolve(db, keyring, route_id) == Address("sms", A)


async def test_people_are_counted_and_not_stories(filed, expected):
    await filed(A)
    await filed(A)
    await filed(B, language="fr")
    await filed(None)
    assert await expected() == Expected({"fr": 1, "sw": 1})


async def test_of_very_many_the_stories_are_counted_and_no_route_is_read(
    filed, expected, monkeypatch
):
    monkeypatch.setattr(report_backs, "LOOKED_AT", 2)
    for number in (A, A):
        await filed(number)
    assert await expected() == Expected({"sw": 1})
    await filed(B, language="fr")
    found = await expected()
    assert found == Expected({"fr": 1, "sw": 2}, exact=False)
    assert found.people == 3


async def test_stories_that_a_member_may_not_know_of_are_not_counted(filed, expected):
    await filed()
    assert await expected(known=~true()) == Expected({})


async def test_only_what_was_told_until_then_is_meant(filed, expected, database, now):
    await filed(A)
    late = await filed(B, now=now + timedelta(minutes=1))
    assert await expected() == Expected({"sw": 1})
    assert late.id not in await ids(database, before=now)
    assert late.id in await ids(database, before=now + timedelta(minutes=1))


async def test_only_what_was_filed_there_until_then_is_meant(filed, stories, amina, database, now):
    early, late = await filed(A), await stories.tell()
    await stories.file(late, amina, tag={"Water"})
    await stories.wish(late, B)
    stories.now = now + timedelta(minutes=1)
    await stories.file(late, amina, agenda={"Water"})
    assert await ids(database, before=now) == [early.id]
    assert len(await ids(database, before=stories.now)) == 2


async def test_what_is_filed_elsewhere_is_not_meant(filed, stories, amina, expected):
    voice = await stories.tell()
    await stories.file(voice, amina, agenda={"Roads"}, tag={"Water"})
    await stories.wish(voice)
    assert await expected() == Expected({})


async def test_pages_follow_each_other_and_hold_each_story_once(filed, database, now):
    told = sorted([(await filed(f"+25470000000{n}")).id for n in range(5)])
    seen, after = [], ""
    while found := await ids(database, before=now, after=after, limit=2):
        seen += found
        after = found[-1]
    assert seen == told


async def test_to_take_it_back_erases_every_way_to_that_phone_and_to_no_other(
    filed, expected, database, keyring, now
):
    for number in (A, A, B):
        await filed(number)
    async with database.transaction() as db:
        own = await contacts.remember(db, keyring, Address("sms", A), now)
        assert await report_backs.take_back(db, keyring, Address("sms", A)) == 2
        assert await report_backs.take_back(db, keyring, Address("sms", A)) == 0
    assert await expected() == Expected({"sw": 1})
    async with database.reading_routes() as db:
        left = set((await db.execute(select(routes.c.id))).scalars())
    assert own in left  # by which dialogues are answered
    assert len(left) == 2


async def test_a_language_that_is_chosen_later_holds(filed, expected, database, keyring):
    await filed(A)
    await filed(B)
    async with database.transaction() as db:
        await report_backs.speak(db, keyring, Address("sms", A), "en")
    assert await expected() == Expected({"en": 1, "sw": 1})


async def test_a_way_back_that_nobody_used_is_erased_in_the_end(filed, expected, database, now):
    await filed()
    for later, gone in ((KEPT_FOR - timedelta(days=1), 0), (KEPT_FOR + timedelta(days=1), 1)):
        async with database.transaction() as db:
            assert await report_backs.purge(db, now + later) == gone
    assert await expected() == Expected({})
    async with database.reading_routes() as db:
        assert (await db.execute(select(routes))).all() == []
