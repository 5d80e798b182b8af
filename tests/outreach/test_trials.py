from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels import contacts
from channels.base import Address
from channels.ledger import outbox
from channels.sealing import open_outbound
from forum import audit
from forum.members import NotAllowed, Role
from outreach import announcements, trials
from outreach.announcements import Words
from outreach.schedules import Schedule
from outreach.trials import MOST_A_DAY, MOST_PHONES, Nothing, TooMany, Tried
from tests.support.exchange import Exchange
from tests.support.newsroom import HOUR, TEXTS, WAYS
from tests.support.sending_house import House

PHONES = [Address("sms", f"+25570000010{n}") for n in range(2)]


async def send(room, made, by, phones=PHONES, language="en"):
    this = await room.find(made)
    given = {"ways": WAYS, "by": by}
    return await room.do(trials.send, room.keyring, this, phones, language, **given)


async def test_staff_see_it_on_their_own_phones_marked_as_a_test(room, rehema):
    made = await room.write(rehema)
    assert await send(room, made, rehema) == 2
    house = House(room.database, room.keyring, room.now)
    assert await house.sender.step() == 2
    assert set(house.channel.texts) == {"TEST: The new fee is 10 from Monday."}
    assert {one.address for one in house.channel.taken} == set(PHONES)


async def test_no_number_stays(room, rehema):
    made = await room.write(rehema)
    await send(room, made, rehema)

    async def routes():
        async with room.database.reading_routes() as reads:
            return len((await reads.execute(select(contacts.routes.c.id))).all())

    assert await routes() == 2
    assert await room.do(trials.forget) == 0
    room.now += timedelta(days=1)
    assert await room.do(trials.forget) == 2
    assert await routes() == 0
    async with room.database.reading() as reads:
        kept = (await reads.execute(select(trials.announcement_trials))).all()
    assert not any("+255" in str(row) for row in kept)


async def test_a_test_is_no_way_to_write_to_many(room, rehema):
    made = await room.write(rehema)
    crowd = [Address("sms", f"+2557000{n:05}") for n in range(MOST_PHONES + 1)]
    with pytest.raises(TooMany):
        await send(room, made, rehema, crowd)
    for _ in range(MOST_A_DAY // MOST_PHONES):
        await send(room, made, rehema, crowd[:MOST_PHONES])
    with pytest.raises(TooMany):
        await send(room, made, rehema, crowd[:1])
    room.now += timedelta(days=1)
    await send(room, made, rehema, crowd[:1])


async def test_what_is_not_written_cannot_be_tested(room, rehema):
    made = await room.write(rehema)
    for phones, language in ((PHONES, "sw"), ([], "en")):
        with pytest.raises(Nothing):
            await send(room, made, rehema, phones, language)


async def test_only_what_is_recorded_is_tried_by_a_call(database, keyring, now):
    ground = Exchange(database, keyring, now)
    rule = await ground.rule()
    await ground.record(rule, "12")
    for calls, language in ((True, "fr"), (False, "en")):
        made, author = await ground.draft(rule, calls=calls)
        given = {"ways": ground.office.ways, "by": author, "call": True}
        with pytest.raises(Nothing):
            this = await ground.find(made)
            await ground.do(trials.send, keyring, this, PHONES, language, **given)


@pytest.mark.parametrize("sounds", [True, False])
async def test_a_chat_hears_in_a_test_what_it_will_hear(database, keyring, now, sounds):
    ground = Exchange(database, keyring, now)
    rule = await ground.rule()
    await ground.record(rule, "1")
    made, author = await ground.draft(rule, calls=False)
    this = await ground.find(made)
    given = {"edition": this.edition, "by": author}
    await ground.do(announcements.change, made, replace(this.draft, sounds=sounds), **given)
    phones = [Address("telegram", "7001"), *PHONES[:1]]
    this = await ground.find(made)
    given = {"ways": ground.office.ways, "by": author}
    await ground.do(trials.send, keyring, this, phones, "en", **given)
    async with database.reading() as reads:
        rows = (await reads.execute(select(outbox).order_by(outbox.c.seq))).all()
    heard = [
        bool(open_outbound(keyring, row.id, row.body, row.body_context).sound) for row in rows
    ]
    assert heard == [sounds, False, False, False]  # the second part is recorded nowhere


async def test_who_does_not_broadcast_tests_nothing(room, rehema):
    made = await room.write(rehema)
    with pytest.raises(NotAllowed):
        await send(room, made, await room.member(Role.ADMINISTRATOR))
    async with room.database.reading() as reads:
        assert (await reads.execute(select(outbox.c.id))).all() == []


async def test_a_test_says_it_as_the_first_reminder_does(room, rehema):
    day = (room.now + timedelta(days=30)).date()
    made = await room.write(rehema, schedule=Schedule(day=day, before=(30, 7)))
    await send(room, made, rehema)
    house = House(room.database, room.keyring, room.now)
    await house.sender.step()
    assert set(house.channel.texts) == {
        "TEST: Days until 11 Jun: 30. The new fee is 10 from Monday."
    }


async def tried(room, made):
    async with room.database.reading() as reads:
        return await trials.tried(reads, made, await announcements.texts(reads, made))


async def test_of_each_language_it_is_known_who_tried_it_and_whether_it_says_the_same(
    room, rehema, joseph
):
    made, other = await room.write(rehema), await room.write(rehema)
    assert await tried(room, made) == {}
    await send(room, made, rehema)
    first = room.now
    room.now += HOUR
    await send(room, made, joseph, language="fr")
    assert await tried(room, made) == {
        "en": Tried("en", rehema.id, first, changed=False),
        "fr": Tried("fr", joseph.id, room.now, changed=False),
    }
    assert await tried(room, other) == {}
    await room.do(announcements.say, made, {(0, "fr"): Words("Autre.")}, edition=1, by=rehema)
    assert {tag: one.changed for tag, one in (await tried(room, made)).items()} == {
        "en": False,
        "fr": True,
    }
    room.now += HOUR
    await send(room, made, joseph, language="fr")
    await room.do(announcements.say, made, TEXTS, edition=2, by=rehema)
    # The words of the first test are back.
    assert not (await tried(room, made))["fr"].changed


async def test_that_it_was_tested_is_in_the_trail(room, rehema):
    made = await room.write(rehema)
    await send(room, made, rehema)
    async with room.database.reading() as reads:
        (act,) = await audit.recent(reads, limit=1)
    assert (act.act, act.actor, act.subject) == ("broadcast.tested", rehema.id, made)
