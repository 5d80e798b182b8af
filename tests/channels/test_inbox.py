import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels import inbox
from channels.base import Address, Inbound, Media, Stopped
from vault.seals import CannotOpen

PHONE = Address("sms", "+254700000001")
SAID = Inbound(
    PHONE,
    "SM1",
    text="the pit wall \ud83d moved \x00",
    media=(Media("https://api.example/1", "photo", "image/jpeg"),),
    language_hint="sw",
    payload="poster",
    answered=True,
)


async def hear(database, keyring, arrival, now):
    async with database.transaction() as db:
        return await inbox.first_time(db, keyring, arrival, now)


async def hold(database, keyring, now, inbound=SAID):
    async with database.transaction() as db:
        await inbox.hold(db, keyring, inbound, now)


async def claim(database, keyring, now):
    async with database.transaction() as db:
        return await inbox.claim_held(db, keyring, now)


async def test_a_message_is_heard_once(database, keyring, now):
    heard = [await hear(database, keyring, SAID, now) for _ in range(5)]
    assert heard == [True, False, False, False, False]


async def test_the_same_id_on_another_channel_is_another_message(database, keyring, now):
    other = dataclasses.replace(SAID, address=Address("telegram", "1"))
    assert await hear(database, keyring, SAID, now)
    assert await hear(database, keyring, other, now)


async def test_a_shut_door_is_heard_once_too(database, keyring, now):
    shut = Stopped(PHONE, "u1")
    assert await hear(database, keyring, shut, now)
    assert not await hear(database, keyring, shut, now)


async def test_a_turn_that_was_rolled_back_was_never_heard(database, keyring, now):
    async def fail():
        async with database.transaction() as db:
            await inbox.first_time(db, keyring, SAID, now)
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - nothing else raises it here
        await fail()
    assert await hear(database, keyring, SAID, now)


async def test_a_held_message_comes_back_word_for_word(database, keyring, now):
    await hold(database, keyring, now)
    (held,) = await claim(database, keyring, now + timedelta(seconds=10))
    assert held.inbound == SAID


async def test_a_held_ring_comes_back_as_one(database, keyring, now):
    rang = Inbound(PHONE, "CA1", rang=True)
    await hold(database, keyring, now, rang)
    (held,) = await claim(database, keyring, now + timedelta(seconds=10))
    assert held.inbound == rang


async def test_a_held_message_counts_as_heard(database, keyring, now):
    await hold(database, keyring, now)
    assert not await hear(database, keyring, SAID, now)


async def test_a_held_message_waits_before_it_is_played_again(database, keyring, now):
    await hold(database, keyring, now)
    assert await claim(database, keyring, now + timedelta(seconds=9)) == []


async def test_two_workers_do_not_play_the_same_message(database, keyring, now):
    await hold(database, keyring, now)
    due = now + timedelta(seconds=10)
    assert len(await claim(database, keyring, due)) == 1
    assert await claim(database, keyring, due) == []
    assert len(await claim(database, keyring, due + inbox.LEASE)) == 1


async def test_waits_grow_and_no_word_is_given_up(database, keyring, now):
    waits = []
    for _ in range(7):
        await hold(database, keyring, now)
        async with database.reading() as reads:
            due = (await reads.execute(select(inbox.inbox.c.due_at))).scalar_one()
        waits.append((due - now).total_seconds())
    assert waits == [10, 60, 300, 1800, 7200, 7200, 7200]


async def test_what_is_done_is_not_played_again_and_its_words_are_gone(database, keyring, now):
    await hold(database, keyring, now)
    (held,) = await claim(database, keyring, now + timedelta(minutes=1))
    async with database.transaction() as db:
        await inbox.done(db, held.token)
    assert await claim(database, keyring, now + timedelta(days=1)) == []
    async with database.reading() as reads:
        assert (await reads.execute(select(inbox.inbox.c.held))).scalar_one() is None


async def test_who_takes_messages_in_can_hold_but_not_read(database, keyring, now):
    half = dataclasses.replace(keyring, sender_private=None)
    await hold(database, half, now)
    with pytest.raises(CannotOpen):
        await claim(database, half, now + timedelta(minutes=1))


async def test_old_arrivals_are_forgotten_but_never_held_words(
    database, keyring, now, monkeypatch
):
    monkeypatch.setattr(inbox, "FORGOTTEN_AT_A_TIME", 2)
    for number in range(3):
        said = dataclasses.replace(SAID, external_id=f"SM2{number}")
        await hear(database, keyring, said, now)
    await hold(database, keyring, now)
    for forgotten in (2, 1, 0):
        async with database.transaction() as db:
            assert await inbox.purge(db, now + timedelta(seconds=1)) == forgotten
    assert len(await claim(database, keyring, now + timedelta(minutes=1))) == 1


async def test_of_many_arrivals_those_are_told_that_nobody_noted(database, keyring, now):
    arrivals = [Inbound(Address("sms", "+254711000001"), f"SM{n}") for n in range(2_500)]
    async with database.transaction() as db:
        for arrival in arrivals[::500]:
            await inbox.first_time(db, keyring, arrival, now)
        left = await inbox.unheard(db, keyring, arrivals)
    assert [one.external_id for one in left] == [f"SM{n}" for n in range(2_500) if n % 500]
