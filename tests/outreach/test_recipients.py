from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from channels import broadcasts
from channels.archive import archive
from channels.base import Style
from channels.broadcasts import Wording
from channels.ledger import PRIORITY, State, outbox
from forum.bodies import sites
from outreach import recipients
from outreach.announcements import Again, Fallback
from outreach.audiences import EVERYBODY, Audience, people
from outreach.copies import announcement_broadcasts
from outreach.recipients import Calls, Group


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


async def planned(room, broadcast, route, state=State.PLANNED, part=0, line="sms"):
    row = {
        "id": f"{route[:20]}{part}{line[:3]}{broadcast[:3]}",
        "channel": line,
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


async def left(room, rehema, broadcast="b" * 32, **more):
    """Write a broadcast that has left in the send ledger, and return its id."""
    made = await room.write(rehema, **more)
    async with room.database.transaction() as db:
        row = {"broadcast": broadcast, "announcement": made, "run": broadcast, "zone": "UTC"}
        await db.execute(insert(announcement_broadcasts).values(row))
    return made


async def missed_by(room, again, **more):
    """Return who is tried again, each with the channel and the parts that they get."""
    async with room.database.reading() as reads:
        missed = await recipients.missed(reads, again)
        found = recipients.chosen(
            again, {"en"}, people(EVERYBODY), now=room.now, missed=missed, **more
        )
        person = found.subquery().c
        parts = [
            missed.part(number, person.route_id).label(f"part{number}")
            for number in range(again.draft.parts)
        ]
        rows = await reads.execute(select(person.route_id, person.channel, *parts))
        return {
            route: (channel, [number for number, it_is in enumerate(those) if it_is])
            for route, channel, *those in rows
        }


async def test_once_more_each_gets_the_parts_that_did_not_arrive(room, rehema):
    dead, half, doubtful, arrived, never_in = await room.list_people((5, "sms", "en"))
    first = await left(room, rehema, parts=3)
    for route, *states in (
        (dead, State.FAILED, State.EXPIRED, State.FAILED),
        (half, State.DELIVERED, State.UNDELIVERED, State.EXPIRED),
        (doubtful, State.UNDELIVERED, State.UNKNOWN, State.PLANNED),
        (arrived, State.DELIVERED, State.DELIVERED, State.ACCEPTED),
    ):
        for part, state in enumerate(states):
            await planned(room, "b" * 32, route, state, part)
    await planned(room, "c" * 32, never_in, State.FAILED)  # of another broadcast
    again = await room.find(await room.write(rehema, again_of=first, parts=3))
    assert await missed_by(room, again) == {
        dead: ("sms", [0, 1, 2]),
        half: ("sms", [1, 2]),
        doubtful: ("sms", [0]),
    }


async def test_what_another_try_has_brought_since_is_not_sent_again(room, rehema):
    dead, reached = await room.list_people((2, "sms", "en"))
    first = await left(room, rehema, parts=2)
    for route in (dead, reached):
        for part in (0, 1):
            await planned(room, "b" * 32, route, State.FAILED, part)
    await left(room, rehema, "c" * 32, again_of=first, parts=2)
    await planned(room, "c" * 32, reached, State.DELIVERED, 0)
    await planned(room, "c" * 32, dead, State.FAILED, 0)
    again = await room.find(await room.write(rehema, again_of=first, parts=2))
    assert await missed_by(room, again) == {dead: ("sms", [0, 1]), reached: ("sms", [1])}


async def test_a_part_that_is_tried_no_more_makes_nobody_one_of_them(room, rehema):
    (late,) = await room.list_people((1, "sms", "en"))
    first = await left(room, rehema, parts=2)
    await planned(room, "b" * 32, late, State.DELIVERED, 0)
    await planned(room, "b" * 32, late, State.FAILED, 1)
    shorter = await room.find(await room.write(rehema, again_of=first, parts=1))
    assert await missed_by(room, shorter) == {}


async def shelved(room, made, part, state, *, line="sms", after=timedelta(days=1)):
    """Let a broadcast of *made* that began *after* now have left the ledger, all but its count."""
    at = room.now + after
    async with room.database.transaction() as db:
        words = [Wording(0, "en", Style.SMS, "x")]
        ends = {"not_before": at, "expires_at": at + timedelta(days=1)}
        one = await broadcasts.create(db, words, language="en", now=at, **ends)
        row = {"broadcast": one, "announcement": made, "run": one, "zone": "UTC"}
        await db.execute(insert(announcement_broadcasts).values(row))
        counted = {"kind": "bulk", "language": "en", "error": "", "messages": 900, "segments": 900}
        key = {"broadcast": one, "day": at, "channel": line, "part": part, "state": state}
        await db.execute(insert(archive).values(**key, **counted))


async def missed_once(room, rehema, parts=2):
    """Return a broadcast that missed somebody with each part, its first other try, and them."""
    (dead,) = await room.list_people((1, "sms", "en"))
    first = await left(room, rehema, parts=parts)
    for part in range(parts):
        await planned(room, "b" * 32, dead, State.FAILED, part)
    return first, await room.write(rehema, again_of=first, parts=parts), dead


async def test_nobody_gets_a_part_again_whom_a_try_that_is_forgotten_may_have_reached(
    room, rehema
):
    first, second, dead = await missed_once(room, rehema)
    await shelved(room, second, 0, State.DELIVERED)
    await shelved(room, second, 0, State.FAILED)
    await shelved(room, second, 1, State.EXPIRED)
    again = await room.find(await room.write(rehema, again_of=first, parts=2))
    assert await missed_by(room, again) == {dead: ("sms", [1])}


async def test_calls_that_are_forgotten_may_have_told_every_part(room, rehema):
    first, second, _ = await missed_once(room, rehema)
    await shelved(room, second, 0, State.DELIVERED, line="call")
    again = await room.find(await room.write(rehema, again_of=first, parts=2))
    assert await missed_by(room, again) == {}


async def test_what_was_forgotten_before_somebody_was_tried_is_no_matter(room, rehema):
    first, _, dead = await missed_once(room, rehema)
    await shelved(room, first, 0, State.DELIVERED, after=-timedelta(days=1))
    other = await left(room, rehema, "d" * 32)
    await shelved(room, other, 1, State.DELIVERED)
    again = await room.find(await room.write(rehema, again_of=first, parts=2))
    assert await missed_by(room, again) == {dead: ("sms", [0, 1])}


async def test_all_that_try_to_reach_the_same_people_are_kin(room, rehema):
    first = await left(room, rehema)
    second = await left(room, rehema, "c" * 32, again_of=first)
    await left(room, rehema, "d" * 32, again_of=second)
    await left(room, rehema, "e" * 32)
    found = {}
    async with room.database.reading() as reads:
        for one in "bcdef":
            found[one] = "".join(sorted(its[0] for its in await recipients.kin(reads, one * 32)))
    assert found == {"b": "b", "c": "bcd", "d": "bcd", "e": "e", "f": "f"}


async def test_by_sms_go_those_whom_a_call_or_whatsapp_did_not_reach(room, rehema):
    called, written = await room.list_people((2, "sms", "en"))
    (chat,) = await room.list_people((1, "whatsapp", "en"))
    first = await left(room, rehema, parts=2)
    await planned(room, "b" * 32, called, State.UNDELIVERED, 0, "call")
    await planned(room, "b" * 32, written, State.FAILED, 1, "gateway")
    await planned(room, "b" * 32, chat, State.FAILED, 0, "whatsapp")
    await planned(room, "b" * 32, chat, State.DELIVERED, 1, "whatsapp")
    again = await room.write(rehema, again_of=first, parts=2, again_by=Again.SMS)
    assert await missed_by(room, await room.find(again)) == {
        called: ("sms", [0, 1]),  # a call tells every part
        chat: ("sms", [0]),
    }


async def test_by_a_call_go_those_whom_an_sms_did_not_reach_and_who_can_be_called(room, rehema):
    called, written = await room.list_people((2, "sms", "en"))
    (chat,) = await room.list_people((1, "telegram", "en"))
    (other,) = await room.list_people((1, "sms", "sw"))
    first = await left(room, rehema, parts=2)
    await planned(room, "b" * 32, called, State.UNDELIVERED, 0, "call")
    for route, line in ((written, "gateway"), (chat, "telegram"), (other, "sms")):
        await planned(room, "b" * 32, route, State.FAILED, 1, line)
    again = await room.write(rehema, again_of=first, parts=2, again_by=Again.CALL)
    calls = Calls(frozenset({"en"}), {"sms": "call"})
    assert await missed_by(room, await room.find(again), calls=calls) == {written: ("call", [1])}


async def test_by_the_same_channel_once_more_goes_as_the_second_try_did(room, rehema):
    (chat,) = await room.list_people((1, "whatsapp", "en"))
    first = await left(room, rehema)
    await planned(room, "b" * 32, chat, State.FAILED, 0, "whatsapp")
    second = await left(room, rehema, "c" * 32, again_of=first, again_by=Again.SMS)
    await planned(room, "c" * 32, chat, State.FAILED, 0, "sms")
    third = await room.write(rehema, again_of=second, again_by=Again.SMS)
    assert await missed_by(room, await room.find(third)) == {chat: ("sms", [0])}


async def test_how_many_get_each_part_is_counted_with_them(room, rehema):
    dead, half = await room.list_people((2, "sms", "en"))
    first = await left(room, rehema, parts=2)
    await planned(room, "b" * 32, half, State.DELIVERED, 0)
    for route, part in ((dead, 0), (dead, 1), (half, 1)):
        await planned(room, "b" * 32, route, State.FAILED, part)
    again = await room.find(await room.write(rehema, again_of=first, parts=2))
    async with room.database.reading() as reads:
        missed = await recipients.missed(reads, again)
        found = recipients.chosen(again, {"en"}, people(EVERYBODY), now=room.now, missed=missed)
        counted = await recipients.counted(reads, {"UTC": found}, missed)
    assert counted == [Group("UTC", "sms", "en", 2, (1, 2))]
