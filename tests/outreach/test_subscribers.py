import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels import contacts, optout
from channels.base import Address
from forum import bodies
from outreach import companions, subscribers
from outreach.profiles import Profile
from outreach.subscribers import Consent, Counts, HasStopped, Place, State

PHONE = Address("sms", "+255700000001")


@pytest.fixture
def subscribe(database, keyring, now):
    async def subscribed(address=PHONE, **more):
        async with database.transaction() as db:
            return await subscribers.subscribe(
                db, keyring, address, language="sw", now=now, **more
            )

    return subscribed


@pytest.fixture
def turn(database, keyring, now):
    async def turned(change, address=PHONE):
        async with database.transaction() as db:
            return await change(db, keyring, address, now)

    return turned


@pytest.fixture
def counts(database):
    async def counted():
        async with database.reading() as db:
            return await subscribers.counts(db)

    return counted


@pytest.fixture
def rows(database):
    async def found():
        async with database.reading() as db:
            return (await db.execute(select(subscribers.subscribers))).all()

    return found


async def test_who_subscribes_is_on_the_list_once(subscribe, counts):
    await subscribe()
    await subscribe()
    assert await counts() == Counts(active=1, stopped=0)


async def test_the_same_phone_many_times_at_once_is_one_subscriber(subscribe, counts):
    await asyncio.gather(*(subscribe() for _ in range(5)))
    assert await counts() == Counts(active=1, stopped=0)


async def test_what_was_told_later_is_added(subscribe, rows):
    await subscribe(role="digger")
    await subscribe(gender="woman", formality="in_process")
    (row,) = await rows()
    assert (row.role, row.gender, row.formality) == ("digger", "woman", "in_process")
    assert (row.language, row.phase) == ("sw", "extraction")


async def test_who_contradicts_is_another_person_on_the_same_telephone(subscribe, rows, database):
    await subscribe(role="digger", gender="woman")
    await subscribe(role="buyer", gender="man")
    await subscribe(role="digger")
    (row,) = await rows()
    assert (row.role, row.gender) == ("digger", "woman")
    async with database.reading() as db:
        assert await companions.of(db, row.id) == [
            Profile(role="buyer", gender="man", phase="trade")
        ]


async def test_the_day_of_a_word_is_kept_and_not_its_hour(subscribe, rows, database, keyring, now):
    await subscribe()
    assert (await rows())[0].heard_at == now.replace(hour=0)
    later = now + timedelta(days=2)
    for moment in (later, now):
        async with database.transaction() as db:
            await subscribers.heard(db, keyring, PHONE, moment)
    assert (await rows())[0].heard_at == later.replace(hour=0)


async def test_the_counter_puts_on_who_agrees_and_nobody_who_stopped(
    database, keyring, now, rows, turn
):
    consent = Consent("said so at the counter", now.date())

    async def registered(told):
        async with database.transaction() as db:
            given = {"language": "fr", "now": now, "cohort": "pilot"}
            await subscribers.register(db, keyring, PHONE, told, consent, **given)

    await registered(Profile(role="hauler"))
    (row,) = await rows()
    assert (row.state, row.role, row.cohort, row.heard_at) == ("active", "hauler", "pilot", None)
    assert (row.consent_how, row.consent_at) == (consent.how, now.replace(hour=0))
    async with database.reading() as db:
        assert await subscribers.cohorts(db) == ["pilot"]
    await turn(subscribers.stop)
    with pytest.raises(HasStopped):
        await registered(Profile())
    assert (await rows())[0].state == State.STOPPED


async def test_who_stopped_and_was_never_listed_is_not_put_on(database, keyring, now, rows):
    async with database.transaction() as db:
        await optout.stop(db, keyring, PHONE, now)
    with pytest.raises(HasStopped):
        async with database.transaction() as db:
            consent = Consent("a list", now.date())
            given = {"language": "en", "now": now}
            await subscribers.register(db, keyring, PHONE, Profile(), consent, **given)
    assert await rows() == []


async def test_an_erased_subscriber_leaves_nothing(subscribe, rows, database, keyring):
    await subscribe(role="digger")
    await subscribe(role="buyer")
    await subscribe(Address("telegram", "7"))
    route_id = next(row.route_id for row in await rows() if row.channel == "sms")
    async with database.transaction() as db:
        assert await subscribers.erase(db, keyring, PHONE) == route_id
        assert await subscribers.erase(db, keyring, PHONE) is None
        assert (await db.execute(select(companions.companions))).all() == []
    assert [row.channel for row in await rows()] == ["telegram"]


async def test_a_site_code_is_understood(subscribe, rows, database):
    async with database.transaction() as db:
        await db.execute(
            bodies.sites.insert().values(
                id="s" * 32, code="KB12", name="Kobalo", district="North", mineral="gold"
            )
        )
    assert await subscribe(place="kb 12") == "Kobalo"
    assert (await rows())[0].site_id == "s" * 32


