import asyncio
import dataclasses
import json
import shutil
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from channels import contacts, dispatch, optout, outbox, reaper, settling, unreachable
from channels.base import Address, Delivery, Outbound, Receipt, Stopped, Style
from channels.errors import Ambiguous, Busy, Refused
from channels.ledger import Settled, State
from channels.ledger import outbox as table
from channels.limiter import Pace
from channels.sender import Sender
from storage import leases
from storage.engine import connect
from tests.support.patience import until
from tests.support.scripted_channel import BUSY, ScriptedChannel
from tests.support.twilio_server import TwilioServer
from vault import seals
from vault.seals import CannotOpen

ANNA, BRUNO = Address("sms", "+254711000001"), Address("sms", "+254711000002")
ROOT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)
PACE = Pace(100, ask_after=120)


class House:
    """A sender, one scripted channel, and a clock that the test moves."""

    def __init__(self, database, keyring, now, channel=None, **more):
        self.database, self.keyring, self.now = database, keyring, now
        self.channel = channel or ScriptedChannel()
        self.facts, self.ticks_since = [], None
        self.options = {"paces": {self.channel.name: PACE}, "heed": self.heed, **more}
        self.sender = self.restart()

    async def heed(self, fact):
        self.facts.append(fact)

    def time(self):
        """Stand still until a loop runs, which waits for time to pass."""
        if self.ticks_since is None:
            return self.now
        return self.now + timedelta(seconds=time.monotonic() - self.ticks_since)

    def tick(self):
        self.ticks_since = time.monotonic()

    def restart(self):
        """Stand for a new process: nothing of the old sender's memory is left."""
        self.sender = Sender(
            self.database,
            self.keyring,
            {self.channel.name: self.channel},
            by="test",
            clock=self.time,
            **self.options,
        )
        return self.sender

    async def write(self, text="Habari", address=ANNA, kind="reply", **more):
        address = dataclasses.replace(address, channel=self.channel.name)
        async with self.database.transaction() as db:
            route = await contacts.remember(db, self.keyring, address, self.now)
            return await outbox.enqueue(
                db,
                self.keyring,
                channel=self.channel.name,
                route_id=route,
                outbound=more.pop("outbound", Outbound(text)),
                kind=kind,
                now=self.now,
                **more,
            )

    async def die_while_sending(self, *, taken):
        """Be killed after a message was handed over, before its answer was written down."""
        self.channel.answers.append(Ambiguous("taken" if taken else "lost"))

        async def never(_batch):
            raise asyncio.CancelledError

        (line,) = self.sender._lines.values()
        line._write_down = never
        await self.sender.step()
        self.restart()

    async def come_back(self):
        async with self.database.transaction() as db:
            await reaper.reap(db, self.now, everything=True)

    async def state(self, outbox_id):
        async with self.database.reading() as reads:
            found = await reads.execute(select(table.c.state).where(table.c.id == outbox_id))
            return found.scalar_one()


@pytest.fixture
def house(database, keyring, now):
    return House(database, keyring, now)


# --- what leaves


async def test_what_was_written_leaves_as_it_was_rendered(house):
    outbox_id = await house.write(protect := "Code 1", outbound=Outbound(protect, protect=True))
    assert await house.sender.step() == 1
    (envelope,) = house.channel.taken
    assert (envelope.id, envelope.address) == (outbox_id, ANNA)
    assert envelope.outbound == Outbound("Code 1", protect=True)
    assert envelope.seconds == 24 * 60 * 60


async def test_a_message_leaves_once(house):
    await house.write()
    assert [await house.sender.step() for _ in range(3)] == [1, 0, 0]
    assert house.channel.texts == ["Habari"]


async def test_the_message_is_written_as_leaving_before_the_provider_hears_of_it(house):
    outbox_id = await house.write()
    seen = []

    async def look():
        seen.append(await house.state(outbox_id))

    house.channel.during = look
    await house.sender.step()
    assert seen == [State.SUBMITTING]


async def test_messages_to_one_contact_leave_in_order_and_others_at_once(house):
    for text in ("one", "two", "three"):
        await house.write(text)
    await house.write("other", BRUNO)
    assert await house.sender.step() == 2
    await house.sender.step()
    await house.sender.step()
    assert [t for t in house.channel.texts if t != "other"] == ["one", "two", "three"]


async def test_many_leave_together_but_not_too_many(house):
    under_way, most = 0, 0

    async def count():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1

    house.channel.during = count
    for number in range(200):
        await house.write(address=Address("sms", f"+25471100{number:04}"))
    for _ in range(4):
        await house.sender.step()
        house.now += SECOND
    assert most == PACE.calls
    assert len(house.channel.taken) == 200


