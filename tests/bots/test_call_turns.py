from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bots import call_turns
from channels.base import Address
from channels.calls import Next, Play, Say
from outreach import call_phrases, rule_drafting, subscribers, trials
from tests.support.exchange import ANNA, LASTS, Exchange, turn
from tests.support.rulemaking import OFFICIAL


@pytest.fixture
def ground(database, keyring, now):
    return Exchange(database, keyring, now)


@pytest.fixture
async def rule(ground):
    return await ground.rule()


@pytest.fixture
async def greeted(ground):
    """Record the greeting, which takes four seconds."""
    await ground.greet("en", 4)


@pytest.fixture
async def message(ground, keyring, rule):
    """A call to Anna that tells two parts of a rule; our id of it."""
    await ground.record(rule, "123")
    address = Address("sms", ANNA)
    await ground.do(subscribers.subscribe, keyring, address, language="en")
    await ground.leave(rule)
    return await ground.call()


@pytest.fixture
def take(ground, keyring):
    async def taken(this):
        return await ground.do(call_turns.take, keyring, this)

    return taken


async def test_a_part_that_was_played_to_its_end_is_noted_with_the_first_key(
    ground, message, take
):
    begun = await take(turn(message))
    assert any(isinstance(line, Play) for line in begun.lines)
    ground.now += timedelta(seconds=LASTS + 12)
    second = await take(turn(message, place=begun.place))
    assert await ground.heard() == []
    for _ in range(2):  # the same hook comes twice
        await take(turn(message, place=second.place, key="3"))
    assert await ground.heard() == [(1, True, True)]


async def test_who_chooses_a_part_has_said_a_word_about_news(ground, message, take):
    heard_at = select(subscribers.subscribers.c.heard_at)
    ground.now += timedelta(days=2)
    begun = await take(turn(message))
    async with ground.database.reading() as db:
        before = (await db.execute(heard_at)).scalar_one()
    await take(turn(message, place=begun.place, key="2"))
    async with ground.database.reading() as db:
        assert (await db.execute(heard_at)).scalar_one() > before


async def test_a_test_plays_on_a_phone_of_staff_what_will_be_played_and_notes_nothing(
    ground, keyring, rule, take
):
    await ground.record(rule, "12")
    made, author = await ground.draft(rule)
    given = {"ways": ground.office.ways, "by": author, "call": True}
    phones, this = [Address("sms", ANNA)], await ground.find(made)
    assert await ground.do(trials.send, keyring, this, phones, "en", **given) == 1
    message = await ground.call()
    begun = await take(turn(message))
    assert len([line for line in begun.lines if isinstance(line, Play)]) == 1
    ground.now += timedelta(seconds=LASTS + 12)
    second = await take(turn(message, place=begun.place))
    await take(turn(message, place=second.place, key="2"))
    assert await ground.heard() == []
    ground.now += trials.DAY
    await ground.do(trials.forget)
    assert (await take(turn(message))).then is Next.END


async def test_a_message_that_nobody_knows_is_hung_up_on(ground, message, take):
    assert await take(turn("f" * 32)) == await take(turn(""))
    assert (await take(turn("f" * 32))).then is Next.END


async def test_a_rule_that_was_withdrawn_is_not_told(ground, rule, message, take):
    await ground.do(rule_drafting.withdraw, await ground.seen(rule), by=OFFICIAL)
    assert (await take(turn(message))).then is Next.END


async def test_the_forums_own_sentences_are_played_where_they_are_recorded(
    ground, greeted, message, take
):
    greeting, part = (await take(turn(message))).lines
    assert greeting.seconds == 4
    assert greeting.sound != part.sound


async def test_what_was_recorded_after_a_broadcast_began_is_not_played_in_its_calls(
    ground, greeted, message, take
):
    later = {"kept_at": ground.now + timedelta(seconds=1)}
    async with ground.database.transaction() as db:
        await db.execute(update(call_phrases.call_phrases).values(later))
    greeting, part = (await take(turn(message))).lines
    assert isinstance(greeting, Say)
    assert isinstance(part, Play)
