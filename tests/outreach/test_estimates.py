from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from channels.base import Style
from channels.limiter import Pace
from channels.sender import Sender
from channels.sms import SmsChannel
from channels.ways import Way
from forum.members import Role
from outreach import estimates, terms
from outreach.announcements import Fallback, Words
from outreach.estimates import Row, finish
from outreach.schedules import Schedule
from tests.support.twilio_server import TwilioServer

DAY = timedelta(days=1)
SIX = datetime(2026, 5, 12, 6, tzinfo=UTC)


async def estimate(room, made):
    this, office = await room.find(made), room.office
    async with room.database.reading() as reads:
        return await estimates.estimate(
            reads, this, ways=office.ways, zones=office.zones, now=room.now
        )


@pytest.fixture
async def priced(room):
    lead = await room.member(Role.LEAD)
    await room.do(terms.price, {"sms": 450, "telegram": 0}, "USD", by=lead)


async def test_people_segments_and_cost_are_told_by_channel_and_language(room, rehema, priced):
    await room.list_people(
        (10, "sms", "en"), (4, "sms", "fr"), (3, "sms", "xx"), (2, "telegram", "fr")
    )
    texts = {(0, "en"): Words("x" * 161), (0, "fr"): Words("Dès lundi.")}
    told = await estimate(room, await room.write(rehema, texts))
    assert list(told.rows) == [
        Row("sms", "en", "en", 10, 20, 9000, reachable=True),
        Row("sms", "fr", "fr", 4, 4, 1800, reachable=True),
        Row("sms", "xx", "en", 3, 6, 2700, reachable=True),
        Row("telegram", "fr", "fr", 2, 2, 0, reachable=True),
    ]
    assert (told.people, told.units, told.price) == (19, 32, 13_500)
    assert told.by_language == {"en": 13, "fr": 6}
    assert told.unspoken == 3
    assert told.finishes["sms"] == room.now + timedelta(seconds=3)  # 30 segments at 10 a second


@pytest.mark.parametrize(
    ("letters", "before", "units"),
    [(160, (), 10), (138, (7,), 10), (139, (7,), 20), (138, (7, 10), 20)],
)
async def test_the_line_of_a_reminder_is_counted(room, rehema, letters, before, units):
    """«Days until 20 May: 7. » takes 22 letters, with 10 in it 23, of the 160 of a segment."""
    await room.list_people((10, "sms", "en"))
    day = (room.now + 8 * DAY).date() if before else None
    when = Schedule(day=day, before=before)
    texts = {(0, "en"): Words("x" * letters)}
    assert (await estimate(room, await room.write(rehema, texts, schedule=when))).units == units


async def test_messages_on_different_days_are_done_with_the_last(room, rehema):
    await room.list_people((10, "sms", "en"))
    texts = {(part, "en"): Words("x" * 161) for part in range(3)}
    two_apart = {"parts": 3, "schedule": Schedule(apart=2)}
    told = await estimate(room, await room.write(rehema, texts, **two_apart))
    assert told.units == 60
    assert told.finishes["sms"] == room.now + 4 * DAY + timedelta(seconds=2)


async def test_of_messages_on_different_days_each_has_to_leave_in_time(room, rehema):
    await room.list_people((10, "sms", "en"))
    texts = {(part, "en"): Words("x" * 161) for part in range(2)}
    room.office = replace(room.office, ways={"sms": Way("sms", Style.SMS, 0.001)})
    slow = {"parts": 2, "schedule": Schedule(apart=1, lasts=1)}
    told = await estimate(room, await room.write(rehema, texts, **slow))
    assert told.finishes == {"sms": None}


async def test_who_is_left_out_is_counted_and_costs_nothing(room, rehema, priced):
    await room.list_people((10, "sms", "en"), (3, "sms", "xx"), (2, "pigeon", "en"))
    told = await estimate(room, await room.write(rehema, fallback=Fallback.SKIP))
    assert (told.people, told.left_out) == (10, 5)
    assert told.price == 10 * 450
    assert set(told.finishes) == {"sms"}


async def test_without_a_price_no_cost_is_made_up(room, rehema):
    await room.list_people((1, "sms", "en"))
    assert (await estimate(room, await room.write(rehema))).price is None


async def test_what_cannot_leave_in_time_is_said(room, rehema):
    await room.list_people((100, "sms", "en"))
    night = Schedule(opens=0, closes=60, lasts=1)  # it is noon in Nairobi
    told = await estimate(room, await room.write(rehema, schedule=night))
    assert told.finishes == {"sms": None}


@pytest.mark.parametrize(
    ("work", "begins", "hours_later"),
    [
        ({"UTC": 3600}, SIX + timedelta(hours=2), 1),  # at 8, one a second
        ({"UTC": 3600}, SIX, 3),  # from 6 it waits until 8
        ({"UTC": 14 * 3600}, SIX + timedelta(hours=2), 26),  # 12 hours, a night, 2 hours
        ({"UTC": 3600, "Africa/Abidjan": 3600}, SIX + timedelta(hours=2), 2),  # they share
        ({"UTC": 3600, "Asia/Tokyo": 3600}, SIX, 3),  # 15 h there: it leaves first
        ({}, SIX, 0),
    ],
)
def test_the_end_is_reckoned_by_rate_and_decent_hours(work, begins, hours_later):
    done = finish(work, 1.0, (8 * 60, 20 * 60), begins, begins + 9 * DAY)
    assert abs(done - begins - timedelta(hours=hours_later)) < timedelta(seconds=1)