async def test_a_sealed_text_is_opened_only_here(house):
    async with house.database.transaction() as db:
        route = await contacts.remember(db, house.keyring, ANNA, house.now)
        await outbox.enqueue_sealed(
            db,
            channel="sms",
            route_id=route,
            sealed=seals.seal(house.keyring.sender_public, b"The pit is shut.", context="c|1"),
            context="c|1",
            kind="reply",
            now=house.now,
        )
    await house.sender.step()
    assert house.channel.texts == ["The pit is shut."]


async def test_what_is_too_long_leaves_in_parts_and_a_bad_part_repeats_no_other(house):
    await house.write("word " * 800)
    house.channel.answers.extend([None, Busy("500")])
    for _ in range(5):
        await house.sender.step()
        house.now += timedelta(minutes=1)
    assert " ".join(house.channel.texts).split() == ["word"] * 800
    assert len(house.channel.taken) == 3
    assert len(house.channel.asked) == 4


async def test_a_sender_without_the_keys_does_not_start(house, keyring):
    half = dataclasses.replace(keyring, sender_private=None)
    with pytest.raises(CannotOpen):
        Sender(house.database, half, {}, by="web")


async def test_what_these_keys_do_not_open_waits_for_somebody_to_look(house):
    outbox_id = await house.write()
    async with house.database.transaction() as db:
        await db.execute(update(table).values(body=b"garbage"))
    assert await house.sender.step() == 0
    assert await house.state(outbox_id) == State.PLANNED


async def test_a_contact_that_was_forgotten_gets_nothing(house):
    outbox_id = await house.write()
    async with house.database.transaction() as db:
        await contacts.forget(db, contacts.pseudonym(house.keyring, ANNA))
    assert await house.sender.step() == 0
    assert await house.state(outbox_id) == State.CANCELLED


async def test_news_does_not_reach_who_has_stopped_but_answers_do(house):
    async with house.database.transaction() as db:
        await optout.stop(db, house.keyring, ANNA, house.now)
    await house.write("news", kind="bulk")
    await house.write("answer")
    await house.write("news", BRUNO, kind="bulk")
    while await house.sender.step():
        pass
    assert sorted(house.channel.texts) == ["answer", "news"]


async def test_a_stop_holds_for_news_that_waits_already(house):
    waits = await house.write("news", kind="bulk")
    async with house.database.transaction() as db:
        await optout.stop(db, house.keyring, ANNA, house.now)
    assert await house.sender.step() == 0  # a sender looks each second, and stops are not kept
    assert await house.state(waits) == State.CANCELLED


async def test_no_news_goes_to_a_number_that_is_none_but_answers_do(house):
    await house.write("first")
    house.channel.answers.append(Refused("21211"))
    await house.sender.step()
    await house.write("news", kind="bulk")
    await house.write("answer")
    while await house.sender.step():
        pass
    assert house.channel.texts == ["answer"]
    async with house.database.transaction() as db:
        await unreachable.forgive(db, contacts.pseudonym(house.keyring, ANNA))
    await house.write("more news", kind="bulk")
    await house.sender.step()
    assert house.channel.texts == ["answer", "more news"]


# --- pace


async def test_the_channels_pace_is_kept(database, keyring, now):
    house = House(database, keyring, now, paces={"sms": Pace(2)})
    for number in range(130):
        await house.write(address=Address("sms", f"+25471100{number:04}"))
    left = []
    for _ in range(240):
        left.append(await house.sender.step())
        house.now += SECOND / 4
    assert max(left) == 2
    assert 0.95 * 120 <= sum(left) <= 120


async def test_a_chat_gets_one_message_a_second(database, keyring, now):
    chat = ScriptedChannel("telegram", Style.CHAT)
    house = House(database, keyring, now, chat, paces={"telegram": Pace(30, per_chat=1)})
    await house.write("one")
    await house.write("two")
    assert await house.sender.step() == 1
    assert await house.sender.step() == 0
    house.now += SECOND
    assert await house.sender.step() == 1


async def test_a_pause_that_the_provider_asks_for_holds_for_its_channel(house):
    await house.write("one")
    await house.write("two", BRUNO)
    house.channel.answers.extend([BUSY, BUSY])
    await house.sender.step()
    house.now += 2.9 * SECOND
    assert await house.sender.step() == 0
    house.now += 0.1 * SECOND
    assert await house.sender.step() == 2
    assert sorted(house.channel.texts) == ["one", "two"]


# --- what goes wrong


async def test_a_refused_message_is_given_up(house):
    outbox_id = await house.write()
    house.channel.answers.append(Refused("21211"))
    await house.sender.step()
    assert await house.state(outbox_id) == State.FAILED
    assert [fact.error for fact in house.facts] == ["21211"]


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


