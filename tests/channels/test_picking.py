from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, literal, select, update

from channels import broadcasts, contacts, optout, outbox, planning, sounds, unreachable, upkeep
from channels.base import Address, Style
from channels.broadcasts import Wording
from channels.desk import Desk
from channels.errors import Ambiguous, Busy, Refused
from channels.ledger import State
from channels.ledger import outbox as table
from channels.limiter import Pace
from channels.routing import Routing
from outreach import subscribers
from tests.support.scripted_channel import ScriptedChannel
from tests.support.sending_house import ANNA, BRUNO, SECOND, House
from vault import seals


@pytest.fixture
def house(database, keyring, now):
    return House(database, keyring, now)


async def test_messages_to_one_contact_leave_in_order_and_others_at_once(house):
    for text in ("one", "two", "three"):
        await house.write(text)
    await house.write("other", BRUNO)
    assert await house.sender.step() == 2
    await house.sender.step()
    await house.sender.step()
    assert [t for t in house.channel.texts if t != "other"] == ["one", "two", "three"]


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


async def news(house, number, zone="Africa/Kampala"):
    """Write news to somebody in *zone*, to leave by day only."""
    who = Address("sms", f"+25471100{number:04}")
    return await house.write(f"news {number}", who, kind="bulk", by_day=zone)


def at(local, zone="Africa/Kampala"):
    """Return an hour of the clock in *zone*."""
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def test_what_did_not_leave_by_day_waits_for_the_morning_and_answers_do_not(
    database, keyring
):
    house = House(database, keyring, at("2026-05-12T19:59:58"), paces={"sms": Pace(1)})
    ids = [await news(house, number) for number in range(5)]
    for _ in range(4):
        await house.sender.step()
        house.now += SECOND
    before = len(house.channel.texts)
    assert 1 <= before < 4
    await house.write("answer")
    for _ in range(5):
        await house.sender.step()
        house.now += timedelta(minutes=15)
    assert house.channel.texts[before:] == ["answer"]
    house.now = at("2026-05-13T07:59:59")
    assert await house.sender.step() == 0
    for _ in range(9):
        house.now += SECOND
        await house.sender.step()
    assert len(house.channel.texts) == 1 + len(ids)


async def test_a_line_that_goes_on_at_night_lets_no_news_leave(house):
    house.now = at("2026-05-13T02:00")
    waits = await news(house, 1)
    assert await house.sender.step() == 0
    assert await house.state(waits) == State.PLANNED
    async with house.database.reading() as db:
        assert (await db.execute(select(table.c.not_before))).scalar() == at("2026-05-13T08:00")


async def test_a_second_try_of_news_waits_for_the_morning(house):
    house.now = at("2026-05-12T19:59:50")
    house.channel.answers.append(Busy("500"))
    await news(house, 1)
    assert await house.sender.step() == 1
    for _ in range(3):
        house.now += timedelta(minutes=5)
        assert await house.sender.step() == 0
    house.now = at("2026-05-13T08:00")
    assert await house.sender.step() == 1


async def test_it_is_night_where_somebody_is_and_not_where_the_forum_is(house):
    house.now = at("2026-05-12T12:00")
    await news(house, 1, "Pacific/Honolulu")
    await news(house, 2, "Africa/Kampala")
    await house.sender.step()
    assert house.channel.texts == ["news 2"]


async def test_every_part_of_long_news_leaves_by_day(house):
    house.now = at("2026-05-12T19:59:59")
    await house.write("word " * 800, kind="bulk", by_day="Africa/Kampala")
    await house.sender.step()
    house.now += SECOND
    assert await house.sender.step() == 0
    async with house.database.reading() as db:
        assert set((await db.execute(select(table.c.by_day))).scalars()) == {"Africa/Kampala"}


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


async def test_a_chat_is_left_in_peace_from_the_answer_on(database, keyring, now):
    """When a message got there, between the call and its answer, nobody knows."""
    chat = ScriptedChannel("telegram", Style.CHAT)
    house = House(database, keyring, now, chat, paces={"telegram": Pace(30, per_chat=1)})

    async def slowly():
        house.now += SECOND / 2

    chat.during = slowly
    for text in ("one", "two"):
        await house.write(text)
    assert await house.sender.step() == 1
    house.now = now + 1.4 * SECOND
    assert await house.sender.step() == 0
    house.now = now + 1.5 * SECOND
    assert await house.sender.step() == 1


