from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from channels import broadcasts
from channels.base import Address, Style
from channels.broadcasts import Wording
from channels.ledger import State as Sent
from channels.ledger import outbox
from forum.bodies import sites
from outreach import audiences, subscribers
from outreach.audiences import EVERYBODY, OWN_ZONE, Audience
from outreach.copies import announcement_broadcasts

PEOPLE = (
    ("sms", "en", "KB12", "digger", "woman"),
    ("sms", "fr", "KB12", "buyer", "man"),
    ("telegram", "fr", "MW03", "digger", None),
    ("telegram", "sw", None, None, None),
)


@pytest.fixture
async def listed(database, keyring, now):
    """Two sites and four people; returns the ids of the sites by their codes."""
    ids = {"KB12": "k" * 32, "MW03": "m" * 32}
    rows = [
        {
            "id": ids["KB12"],
            "code": "KB12",
            "name": "Kabero",
            "district": "Tavi",
            "mineral": "gold",
        },
        {
            "id": ids["MW03"],
            "code": "MW03",
            "name": "Mwire",
            "district": "Runda",
            "mineral": "tin",
        },
    ]
    async with database.transaction() as db:
        await db.execute(insert(sites), rows)
        for n, (channel, language, place, role, gender) in enumerate(PEOPLE):
            address = Address(channel, f"+25570000000{n}")
            given = {"place": place, "role": role, "gender": gender, "now": now}
            await subscribers.subscribe(db, keyring, address, language=language, **given)
        await subscribers.subscribe(
            db, keyring, Address("sms", "+255700000009"), language="en", now=now
        )
        await subscribers.stop(db, keyring, Address("sms", "+255700000009"), now)
    return ids


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({}, {0, 1, 2, 3}),
        ({"languages": {"fr"}}, {1, 2}),
        ({"languages": {"fr", "sw"}, "channels": {"telegram"}}, {2, 3}),
        ({"districts": {"Tavi"}}, {0, 1}),
        ({"minerals": {"tin", "gold"}, "roles": {"digger"}}, {0, 2}),
        ({"sites": {"k" * 32}, "genders": {"woman"}}, {0}),
        ({"districts": {"Nowhere"}}, set()),
    ],
)
async def test_an_audience_is_whoever_fits_every_field(database, listed, chosen, found):
    audience = Audience(**{name: frozenset(values) for name, values in chosen.items()})
    async with database.reading() as db:
        rows = (await db.execute(audiences.people(audience))).all()
        assert await audiences.count(db, audience) == len(found)
    assert sorted((row.channel, row.language) for row in rows) == sorted(
        PEOPLE[n][:2] for n in found
    )
    assert len({row.route_id for row in rows}) == len(found)


@pytest.fixture
async def described(database, listed, keyring, now):
    """The same people, of whom one shares a telephone, at sites of which more is known."""
    async with database.transaction() as db:
        hill = update(sites).where(sites.c.code == "KB12")
        await db.execute(hill.values(method="shaft", deposit="hard_rock", scale="artisanal"))
        mwire = update(sites).where(sites.c.code == "MW03")
        await db.execute(mwire.values(method="pit", zone="Africa/Kinshasa"))
        shared = Address("sms", "+255700000000")
        given = {"language": "en", "now": now, "place": "MW03", "formality": "formal"}
        await subscribers.subscribe(db, keyring, shared, role="buyer", gender="man", **given)
    return listed


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"methods": {"shaft"}}, {0, 1}),
        ({"methods": {"shaft", "pit"}, "phases": {"extraction"}}, {0, 2}),
        ({"deposits": {"hard_rock"}, "scales": {"artisanal"}, "genders": {"man"}}, {1}),
        # The buyer at Mwire listens on the telephone of the digger at Kabero, who is no buyer
        # there: what is chosen fits one person, never the two together.
        ({"minerals": {"tin"}, "roles": {"buyer"}}, {0}),
        ({"minerals": {"gold"}, "roles": {"buyer"}}, {1}),
        ({"formalities": {"formal"}}, {0}),
        ({"minerals": {"tin"}}, {0, 2}),
        ({"cohorts": {"pilot"}}, set()),
        ({"phases": {"support"}}, set()),
    ],
)
async def test_whoever_listens_on_a_telephone_brings_it_in_once(
    database, described, chosen, found
):
    audience = Audience(**{name: frozenset(values) for name, values in chosen.items()})
    async with database.reading() as db:
        rows = (await db.execute(audiences.people(audience))).all()
        assert await audiences.count(db, audience) == len(found)
    assert sorted((row.channel, row.language) for row in rows) == sorted(
        PEOPLE[n][:2] for n in found
    )


@pytest.mark.parametrize(
    ("days", "fits"),
    [
        (None, {"never"}),
        (1, {"week", "month", "quarter"}),
        (20, {"month", "quarter"}),
        (60, {"quarter"}),
        (200, {"silent"}),
    ],
)
async def test_the_last_word_counts_from_the_day_on_which_it_is_asked(
    database, listed, days, fits
):
    at = None if days is None else datetime.now(UTC) - timedelta(days=days)
    async with database.transaction() as db:
        await db.execute(update(subscribers.subscribers).values(heard_at=at))
        for heard in audiences.HEARD:
            audience = Audience(heard=frozenset({heard}))
            assert await audiences.count(db, audience) == (4 if heard in fits else 0), heard
        both = Audience(heard=frozenset({"week", "never"}))
        assert await audiences.count(db, both) == (4 if fits & {"week", "never"} else 0)
        assert await audiences.count(db, Audience(heard=frozenset({"gone"}))) == 0


