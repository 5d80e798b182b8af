"""Calls over real hooks: what Twilio asks, what it is answered, and what is kept of it."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from app import reception, ringing, server
from channels import optout
from channels.base import Address
from channels.inbox import inbox
from channels.ledger import State, outbox
from channels.limiter import Pace
from channels.routing import Routing
from channels.sender import Sender
from channels.twilio_calls import CallChannel
from forum.attachments import attachments
from grievances.case import cases
from outreach import subscribers
from tests.support.exchange import ANNA, Exchange
from tests.support.loopback import Fault
from tests.support.twilio_server import TwilioServer

PUBLIC = "https://baraza.example"
TELEPHONE = Address("sms", ANNA)


@pytest.fixture
async def twilio():
    async with TwilioServer() as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def calls(twilio):
    channel = CallChannel(
        sender=twilio.number,
        account_sid=twilio.account,
        auth_tokens=(twilio.token, ""),
        api_url=twilio.url,
        public_url=PUBLIC,
        default_region="KE",
    )
    yield channel
    await channel.close()


@pytest.fixture
async def web(house, settings, calls):
    set_up = settings(public_url=PUBLIC, simulator=False)
    served = replace(house, settings=set_up, channels={"call": calls})
    async with TestClient(TestServer(server.application(served))) as client:
        yield client


@pytest.fixture
async def ground(database, keyring, now):
    return Exchange(database, keyring, now)


@pytest.fixture
async def rule(ground, keyring):
    """A rule that leaves now for Anna's telephone, by a call."""
    rule = await ground.rule()
    await ground.record(rule, "123")
    await ground.do(subscribers.subscribe, keyring, TELEPHONE, language="en")
    await ground.leave(rule)
    return rule


@pytest.fixture
async def sender(ground, keyring, calls, twilio):
    twilio.clock = lambda: ground.now
    return Sender(
        ground.database,
        keyring,
        {"call": calls},
        by="test",
        paces={"call": Pace(1, ask_after=120)},
        clock=lambda: ground.now,
        routing=Routing(("sms", "call")),
    )


@pytest.fixture
async def call(rule, sender, twilio):
    """The call to Anna, as Twilio has it."""
    assert await sender.step() == 1
    return twilio.sent[-1]


async def state(database):
    async with database.reading() as db:
        of = outbox.c
        asked = select(of.state, of.error, of.not_before).where(of.channel == "call")
        return (await db.execute(asked)).one()


@pytest.fixture
def ask(web, twilio):
    """Ask what to say, as Twilio does; return the status and the TwiML."""

    async def asked(url, form, **headers):
        signed = {"X-Twilio-Signature": twilio.sign(url, form), **headers}
        async with web.post(url.removeprefix(PUBLIC), data=form, headers=signed) as answer:
            text = await answer.text()
            return answer.status, ET.fromstring(text) if text else None

    return asked


async def count(database, table):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_call_is_led_from_the_first_word_to_a_part_that_was_chosen(
    ask, call, twilio, web, ground
):
    status, twiml = await ask(call.form["Url"], twilio.turn_form(call))
    gather = twiml.find("Gather")
    assert (status, gather.find("Say").attrib["language"]) == (200, "en-GB")
    sound = gather.find("Play").text
    assert sound.startswith(f"{PUBLIC}/hooks/call/sound/")
    async with web.get(sound.removeprefix(PUBLIC)) as heard:
        assert (heard.status, heard.content_type) == (200, "audio/mpeg")
        assert len(await heard.read()) > 100
    _, chosen = await ask(gather.attrib["action"], twilio.turn_form(call, "3"))
    assert chosen.find("Gather/Play").text != sound
    assert ANNA[1:] not in ET.tostring(twiml, "unicode") + ET.tostring(chosen, "unicode")


async def test_a_recording_is_handed_out_by_our_own_addresses_alone(ask, call, twilio, web):
    _, twiml = await ask(call.form["Url"], twilio.turn_form(call))
    path = twiml.find("Gather/Play").text.removeprefix(PUBLIC)
    for wrong in (path.partition("?")[0], path[:-1], path.replace("until=", "until=9")):
        async with web.get(wrong) as answer:
            assert answer.status == 404


async def test_9_asks_for_a_call_back_once_however_often_it_comes(ask, call, twilio, database):
    _, twiml = await ask(call.form["Url"], twilio.turn_form(call))
    action = twiml.find("Gather").attrib["action"]
    answers = [await ask(action, twilio.turn_form(call, "9")) for _ in range(3)]
    assert {status for status, _ in answers} == {200}
    assert answers[0][1].find("Gather/Say").text == "Thank you. Somebody will call you."
    assert await count(database, cases) == 1
    assert await count(database, inbox) == 1