def test_a_night_in_which_the_clock_jumps_is_an_hour_shorter():
    """Berlin, 29 March 2026: from 20 h to 8 h there are eleven hours."""
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 3, 28, 19, 30, tzinfo=berlin).astimezone(UTC)
    done = finish({"Europe/Berlin": 3600}, 1.0, (480, 1200), evening, evening + 2 * DAY)
    assert done.astimezone(berlin).isoformat()[:16] == "2026-03-29T08:30"
    assert done - evening == timedelta(hours=12)


def test_not_in_time_is_none():
    assert finish({"UTC": 100}, 1.0, (0, 0), SIX, SIX + timedelta(seconds=99)) is None


# --- beside what the provider bills --------------------------------------------------------------

#: What a segment to a country costs, in ten-thousandths: invented, and as far apart as in life.
TARIFF = {"+254": 253, "+255": 611, "+243": 1_062, "+251": 1_745, "+62": 4_414}

#: Of one segment and of several, in GSM-7 and not, with what a segment may not cut.
SAID = {
    "en": "Mercury: from Monday the fee is {10}. " * 5,
    "fr": "La taxe sur la forêt est de 10 dès lundi : l'accès y est fermé jusqu'à la fête.",
    "sw": "Ada ya leseni ni 10 kuanzia Jumatatu.",
    "am": "የሜርኩሪ ክፍያ ከሰኞ ጀምሮ 10 ነው። ከወንዙ 25 ሜትር በታች መቆፈር የተከለከለ ነው። 👷🏿\u200d♀\ufe0f",
    "id": "Biaya izin 10 mulai Senin.\r\n" * 6,
}
LATER = {
    "en": "The pit at the river is closed: nobody may dig there before the forum meets.",
    "fr": "Le puits de la rivière est fermé : personne n'y creuse avant la réunion du forum.",
    "sw": "Shimo karibu na mto limefungwa hadi mkutano wa baraza. " * 3,
    "am": "በወንዙ አጠገብ ያለው ጉድጓድ ተዘግቷል፤ ጉባኤው ከመሰብሰቡ በፊት ማንም አይቆፍር።",
    "id": "Lubang di tepi sungai ditutup sampai forum bertemu.",
}


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        server.tariff = TARIFF
        yield server
        assert server.violations == []


@pytest.fixture
def leave(room, rehema, joseph, twilio, database, keyring):
    """Estimate a broadcast, let it leave, and return its estimate and what it was billed."""

    async def left(said):
        texts = {(0, language): Words(words) for language, words in said.items()}
        made = await room.write(rehema, texts)
        told, before = await estimate(room, made), twilio.bill()
        await room.let_go(made, rehema, joseph)
        await room.tick()
        channel = SmsChannel(
            account_sid=twilio.account,
            auth_tokens=(twilio.token,),
            sender=twilio.number,
            messaging_service_sid="",
            api_url=twilio.url,
            public_url="https://baraza.example",
            default_region="KE",
        )
        options = {"by": "test", "paces": {"sms": Pace(100_000)}, "clock": lambda: room.now}
        sender = Sender(database, keyring, {"sms": channel}, **options)
        while await sender.step():
            pass
        await channel.close()
        return told, twilio.bill() - before

    return left


async def set_price(room, lead, price):
    await room.do(terms.price, {"sms": price}, "USD", by=lead)


@pytest.mark.parametrize("country", TARIFF)
async def test_the_estimate_is_what_the_provider_bills(room, leave, twilio, country):
    await set_price(room, await room.member(Role.LEAD), TARIFF[country])
    tongues = (*SAID, "xx")  # who reads none of them gets the base language
    numbers = {f"{country}7{n:08}": tongues[n % 6] for n in range(48)}
    await room.list_numbers(numbers)
    told, billed = await leave(SAID)
    assert len(twilio.sent) == told.people == 48
    assert told.units == sum(message.segments for message in twilio.sent) > 48
    assert told.price == billed


async def test_where_numbers_are_of_several_countries_the_last_bill_tells_the_price(
    room, leave, twilio
):
    """One price stands for all (the officials' guide, «Limits and prices»)."""
    lead = await room.member(Role.LEAD)
    await set_price(room, lead, TARIFF["+254"])
    shares = {"+254": 40, "+255": 25, "+243": 15, "+251": 10, "+62": 10}
    tongues = ("sw", "en", "fr", "am", "id")
    numbers = {
        f"{country}7{n:08}": tongues[n % 5]
        for country, people in shares.items()
        for n in range(people)
    }
    await room.list_numbers(numbers)
    _, billed = await leave(SAID)
    segments = sum(message.segments for message in twilio.sent)
    await set_price(room, lead, round(billed / segments))
    told, billed = await leave(LATER)
    assert abs(told.price - billed) <= 0.02 * billed
    assert told.units == sum(message.segments for message in twilio.sent) - segments