async def test_a_site_is_understood_by_its_name(subscribe, rows, database):
    place = {"name": "Kibaya Hill", "district": "North", "mineral": "gold"}
    async with database.transaction() as db:
        await db.execute(bodies.sites.insert().values(id="s" * 32, code="KB12", **place))
    assert await subscribe(place="kibaya  HILL.") == "Kibaya Hill"
    assert (await rows())[0].site_id == "s" * 32


async def test_any_other_place_is_not_kept(subscribe, rows):
    for place in (None, "", "nowhere", "\0"):
        assert await subscribe(place=place) is None
        assert (await rows())[0].site_id is None


async def test_no_row_holds_the_number_and_the_sender_can_reach_it(
    subscribe, rows, database, keyring
):
    await subscribe()
    (row,) = await rows()
    assert "255700000001" not in str(tuple(row))
    async with database.transaction() as db:
        assert await contacts.resolve(db, keyring, row.route_id) == PHONE


async def test_stop_holds_until_somebody_asks_for_news_again(subscribe, turn, counts, rows):
    await subscribe()
    assert await turn(subscribers.stop)
    assert await counts() == Counts(active=0, stopped=1)
    assert await turn(subscribers.restart)
    assert (await rows())[0].state == State.ACTIVE


async def test_to_subscribe_again_ends_a_stop(subscribe, turn, counts):
    await subscribe()
    await turn(subscribers.stop)
    await subscribe()
    assert await counts() == Counts(active=1, stopped=0)


@pytest.mark.parametrize("change", [subscribers.stop, subscribers.restart])
async def test_a_stranger_has_nothing_to_stop_or_restart(turn, counts, change):
    assert not await turn(change)
    assert await counts() == Counts(active=0, stopped=0)


async def test_one_stop_stops_nobody_else(subscribe, turn, counts):
    await subscribe()
    await subscribe(Address("telegram", "7"))
    await turn(subscribers.stop, Address("telegram", "7"))
    assert await counts() == Counts(active=1, stopped=1)


async def test_the_way_to_a_subscriber_outlives_the_dialogue(subscribe, rows, database):
    await subscribe()
    (row,) = await rows()
    async with database.reading() as reads:
        assert await subscribers.unused(reads, ["f" * 32, row.route_id]) == {"f" * 32}


async def test_where_somebody_works_is_known_when_they_told_us(subscribe, turn, database, keyring):
    async with database.transaction() as db:
        await db.execute(
            bodies.sites.insert().values(
                id="s" * 32, code="KB12", name="Kobalo", district="North", mineral="gold"
            )
        )
    stranger = Address("sms", "+255700000002")
    await subscribe(place="KB12", role="digger")
    await turn(subscribers.stop)
    await subscribe(Address("sms", "+255700000003"), place="a hill")
    async with database.reading() as db:
        (place,) = await subscribers.where_from(db, keyring, PHONE)
        unknown = await subscribers.where_from(db, keyring, stranger)
        vague = await subscribers.where_from(db, keyring, Address("sms", "+255700000003"))
    assert (place.site.code, place.role) == ("KB12", "digger")
    assert unknown == vague == [Place()]


async def test_everybody_on_a_telephone_works_somewhere(subscribe, database, keyring):
    place = {"district": "North", "mineral": "gold"}
    async with database.transaction() as db:
        for code in ("KB12", "KB14"):
            row = {"id": code[-1] * 32, "code": code, "name": f"Pit {code}", **place}
            await db.execute(bodies.sites.insert().values(row))
    await subscribe(place="KB12", role="digger")
    await subscribe(place="KB14", role="buyer")
    async with database.reading() as db:
        found = await subscribers.where_from(db, keyring, PHONE)
    assert [(one.site.code, one.role) for one in found] == [("KB12", "digger"), ("KB14", "buyer")]


async def test_the_language_of_news_is_known_of_who_is_on_the_list(database, keyring, subscribe):
    await subscribe()
    async with database.reading() as db:
        assert await subscribers.language_of(db, keyring, PHONE) == "sw"
        other = Address("sms", "+255700000009")
        assert await subscribers.language_of(db, keyring, other) is None


async def test_whoever_changes_language_hears_news_in_it_and_nobody_else_does(
    database, keyring, subscribe, rows
):
    other = Address("sms", "+255700000009")
    await subscribe()
    await subscribe(other)
    async with database.transaction() as db:
        await subscribers.speak(db, keyring, PHONE, "fr")
        await subscribers.speak(db, keyring, Address("sms", "+255700000010"), "fr")
    spoken = {row.contact: row.language for row in await rows()}
    assert spoken == {
        subscribers.contact_of(keyring, PHONE): "fr",
        subscribers.contact_of(keyring, other): "sw",
    }
