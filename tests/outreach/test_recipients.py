import pytest
from sqlalchemy import insert, select

from channels.ledger import PRIORITY, State, outbox
from forum.bodies import sites
from outreach import recipients
from outreach.announcements import Fallback
from outreach.audiences import EVERYBODY, Audience, people
from outreach.copies import announcement_broadcasts
from outreach.recipients import Group


async def ids(room, found):
    async with room.database.reading() as reads:
        return {row.route_id for row in await reads.execute(found)}


async def test_people_are_counted_by_zone_channel_and_language_in_one_query(room):
    await room.list_people((3, "sms", "en"), (2, "sms", "fr"), (1, "telegram", "en"))
    halves = {
        "Africa/Nairobi": people(Audience(languages=frozenset({"en"}))),
        "Pacific/Kiritimati": people(Audience(languages=frozenset({"fr"}))),
    }
    async with room.database.reading() as reads:
        assert await recipients.counted(reads, halves) == [
            Group("Africa/Nairobi", "sms", "en", 3),
            Group("Africa/Nairobi", "telegram", "en", 1),
            Group("Pacific/Kiritimati", "sms", "fr", 2),
        ]
        assert await recipients.counted(reads, {}) == []


async def test_everybody_is_in_one_zone_where_zones_are_of_no_account(room):
    await room.list_people((2, "sms", "en"))
    async with room.database.reading() as reads:
        zones = await recipients.all_in("Africa/Accra")(reads, EVERYBODY)
    assert list(zones) == ["Africa/Accra"]
    assert len(await ids(room, zones["Africa/Accra"])) == 2


@pytest.fixture
async def worlds(database):
    """Three sites: on the other side of the day, in the forum's zone, and in none of its own."""
    zones = {"k": "Pacific/Kiritimati", "a": "Africa/Accra", "n": None}
    rows = [
        {
            "id": letter * 32,
            "code": letter.upper(),
            "name": letter,
            "district": "Tavi",
            "mineral": "gold",
            "zone": zone,
        }
        for letter, zone in zones.items()
    ]
    async with database.transaction() as db:
        await db.execute(insert(sites), rows)


@pytest.mark.usefixtures("worlds")
async def test_people_live_in_the_zone_of_their_site_each_once(room):
    far, *near = await room.list_people(
        (1, "sms", "en", "k" * 32),
        (1, "sms", "en", "a" * 32),
        (1, "sms", "en", "n" * 32),
        (1, "sms", "en"),
    )
    async with room.database.reading() as reads:
        zones = await recipients.at_home("Africa/Accra")(reads, EVERYBODY)
        counted = await recipients.counted(reads, zones)
    assert set(zones) == {"Pacific/Kiritimati", "Africa/Accra"}
    assert await ids(room, zones["Pacific/Kiritimati"]) == {far}
    assert await ids(room, zones["Africa/Accra"]) == set(near)
    assert [group.people for group in counted] == [3, 1]


async def test_an_audience_of_nobody_lives_in_the_forums_zone(room):
    async with room.database.reading() as reads:
        zones = await recipients.at_home("Africa/Accra")(reads, EVERYBODY)
    assert list(zones) == ["Africa/Accra"]
    assert await ids(room, zones["Africa/Accra"]) == set()


async def test_who_is_left_out_for_their_language_gets_none(room, rehema):
    await room.list_people((3, "sms", "en"), (2, "sms", "xx"))
    both = await room.find(await room.write(rehema))
    skips = await room.find(await room.write(rehema, fallback=Fallback.SKIP))
    spoken = {"en", "fr"}
    assert (
        len(await ids(room, recipients.chosen(both, spoken, people(EVERYBODY), now=room.now))) == 5
    )
    assert (
        len(await ids(room, recipients.chosen(skips, spoken, people(EVERYBODY), now=room.now)))
        == 3
    )
    counted = recipients.chosen(
        skips, spoken, people(EVERYBODY), now=room.now, every_language=True
    )
    assert len(await ids(room, counted)) == 5


async def test_whoever_has_it_by_another_zone_is_not_written_to_again(room):
    first, second = await room.list_people((2, "sms", "en"))
    await planned(room, "b" * 32, first)
    found = recipients.not_in(["b" * 32], people(EVERYBODY))
    assert await ids(room, found) == {second}
    assert len(await ids(room, recipients.not_in([], people(EVERYBODY)))) == 2


async def planned(room, broadcast, route, state=State.PLANNED, part=0):
    row = {
        "id": f"{route[:24]}{part}{broadcast[:3]}",
        "channel": "sms",
        "route_id": route,
        "kind": "bulk",
        "priority": PRIORITY["bulk"],
        "not_before": room.now,
        "expires_at": room.now,
        "segments": 1,
        "state": state,
        "broadcast": broadcast,
        "part": part,
        "language": "en",
        "made_at": room.now,
        "moved_at": room.now,
    }
    async with room.database.transaction() as db:
        await db.execute(insert(outbox).values(row))


async def test_once_more_goes_to_those_whom_nothing_of_it_reached(room, rehema):
    """Those of whom any part arrived, or may yet, do not get the whole again."""
    dead, half, doubtful, arrived, never_in = await room.list_people((5, "sms", "en"))
    first = await room.write(rehema)
    async with room.database.transaction() as db:
        row = {"broadcast": "b" * 32, "announcement": first, "run": "r", "zone": "UTC"}
        await db.execute(insert(announcement_broadcasts).values(row))
    for route, *states in (
        (dead, State.FAILED, State.EXPIRED),
        (half, State.UNDELIVERED, State.DELIVERED),
        (doubtful, State.UNDELIVERED, State.UNKNOWN),
        (arrived, State.DELIVERED, State.DELIVERED),
    ):
        for part, state in enumerate(states):
            await planned(room, "b" * 32, route, state, part)
    await planned(room, "c" * 32, never_in, State.FAILED)  # of another broadcast
    again = await room.find(await room.write(rehema, again_of=first))
    found = recipients.chosen(again, {"en"}, people(EVERYBODY), now=room.now)
    assert await ids(room, found) == {dead}
    async with room.database.reading() as reads:
        assert len((await reads.execute(select(outbox.c.seq))).all()) == 9
