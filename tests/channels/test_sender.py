import asyncio
import dataclasses
import json
import shutil
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from channels import contacts, dispatch, optout, outbox, upkeep
from channels.base import Address, Outbound, Stopped
from channels.errors import Refused
from channels.ledger import State
from channels.ledger import outbox as table
from channels.sender import Sender
from storage import leases
from storage.engine import connect
from tests.support.patience import until
from tests.support.sending_house import ANNA, House
from tests.support.twilio_server import TwilioServer
from vault.seals import CannotOpen

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(database, keyring, now):
    return House(database, keyring, now)


async def test_a_sender_without_the_keys_does_not_start(house, keyring):
    half = dataclasses.replace(keyring, sender_private=None)
    with pytest.raises(CannotOpen):
        Sender(house.database, half, {}, by="web")


async def test_a_shut_door_stops_the_news_and_somebody_is_told(house, keyring):
    await house.write()
    house.channel.answers.append(Refused("21610", stopped=True))
    await house.sender.step()
    async with house.database.reading() as reads:
        assert await optout.stopped(reads, keyring, ANNA)
    assert [fact.address for fact in house.facts if isinstance(fact, Stopped)] == [ANNA]
    await house.sender.step()
    assert sum(isinstance(fact, Stopped) for fact in house.facts) == 1


async def test_a_shut_door_is_told_until_somebody_heeds(database, keyring, now):
    told = []

    async def heed(fact):
        if isinstance(fact, Stopped):
            told.append(fact)
            if len(told) == 1:
                raise OSError

    house = House(database, keyring, now, heed=heed)
    await house.write()
    house.channel.answers.append(Refused("21610", stopped=True))
    await house.sender.step()
    await house.sender.step()
    assert len(told) == 2


async def test_one_that_hears_facts_badly_does_not_stop_the_sender(database, keyring, now):
    async def heed(_fact):
        raise ZeroDivisionError

    house = House(database, keyring, now, heed=heed)
    outbox_id = await house.write()
    await house.sender.step()
    assert await house.state(outbox_id) == State.ACCEPTED


# --- the loop


async def run(house, condition, **more):
    house.tick()
    task = asyncio.create_task(house.sender.run(**more))
    await until(condition)
    await house.sender.stop()
    await task


async def test_it_runs_until_it_is_stopped(house):
    await house.write()

    async def sent():
        return house.channel.texts == ["Habari"]

    await run(house, sent)


async def test_it_does_not_wait_once_it_is_woken(house, monkeypatch):
    monkeypatch.setattr("channels.sending.LOOK_EVERY", timedelta(seconds=60))
    house.tick()
    task = asyncio.create_task(house.sender.run())
    await asyncio.sleep(0.1)
    await house.write()
    house.sender.wake()
    await until(lambda: house.channel.taken)
    await house.sender.stop()
    await task


async def test_late_parts_are_looked_for_once_a_minute_and_on_while_there_are_more(
    house, monkeypatch
):
    looked = []

    async def look(_desk):
        looked.append(house.now)
        return len(looked) == 1

    monkeypatch.setattr(upkeep, "put_away_parts", look)
    began = house.now
    for _ in range(64):
        await house.sender.step()
        house.now += timedelta(seconds=1)
    assert [(at - began).total_seconds() for at in looked] == [0, 1, 61]


async def test_who_is_alone_takes_a_dead_senders_line_at_once(house):
    outbox_id = await house.write()
    async with house.database.transaction() as db:
        await leases.take(db, "send:sms", "dead", house.now)

    async def accepted():
        return await house.state(outbox_id) == State.ACCEPTED

    await run(house, accepted, alone=True)


async def test_stopping_waits_for_what_is_under_way(house):
    outbox_id = await house.write()
    house.tick()
    task = asyncio.create_task(house.sender.run())
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slowly():
        started.set()
        await go_on.wait()

    house.channel.during = slowly
    house.sender.wake()
    await started.wait()
    stopping = asyncio.create_task(house.sender.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    go_on.set()
    await stopping
    await task
    assert await house.state(outbox_id) == State.ACCEPTED


async def test_a_database_that_is_away_does_not_end_the_loop(house, monkeypatch):
    monkeypatch.setattr("channels.sending.LOOK_EVERY", timedelta(milliseconds=10))
    due, away = dispatch.due, [True, True, True]

    async def locked(*args, **named):
        if away:
            away.pop()
            raise OperationalError("", {}, Exception("database is locked"))
        return await due(*args, **named)

    monkeypatch.setattr(dispatch, "due", locked)
    await house.write()

    async def sent():
        return house.channel.texts == ["Habari"]

    await run(house, sent)


# --- killed


async def write_many(database, keyring, count):
    now = datetime.now(UTC)
    async with database.transaction() as db:
        for number in range(count):
            address = Address("sms", f"+25471100{number % 40:04}")
            route = await contacts.remember(db, keyring, address, now)
            text = Outbound(f"n{number}")
            await outbox.enqueue(
                db,
                keyring,
                channel="sms",
                route_id=route,
                outbound=text,
                kind="reply",
                now=now,
            )


async def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
    sqlite_template, tmp_path, key_folder, keyring
):
    for file in sqlite_template.iterdir():
        shutil.copy(file, tmp_path)
    url = f"sqlite:///{tmp_path}/baraza.db"
    database = connect(url, tmp_path)
    await write_many(database, keyring, 120)
    async with TwilioServer() as twilio:
        twilio.latency = 0.05
        where = {"database": url, "data": str(tmp_path), "keys": str(key_folder[0])}
        where |= {"url": twilio.url, "account": twilio.account, "token": twilio.token}
        command = (sys.executable, "-m", "tests.support.sender_process", json.dumps(where))
        for kill_after in (1, 40, 80, 120):
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
            await until(lambda goal=kill_after: len(twilio.sent) >= goal, 30)
            if kill_after < 120:
                process.kill()
            else:
                await until(lambda: nothing_open(database), 30)
                process.kill()
            await process.wait()
    await database.close()
    assert Counter(message.body for message in twilio.sent) == {f"n{n}": 1 for n in range(120)}
    assert twilio.violations == []


async def nothing_open(database):
    async with database.reading() as reads:
        states = await reads.execute(select(table.c.state).distinct())
        return set(states.scalars()) == {State.ACCEPTED}
