from datetime import timedelta

import pytest
from sqlalchemy import select

from console import sessions

PRIVATE = b"p" * 32


@pytest.fixture
async def secret(database, keyring, now):
    async with database.transaction() as db:
        return await sessions.start(db, keyring, member_id="m1", private=PRIVATE, now=now)


async def resumed(database, keyring, secret, at):
    async with database.reading() as db:
        return await sessions.resume(db, keyring, secret, at)


async def test_a_session_brings_the_private_key_back(database, keyring, secret, now):
    session = await resumed(database, keyring, secret, now)
    assert session.member_id == "m1"
    assert session.private == PRIVATE


async def test_another_secret_opens_nothing(database, keyring, secret, now):
    assert await resumed(database, keyring, secret + "x", now) is None


async def test_neither_secret_nor_key_is_in_the_table(database, keyring, secret):
    async with database.reading() as db:
        row = (await db.execute(select(sessions.sessions))).one()
    kept = repr(tuple(row)).encode()
    assert secret.encode() not in kept
    assert PRIVATE not in kept


async def test_a_session_left_alone_ends(database, keyring, secret, now):
    late = now + sessions.IDLE
    assert await resumed(database, keyring, secret, late - timedelta(seconds=1)) is not None
    assert await resumed(database, keyring, secret, late) is None


async def test_a_busy_session_ends_after_a_working_day(database, keyring, secret, now):
    session = await resumed(database, keyring, secret, now)
    late = now + sessions.ABSOLUTE
    async with database.transaction() as db:
        await sessions.touch(db, session.id, late - timedelta(minutes=1))
    assert await resumed(database, keyring, secret, late - timedelta(seconds=1)) is not None
    assert await resumed(database, keyring, secret, late) is None


async def test_an_ended_session_is_gone(database, keyring, secret, now):
    session = await resumed(database, keyring, secret, now)
    async with database.transaction() as db:
        await sessions.end(db, session.id)
    assert await resumed(database, keyring, secret, now) is None


async def test_all_sessions_of_a_member_end_but_the_present_one(database, keyring, secret, now):
    present = await resumed(database, keyring, secret, now)
    async with database.transaction() as db:
        other = await sessions.start(db, keyring, member_id="m1", private=PRIVATE, now=now)
        await sessions.end_all(db, "m1", but=present.id)
    assert await resumed(database, keyring, secret, now) is not None
    assert await resumed(database, keyring, other, now) is None


async def test_two_sessions_have_two_form_tokens(database, keyring, secret, now):
    async with database.transaction() as db:
        other = await sessions.start(db, keyring, member_id="m1", private=PRIVATE, now=now)
    one = await resumed(database, keyring, secret, now)
    two = await resumed(database, keyring, other, now)
    assert one.csrf != two.csrf