# --- broadcasts


async def broadcast(house, *addresses, **more):
    """Plan news for *addresses*, approved."""
    when = {"not_before": house.now, "expires_at": house.now + 3600 * SECOND, "now": house.now}
    async with house.database.transaction() as db:
        style = house.channel.style
        words = [Wording(part, "en", style, f"News {part}") for part in (0, 1)]
        made = await broadcasts.create(db, words, language="en", **when, **more)
        await broadcasts.release(db, made, house.now)
        for address in addresses:
            await subscribers.subscribe(db, house.keyring, address, language="en", now=house.now)
    people = select(
        subscribers.subscribers.c.route_id,
        subscribers.subscribers.c.channel,
        subscribers.subscribers.c.language,
    )
    named = {"lines": {"sms": "sms"}, "styles": {"sms": style}, "now": house.now}
    await planning.plan(house.database, made, people, **named)
    return made


async def test_a_broadcasts_words_are_put_in_when_it_leaves_part_after_part(house):
    await broadcast(house, ANNA, BRUNO)
    assert [await house.sender.step() for _ in range(3)] == [2, 2, 0]
    assert house.channel.texts == ["News 0", "News 0", "News 1", "News 1"]


async def test_a_paused_broadcast_holds_back_nothing_but_itself(house):
    held = await broadcast(house, ANNA)
    async with house.database.transaction() as db:
        await broadcasts.pause(db, held, house.now)
    await broadcast(house, ANNA)
    await house.write("answer")
    assert await house.sender.step() == 2
    assert sorted(house.channel.texts) == ["News 0", "answer"]
    async with house.database.transaction() as db:
        await broadcasts.release(db, held, house.now)
    assert await house.sender.step() == 2


async def test_broadcasts_share_the_room_and_an_answer_goes_first(database, keyring, now):
    pace = Pace(100, calls=8)
    house = House(database, keyring, now, paces={"sms": pace})
    crowd = [Address("sms", f"+25471100{n:04}") for n in range(20)]
    first = await broadcast(house, *crowd)
    second = await broadcast(house)
    await house.write("answer", Address("sms", "+254799999999"))
    await house.sender.step()
    async with database.reading() as reads:
        left = select(table.c.broadcast, func.count()).where(table.c.state == "accepted")
        counts = dict((await reads.execute(left.group_by(table.c.broadcast))).all())
    assert house.channel.texts[0] == "answer"
    assert counts[None] == 1
    # Some places are kept free for answers.
    assert counts[first] + counts[second] == pace.in_flight_of_broadcasts < pace.in_flight
    assert abs(counts[first] - counts[second]) <= 1


async def test_a_group_gets_a_message_each_three_seconds(database, keyring, now):
    chat = ScriptedChannel("telegram", Style.CHAT)
    pace = Pace(30, per_chat=1, per_group=3)
    house = House(database, keyring, now, chat, paces={"telegram": pace})
    for text in ("one", "two"):
        await house.write(text, Address("telegram", "-100200300"))
    left = []
    for _ in range(4):
        left.append(await house.sender.step())
        house.now += SECOND
    assert left == [1, 0, 0, 1]


async def test_a_message_counts_by_its_segments(database, keyring, now):
    house = House(database, keyring, now, paces={"sms": Pace(4)})
    for number in range(4):
        await house.write("x" * 300, Address("sms", f"+25471100000{number}"))
    assert await house.sender.step() == 2
    assert await house.sender.step() == 0
    house.now += 2 * SECOND
    assert await house.sender.step() == 2


class ByPrefix:
    """Sends every number through «gateway», while that is up."""

    def line(self, address, up):
        return "gateway" if "gateway" in up else None


async def test_a_number_of_another_carrier_is_handed_over(database, keyring, now):
    house = House(database, keyring, now, routing=ByPrefix())
    outbox_id = await house.write()
    house.sender._up.add("gateway")
    house.sender._look_at_lines = nothing
    assert await house.sender.step() == 0
    async with database.reading() as reads:
        found = await reads.execute(select(table.c.channel).where(table.c.id == outbox_id))
        assert found.scalar_one() == "gateway"


