"""A webhook that was not answered, and who wrote it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.reception import Reception
from app.reconciliation import LATELY, Reconciliation
from channels.base import Inbound
from channels.errors import Busy
from channels.inbox import inbox
from channels.sms import SmsChannel
from grievances.case import cases
from tests.support.twilio_inbox import TwilioInbox

PUBLIC = "https://baraza.example"


@pytest.fixture
async def twilio():
    async with TwilioInbox() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def opened(twilio):
    def made(**values):
        given = {"sender": twilio.number, "messaging_service_sid": "", **values}
        return SmsChannel(
            account_sid=twilio.account,
            auth_tokens=(twilio.token,),
            api_url=twilio.url,
            public_url=PUBLIC,
            default_region="KE",
            **given,
        )

    return made


@pytest.fixture
async def sms(opened):
    made = opened()
    yield made
    await made.close()


@pytest.fixture
def reception(house, sms):
    return Reception(replace(house, channels={"sms": sms}))


@pytest.fixture
def looking(house, sms, reception):
    return Reconciliation(house.database, house.keyring, {"sms": sms}, reception.receive)


@pytest.fixture
def now():
    """The real one: what is received is noted with it."""
    return datetime.now(UTC).replace(microsecond=0)


async def count(database, table):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


async def test_twenty_minutes_without_an_answer_lose_nothing(
    twilio, looking, reception, database, now
):
    for n in range(120):  # one in ten seconds; every third hook got through
        form = twilio.writes(
            f"REPORT shaft {n} has fallen in",
            now - timedelta(minutes=25, seconds=-10 * n),
            sender=f"+25471100{n:04}",
        )
        if n % 3 == 0:
            await reception.receive(heard(reception, form))
    assert await looking.look_back(now) == 80
    assert await count(database, inbox) == await count(database, cases) == 120
    assert await looking.look_back(now + timedelta(minutes=5)) == 0
    assert await count(database, cases) == 120


def heard(reception, form):
    address = reception._house.channels["sms"]._address(form["From"])
    return Inbound(address, form["MessageSid"], form["Body"])


async def test_what_is_missing_is_heard_in_the_order_in_which_it_was_written(
    twilio, looking, phone, now
):
    for minutes, text in ((5, "The tunnel has fallen in"), (9, "hello"), (8, "1"), (7, "1")):
        twilio.writes(text, now - timedelta(minutes=minutes), sender=phone.value)
    assert await looking.look_back(now) == 4
    assert "1 Danger" in (await phone.hears())[-1]


async def test_what_came_just_now_is_left_to_its_hook(twilio, looking, now):
    twilio.writes("hello", now - timedelta(seconds=20))
    assert await looking.look_back(now) == 0
    assert await looking.look_back(now + LATELY) == 1


async def test_who_looked_lately_does_not_look_again(twilio, looking, now):
    for seconds in (0, 60, 120):
        await looking.look_back(now + timedelta(seconds=seconds))
    assert len(twilio.calls) == 1


async def test_after_a_day_of_our_own_silence_the_whole_day_is_looked_through(
    twilio, looking, now
):
    await looking.look_back(now - timedelta(days=1))
    twilio.writes("hello", now - timedelta(hours=20))
    assert await looking.look_back(now) == 1


async def test_a_provider_that_does_not_answer_is_asked_again(
    twilio, looking, sms, monkeypatch, now, logged
):
    async def busy(*_):
        raise Busy("unreachable")

    twilio.writes("hello", now - timedelta(minutes=5))
    with monkeypatch.context() as patch:
        patch.setattr(sms, "missed", busy)
        assert await looking.look_back(now) == 0
    assert await looking.look_back(now) == 1
    assert "inbound.not_listed" in logged.getvalue()
    assert "+254" not in logged.getvalue()


async def test_files_and_words_that_twilio_has_answered_are_told_apart(twilio, sms, now):
    media = twilio.media_form("audio/ogg", b"voice")
    number = {"NumMedia": media["NumMedia"]}
    twilio.writes("", now - timedelta(minutes=4), **number)
    twilio.writes("STOP", now - timedelta(minutes=3))
    voice, stop = await sms.missed(now - timedelta(minutes=30), now)
    assert [(one.kind, one.mime) for one in voice.media] == [("voice", "audio/ogg")]
    assert await sms.fetch(voice.media[0]) == b"voice"
    assert (voice.answered, stop.answered) == (False, True)


async def test_more_than_a_page_is_listed_whole(twilio, sms, now):
    for n in range(2_300):
        twilio.writes(str(n), now - timedelta(minutes=20) + timedelta(milliseconds=n))
    texts = [one.text for one in await sms.missed(now - timedelta(minutes=30), now)]
    assert texts == [str(n) for n in range(2_300)]


async def test_a_messaging_service_has_several_numbers(opened, twilio, now):
    service = opened(sender="", messaging_service_sid="MG" + "0" * 32)
    twilio.writes("hello", now - timedelta(minutes=4), To="+15005550007")
    twilio.writes("hello", now - timedelta(minutes=3))
    assert len(await service.missed(now - timedelta(minutes=30), now)) == 2
    await service.close()