async def test_who_was_reached_answered_or_missed(database, listed, now):
    """Of four people three were written to: it arrived at two, and one of them wrote back."""
    theirs = subscribers.subscribers
    async with database.transaction() as db:
        made = await broadcasts.create(
            db,
            [Wording(0, "en", Style.SMS, "New rules.")],
            language="en",
            zone="UTC",
            opens=0,
            closes=0,
            not_before=now,
            expires_at=now + timedelta(days=1),
            now=now,
        )
        await db.execute(update(theirs).values(heard_at=now - timedelta(days=9)))
        listed_ = select(theirs.c.route_id).where(theirs.c.state == "active")
        active = (await db.execute(listed_.order_by(theirs.c.route_id))).scalars().all()
        for number, state in enumerate((Sent.DELIVERED, Sent.ACCEPTED, Sent.UNDELIVERED)):
            await db.execute(insert(outbox).values(_row(active[number], made, state, number, now)))
        spoke = theirs.c.route_id == active[1]
        await db.execute(update(theirs).where(spoke).values(heard_at=now.replace(hour=0)))
        answered = Audience(answered=frozenset({made}))
        missed = Audience(not_reached=frozenset({made}))
        for audience, route in ((answered, active[1]), (missed, active[2])):
            rows = (await db.execute(audiences.people(audience))).all()
            assert [row.route_id for row in rows] == [route]
        nobody = Audience(not_reached=frozenset({"gone"}), answered=frozenset({"gone"}))
        assert await audiences.count(db, nobody) == 0


async def test_what_left_in_two_zones_is_one_announcement(room, rehema):
    """Each was written to in a zone of their own; it arrived at the first, who wrote back."""
    reached, missed, _ = await room.list_people((3, "sms", "en"))
    told = await room.write(rehema)
    theirs = subscribers.subscribers
    async with room.database.transaction() as db:
        for number, (route, state) in enumerate(
            ((reached, Sent.DELIVERED), (missed, Sent.UNDELIVERED))
        ):
            made = await broadcasts.create(
                db,
                [Wording(0, "en", Style.SMS, "New rules.")],
                language="en",
                not_before=room.now,
                expires_at=room.now + timedelta(days=1),
                now=room.now,
            )
            row = {"broadcast": made, "announcement": told, "run": "r", "zone": f"{number}"}
            await db.execute(insert(announcement_broadcasts).values(row))
            await db.execute(insert(outbox).values(_row(route, made, state, number, room.now)))
        await db.execute(update(theirs).values(heard_at=room.now.replace(hour=0)))
        for name, route in (("answered", reached), ("not_reached", missed)):
            found = await db.execute(audiences.people(Audience(**{name: frozenset({told})})))
            assert [row.route_id for row in found] == [route]


def _row(route_id, broadcast, state, number, now):
    return {
        "id": f"{number}" * 32,
        "channel": "sms",
        "route_id": route_id,
        "kind": "bulk",
        "priority": 9,
        "not_before": now,
        "expires_at": now,
        "segments": 1,
        "state": state,
        "broadcast": broadcast,
        "made_at": now,
        "moved_at": now,
    }


async def test_a_broadcast_is_planned_zone_by_zone(database, described):
    async with database.reading() as db:
        zones = await audiences.by_zone(db, EVERYBODY)
        assert zones == {OWN_ZONE: 3, "Africa/Kinshasa": 1}
        for zone, n in zones.items():
            rows = (await db.execute(audiences.people(EVERYBODY, zone=zone))).all()
            assert len(rows) == n
        assert (await db.execute(audiences.people(EVERYBODY, zone="UTC"))).all() == []


async def test_an_audience_is_counted_by_what_a_planner_needs(database, described):
    async with database.reading() as db:
        assert await audiences.by_language(db, EVERYBODY) == {"en": 1, "fr": 2, "sw": 1}
        assert await audiences.by_channel(db, EVERYBODY) == {"sms": 2, "telegram": 2}
        assert await audiences.by_site(db, EVERYBODY) == {"": 1, "KB12": 2, "MW03": 1}


async def test_a_sample_tells_nothing_that_could_be_matched(database, described, keyring, now):
    async with database.transaction() as db:
        assert await audiences.sample(db, EVERYBODY) == []  # of four
        for n in range(20):
            address = Address("sms", f"+2557111111{n:02}")
            given = {"language": "en", "now": now, "role": "digger"}
            await subscribers.subscribe(db, keyring, address, **given)
        found = await audiences.sample(db, EVERYBODY)
        assert found == await audiences.sample(db, EVERYBODY)
    assert len(found) == audiences.SAMPLE
    assert {field.name for field in fields(found[0])} == {
        *("site", "role", "language", "channel", "heard_at")
    }
    assert {one.heard_at for one in found} == {now.replace(hour=0)}


def test_it_is_read_as_it_was_written():
    audience = Audience(languages=frozenset({"fr", "en"}), districts=frozenset({"Tavi"}))
    assert Audience.from_json(audience.to_json()) == audience
    assert Audience.from_json(EVERYBODY.to_json()) == EVERYBODY
    assert Audience.from_json('{"forgotten": ["x"]}') == EVERYBODY