async def nothing(_now):
    pass


# --- lines that call people up


@pytest.fixture
async def called(database, keyring, now):
    """A line that calls Anna, though her telephone's own line is that of SMS."""
    house = House(database, keyring, now, ScriptedChannel("call", Style.VOICE))
    end = now + timedelta(hours=1)
    async with database.transaction() as db:
        route = await contacts.remember(db, keyring, ANNA, now)
        words = [Wording(0, "en", Style.VOICE, "A rule changes.")]
        times = {"not_before": now, "expires_at": end, "now": now}
        made = await broadcasts.create(db, words, language="en", **times)
        await broadcasts.release(db, made, now)
    audience = select(
        literal(route).label("route_id"),
        literal("call").label("channel"),
        literal("en").label("language"),
    )
    lines, styles = {"call": "call"}, {"call": Style.VOICE}
    await planning.plan(database, made, audience, lines=lines, styles=styles, now=now)
    house.options["routing"] = Routing(("sms", "call"))
    house.restart()
    return house


async def test_a_call_is_handed_over_to_no_line_that_writes(called):
    assert await called.sender.step() == 1
    assert called.channel.texts == ["A rule changes."]


@pytest.mark.parametrize("channel", ["call", "sms"])
async def test_nobody_is_called_who_wants_no_calls_or_no_news(called, channel):
    async with called.database.transaction() as db:
        await optout.stop(db, called.keyring, Address(channel, ANNA.value), called.now)
    assert await called.sender.step() == 0
    async with called.database.reading() as db:
        states = (await db.execute(select(table.c.state, table.c.error))).all()
    assert [tuple(row) for row in states] == [(State.CANCELLED, "stopped")]


# --- numbers of WhatsApp, by SMS

CHAT = Address("whatsapp", ANNA.value)


@pytest.fixture
async def crossed(house):
    """News by SMS for somebody who asked for it on WhatsApp."""
    async with house.database.transaction() as db:
        route = await contacts.remember(db, house.keyring, CHAT, house.now)
        await unreachable.count(
            db, route, "21211", house.now, line="whatsapp"
        )  # of the chat: no fault of SMS
        end = house.now + timedelta(hours=1)
        words = [Wording(0, "en", Style.SMS, "A rule changes.")]
        times = {"not_before": house.now, "expires_at": end, "now": house.now}
        made = await broadcasts.create(db, words, language="en", **times)
        await broadcasts.release(db, made, house.now)
    audience = select(
        literal(route).label("route_id"),
        literal("sms").label("channel"),
        literal("en").label("language"),
    )
    lines, styles = {"sms": "sms"}, {"sms": Style.SMS}
    await planning.plan(house.database, made, audience, lines=lines, styles=styles, now=house.now)
    house.options["routing"] = Routing(("sms", "whatsapp"))
    house.restart()
    return house


async def test_an_sms_goes_to_the_number_of_a_chat(crossed):
    assert await crossed.sender.step() == 1
    assert [one.address for one in crossed.channel.taken] == [ANNA]


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_no_sms_goes_to_a_chat_whose_person_has_stopped_either(crossed, channel):
    async with crossed.database.transaction() as db:
        await optout.stop(db, crossed.keyring, Address(channel, ANNA.value), crossed.now)
    assert await crossed.sender.step() == 0
    async with crossed.database.reading() as db:
        states = (await db.execute(select(table.c.state, table.c.error))).all()
    assert [tuple(row) for row in states] == [(State.CANCELLED, "stopped")]


async def test_a_door_that_is_shut_to_sms_leaves_the_chat_open(crossed):
    crossed.channel.answers.append(Refused("21610", stopped=True))
    await crossed.sender.step()
    desk = Desk(crossed.database, crossed.keyring, "me", crossed.heed, lambda: crossed.now)
    await upkeep.act_on_shut_doors(desk)
    async with crossed.database.reading() as db:
        assert await optout.stopped_among(db, crossed.keyring, [ANNA, CHAT]) == {ANNA}


