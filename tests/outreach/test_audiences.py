import pytest
from sqlalchemy import insert

from channels.base import Address
from forum.bodies import sites
from outreach import audiences, subscribers
from outreach.audiences import EVERYBODY, Audience

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


def test_it_is_read_as_it_was_written():
    audience = Audience(languages=frozenset({"fr", "en"}), districts=frozenset({"Tavi"}))
    assert Audience.from_json(audience.to_json()) == audience
    assert Audience.from_json(EVERYBODY.to_json()) == EVERYBODY
    assert Audience.from_json('{"forgotten": ["x"]}') == EVERYBODY