async def test_an_adapter_that_crashes_leaves_the_message_in_doubt(house):
    outbox_id = await house.write()
    house.channel.answers.append(ZeroDivisionError())
    await house.sender.step()
    assert await house.state(outbox_id) == State.UNKNOWN


async def test_one_that_hears_facts_badly_does_not_stop_the_sender(database, keyring, now):
    async def heed(_fact):
        raise ZeroDivisionError

    house = House(database, keyring, now, heed=heed)
    outbox_id = await house.write()
    await house.sender.step()
    assert await house.state(outbox_id) == State.ACCEPTED


async def test_an_answer_is_written_down_once_the_database_is_back(house, monkeypatch):
    monkeypatch.setattr("channels.sending.LOOK_EVERY", timedelta(milliseconds=10))
    outbox_id = await house.write()
    settle, away = settling.settle, [True, True]

    async def locked(*args):
        if away:
            away.pop()
            raise OperationalError("", {}, Exception("database is locked"))
        return await settle(*args)

    monkeypatch.setattr(settling, "settle", locked)
    await house.sender.step()
    assert await house.state(outbox_id) == State.ACCEPTED


async def test_somebody_is_told_what_became_of_each_message(house):
    outbox_id = await house.write(entry_id="e1")
    await house.sender.step()
    (fact,) = house.facts
    assert isinstance(fact, Settled)
    assert (fact.id, fact.state, fact.entry_id) == (outbox_id, State.ACCEPTED, "e1")


# --- in doubt


async def test_what_was_taken_before_the_crash_is_not_sent_again(house):
    outbox_id = await house.write()
    await house.die_while_sending(taken=True)
    await house.come_back()
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert house.channel.texts == ["Habari"]
    assert await house.state(outbox_id) == State.ACCEPTED


async def test_what_was_lost_in_the_crash_is_sent_again(house):
    await house.write()
    await house.die_while_sending(taken=False)
    await house.come_back()
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert house.channel.texts == ["Habari"]


async def test_a_receipt_has_its_time_before_the_provider_is_asked(house):
    outbox_id = await house.write()
    house.channel.answers.append(Ambiguous("taken"))
    await house.sender.step()
    house.now += timedelta(seconds=119)
    await house.sender.step()
    assert house.channel.looked_up == []
    async with house.database.transaction() as db:
        receipt = Receipt("sms", Delivery.SENT, "P1", outbox_id, rank=3)
        await outbox.settle_receipt(db, receipt, house.now)
    house.now += SECOND
    await house.sender.step()
    assert house.channel.looked_up == []
    assert house.channel.texts == ["Habari"]


async def test_two_alike_are_not_taken_for_one(house):
    """Of two equal messages one was taken and one was lost: two must arrive."""
    await house.write()
    await house.sender.step()
    await house.write()
    house.channel.answers.append(Ambiguous("lost"))
    await house.sender.step()
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert house.channel.texts == ["Habari", "Habari"]


@pytest.mark.parametrize(("kind", "sends"), [("reply", 2), ("followup", 2), ("bulk", 1)])
async def test_where_nobody_can_tell_answers_leave_once_more(database, keyring, now, kind, sends):
    blind = ScriptedChannel("telegram", Style.CHAT, can_tell=False)
    house = House(database, keyring, now, blind, paces={})
    outbox_id = await house.write(kind=kind)
    blind.answers.extend([Ambiguous("lost"), Ambiguous("lost"), Ambiguous("lost")])
    for _ in range(6):
        await house.sender.step()
        house.now += timedelta(minutes=2)
    assert len(blind.asked) == sends
    assert await house.state(outbox_id) == State.FAILED


async def test_a_provider_that_cannot_be_asked_now_is_asked_later(house):
    outbox_id = await house.write()
    house.channel.answers.append(Ambiguous("taken"))
    await house.sender.step()
    find, house.channel.find = house.channel.find, _away
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert await house.state(outbox_id) == State.UNKNOWN
    house.channel.find = find
    house.now += timedelta(seconds=60)
    await house.sender.step()
    assert await house.state(outbox_id) == State.ACCEPTED
    assert house.channel.texts == ["Habari"]


async def _away(*_args):
    raise Busy("unreachable")


async def test_dropped_connections_lose_nothing_and_double_nothing(database, keyring, now):
    house = House(database, keyring, now, paces={"sms": Pace(1000)})
    for number in range(48):
        await house.write(f"n{number}", Address("sms", f"+25471100{number:04}"))
        house.channel.answers.append(Ambiguous("taken" if number % 2 else "lost"))
    for _ in range(12):
        await house.sender.step()
        house.now += timedelta(seconds=30)
    assert sorted(house.channel.texts) == sorted(f"n{number}" for number in range(48))


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