async def test_0_ends_the_calls_and_nothing_else(ask, call, twilio, database, keyring):
    _, twiml = await ask(call.form["Url"], twilio.turn_form(call))
    status, last = await ask(twiml.find("Gather").attrib["action"], twilio.turn_form(call, "0"))
    assert (status, last[-1].tag) == (200, "Hangup")
    async with database.reading() as db:
        assert await optout.stopped(db, keyring, Address("call", ANNA))
        assert not await optout.stopped(db, keyring, TELEPHONE)
        assert (await subscribers.counts(db)).active == 1
        uncalled = select(subscribers.subscribers.c.uncalled)
        assert (await db.execute(uncalled)).scalar_one()


async def test_a_message_is_kept_as_one_that_was_sent(ask, call, twilio, database):
    _, twiml = await ask(call.form["Url"], twilio.turn_form(call))
    _, tone = await ask(twiml.find("Gather").attrib["action"], twilio.turn_form(call, "8"))
    form = twilio.spoken_form(call, b"sound")
    for _ in range(2):
        status, _ = await ask(tone.find("Record").attrib["action"], form)
        assert status == 200
    assert await count(database, inbox) == 1
    async with database.reading() as db:  # what it is, she is asked by SMS
        lines = (await db.execute(select(outbox.c.channel).where(outbox.c.kind == "reply"))).all()
    assert {row.channel for row in lines} == {"sms"}
    assert await count(database, attachments) <= 1


async def test_a_forged_turn_is_refused_and_keeps_nothing(ask, call, twilio, database):
    url, form = call.form["Url"], twilio.turn_form(call, "9")
    status, twiml = await ask(url, form, **{"X-Twilio-Signature": "forged"})
    assert (status, twiml) == (403, None)
    assert await count(database, inbox) == 0


async def test_a_call_of_nobody_is_hung_up_on(ask, call, twilio):
    url = f"{PUBLIC}/hooks/call?m={'f' * 32}"
    status, twiml = await ask(url, twilio.turn_form(call))
    assert (status, [one.tag for one in twiml]) == (200, ["Hangup"])
    assert (await ask(f"{PUBLIC}/hooks/call", twilio.turn_form(call)))[0] == 400


async def test_how_a_call_went_is_reported_into_the_ledger(ask, call, twilio, database):
    url = call.form["StatusCallback"]
    for told in ("completed", "ringing", "in-progress"):  # in whatever order they come
        assert (await ask(url, twilio.turn_form(call, CallStatus=told)))[0] == 200
        assert (await state(database)).state == State.DELIVERED


async def test_who_does_not_answer_is_called_twice_more_and_no_oftener(
    ask, call, twilio, database, ground, sender, monkeypatch
):
    clock = SimpleNamespace(now=lambda _zone: ground.now)
    monkeypatch.setattr(reception, "datetime", clock)
    waits = []
    for told in ("no-answer", "busy", "no-answer"):
        here = twilio.sent[-1]
        form = twilio.turn_form(here, CallStatus=told)
        assert (await ask(here.form["StatusCallback"], form))[0] == 200
        row = await state(database)
        waits.append(row.not_before - ground.now)
        ground.now = max(ground.now, row.not_before)
        await sender.step()
    assert waits[:2] == [timedelta(hours=1), timedelta(hours=6)]
    assert (len(twilio.sent), (await state(database)).state) == (3, State.UNDELIVERED)


async def test_a_call_in_doubt_is_looked_for_and_not_placed_twice(
    rule, sender, twilio, database, ground
):
    twilio.faults.append(Fault(drop=True, taken=True))
    await sender.step()
    assert (await state(database)).state == State.UNKNOWN
    ground.now += timedelta(seconds=121)
    await sender.step()
    assert (await state(database)).state == State.ACCEPTED
    assert len(twilio.sent) == 1


async def test_a_call_that_was_never_taken_on_is_placed_again(
    rule, sender, twilio, database, ground
):
    twilio.faults.append(Fault(drop=True))
    await sender.step()
    ground.now += timedelta(seconds=121)
    for _ in range(2):
        await sender.step()
        ground.now += timedelta(seconds=30)
    assert (await state(database)).state == State.ACCEPTED
    assert len(twilio.sent) == 1


async def test_while_a_turn_cannot_be_taken_we_hang_up_and_keep_the_wish(
    ask, call, twilio, database, monkeypatch
):
    async def away(*_args):
        raise OSError("away")

    monkeypatch.setattr(ringing.call_turns, "take", away)
    status, twiml = await ask(f"{call.form['Url']}&p=1", twilio.turn_form(call, "9"))
    assert (status, [one.tag for one in twiml]) == (200, ["Hangup"])
    assert await count(database, cases) == 1


async def test_where_no_call_is_set_up_nobody_is_there(web, house, settings, twilio):
    bare = replace(house, settings=settings(public_url=PUBLIC, simulator=False), channels={})
    async with TestClient(TestServer(server.application(bare))) as client:
        for path in ("/hooks/call", "/hooks/call/spoken", "/hooks/call/status"):
            async with client.post(path, data={"a": "b"}) as answer:
                assert answer.status == 404