@pytest.mark.parametrize(
    ("state", "part", "line", "left"),
    [
        (State.DELIVERED, 0, "sms", 0),
        (State.PLANNED, 0, "gateway", 0),
        (State.DELIVERED, 3, "call", 0),  # a call tells every part
        (State.FAILED, 0, "sms", 1),
        (State.CANCELLED, 0, "sms", 1),
        (State.DELIVERED, 1, "sms", 1),
    ],
)
async def test_a_phone_that_has_it_by_sms_does_not_get_it_again_for_its_chat(
    crossed, state, part, line, left
):
    before = {"broadcast": "b" * 32, "part": part, "channel": line, "state": state}
    own = {"id": "n" * 32, "route_id": contacts.pseudonym(crossed.keyring, ANNA)}
    async with crossed.database.transaction() as db:
        of_chat = (await db.execute(select(table))).mappings().one()
        row = {name: value for name, value in of_chat.items() if name != "seq"}
        await db.execute(insert(table).values({**row, **own, **before}))
    assert await crossed.sender.step() == 1  # nobody says that the two tell the same
    async with crossed.database.transaction() as db:
        this = table.c.id == of_chat["id"]
        await db.execute(update(table).where(this).values(state=State.PLANNED))

    async def kin(_db, broadcast):
        return {broadcast, "b" * 32}

    crossed.options["kin"] = kin
    crossed.restart()
    assert await crossed.sender.step() == left
    told = (State.CANCELLED, "told")
    async with crossed.database.reading() as db:
        its = (await db.execute(select(table.c.state, table.c.error).where(this))).one()
    assert (tuple(its) == told) is (left == 0)


async def test_a_number_that_takes_no_sms_is_no_fault_of_the_chat(crossed):
    route = contacts.pseudonym(crossed.keyring, CHAT)
    async with crossed.database.transaction() as db:
        await unreachable.forgive(db, route)
    crossed.channel.answers.append(Refused("21211"))
    await crossed.sender.step()
    async with crossed.database.reading() as db:
        assert await unreachable.suppressed(db, [route]) == frozenset()


# --- recordings of a broadcast


@pytest.fixture
async def spoken(database, keyring, now):
    """News for a chat, of which the first of two parts is recorded; and the recording's id."""
    pace = {"telegram": Pace(100, calls=8)}
    chat = ScriptedChannel("telegram", Style.CHAT, can_tell=False)
    house = House(database, keyring, now, chat, paces=pace)
    async with database.transaction() as db:
        sound = await sounds.keep(db, "audio/mpeg", 7, b"sound", now)
        route = await contacts.remember(db, keyring, Address("telegram", "77"), now)
        recorded = Wording(0, "en", Style.CHAT, "A rule changes.", sound)
        words = [recorded, Wording(1, "en", Style.CHAT, "It is this.")]
        times = {"not_before": now, "expires_at": now + timedelta(hours=1), "now": now}
        made = await broadcasts.create(db, words, language="en", **times)
        await broadcasts.release(db, made, now)
    person = (("route_id", route), ("channel", "telegram"), ("language", "en"))
    audience = select(*(literal(value).label(name) for name, value in person))
    lines, styles = {"telegram": "telegram"}, {"telegram": Style.CHAT}
    await planning.plan(database, made, audience, lines=lines, styles=styles, now=now)
    return house, sound


async def drain(house):
    for _ in range(4):
        await house.sender.step()
        house.now += 2 * SECOND
    return [(one.outbound.text, one.outbound.sound) for one in house.channel.taken]


async def test_what_is_recorded_leaves_as_one_message_of_sound_and_words(spoken):
    house, sound = spoken
    assert await drain(house) == [("A rule changes.", sound), ("It is this.", None)]


async def test_a_recording_that_telegram_may_have_taken_is_not_sent_again(spoken):
    house, sound = spoken
    house.channel.answers.append(Ambiguous("taken"))
    for _ in range(8):
        await house.sender.step()
        house.now += timedelta(minutes=1)
    played = [one for one in house.channel.taken if one.outbound.sound == sound]
    assert len(played) == 1


async def test_a_recording_that_was_taken_away_leaves_its_words(spoken):
    house, sound = spoken
    async with house.database.transaction() as db:
        await sounds.forget(db, [sound])
    assert await drain(house) == [("A rule changes.", None), ("It is this.", None)]
