from dataclasses import replace

import pytest
from sqlalchemy import select, update

from channels.base import Address, Style
from channels.broadcasts import broadcast_texts
from channels.calls import Play
from channels.ledger import State, outbox
from forum.members import Role
from outreach import (
    announcements,
    called,
    coverage,
    estimates,
    recordings,
    steering,
    subscribers,
    terms,
    told,
)
from outreach.announcements import Changed
from outreach.announcements import State as Going
from outreach.recordings import Fault, Unfit
from outreach.rule_texts import Part, Variant
from tests.support.exchange import ANNA, LASTS, Exchange
from tests.support.newsroom import HOUR
from tests.support.rulemaking import OFFICIAL, Rules, words
from tests.support.spoken import mp3, opus, wav


@pytest.fixture
def ground(database, keyring, now):
    return Exchange(database, keyring, now)


@pytest.fixture
async def site(ground):
    return await ground.site("KB12")


@pytest.fixture
async def rule(ground, site):
    """A rule in English and Swahili of which English has two parts recorded."""
    rules = Rules(ground.database, ground.now)
    dates = (await ground.rule(site)).dates
    drafted = await rules.draft(dates=dates)
    for language in ("en", "sw"):
        drafted = await rules.act("write", drafted, language, words())
    rule = await rules.act("publish", drafted)
    await ground.record(rule, "12")
    return rule


async def kept(ground, this, tells="12"):
    async with ground.database.reading() as db:
        return await called.recorded(db, this, tells)


# --- where it can be done


async def test_a_language_can_be_called_in_which_each_part_is_recorded(ground, rule):
    assert await kept(ground, rule) == {"en"}
    assert await kept(ground, rule, "123") == set()
    await ground.record(rule, "12", "sw")
    assert await kept(ground, rule) == {"en", "sw"}


async def test_opus_in_ogg_cannot_be_played_in_a_call(ground, rule):
    await ground.record(rule, "2", content=opus(2), mime="audio/ogg")
    assert await kept(ground, rule) == set()
    assert await kept(ground, rule, "1") == {"en"}


async def test_a_recording_of_other_words_is_not_played(ground, rule):
    async with ground.database.transaction() as db:
        changed = update(recordings.recordings).where(recordings.recordings.c.part == Part.WHY)
        await db.execute(changed.values(words="0" * 64))
    assert await kept(ground, rule) == set()


# --- who is called


async def test_telephones_are_called_once_and_all_others_are_written_to(ground, rule):
    await ground.list_people((2, "sms", "en"), (1, "sms", "sw"), (1, "telegram", "en"))
    await ground.leave(rule)
    assert await ground.rows() == [
        ("call", 0, "en"),
        ("call", 0, "en"),
        ("sms", 0, "sw"),
        ("sms", 1, "sw"),
        ("telegram", 0, "en"),
        ("telegram", 1, "en"),
    ]


async def test_nobody_is_called_where_nobody_chose_that(ground, rule):
    await ground.list_people((1, "sms", "en"))
    made = await ground.leave(rule, calls=False)
    assert {channel for channel, _, _ in await ground.rows()} == {"sms"}
    async with ground.database.reading() as db:
        styles = (await db.execute(select(broadcast_texts.c.style).distinct())).scalars().all()
    assert Style.VOICE not in styles
    assert not (await ground.find(made)).draft.calls


async def test_without_a_line_that_calls_all_are_written_to(ground, rule):
    ways = {name: way for name, way in ground.office.ways.items() if name != "call"}
    ground.office = replace(ground.office, ways=ways)
    await ground.list_people((1, "sms", "en"))
    await ground.leave(rule)
    assert {channel for channel, _, _ in await ground.rows()} == {"sms"}


async def test_who_wants_no_calls_is_written_to(ground, keyring, rule):
    anna = Address("sms", ANNA)
    await ground.do(subscribers.subscribe, keyring, anna, language="en")
    async with ground.database.transaction() as db:
        await subscribers.call(db, keyring, anna, wanted=False)
    await ground.leave(rule)
    assert {channel for channel, _, _ in await ground.rows()} == {"sms"}


async def test_a_call_is_reckoned_as_one(ground, rule):
    await ground.list_people((3, "sms", "en"), (1, "sms", "sw"))
    made, _ = await ground.draft(rule)
    given = {"ways": ground.office.ways, "zones": ground.office.zones, "now": ground.now}
    async with ground.database.reading() as db:
        reckoned = await estimates.estimate(db, await ground.find(made), **given)
    assert [(row.channel, row.language, row.people, row.units) for row in reckoned.rows] == [
        ("call", "en", 3, 3),
        ("sms", "sw", 1, 2),
    ]
    assert reckoned.people == 4


@pytest.mark.parametrize(("seconds", "minutes"), [(22, 1), (24, 2), (52, 2), (54, 3)])
async def test_a_call_is_priced_by_the_minutes_of_its_recordings(ground, rule, seconds, minutes):
    """Two recordings with a greeting of 10 s, and 2 s after each of them."""
    await ground.record(rule, "12", content=mp3(seconds))
    await ground.list_people((3, "sms", "en"))
    lead = await ground.member(Role.LEAD)
    await ground.do(terms.price, {"call": 450}, "USD", by=lead)
    made, _ = await ground.draft(rule)
    given = {"ways": ground.office.ways, "zones": ground.office.zones, "now": ground.now}
    async with ground.database.reading() as db:
        kept = await called.recorded(db, rule, "12")
        this = await ground.find(made)
        assert await called.minutes(db, this) == dict.fromkeys(kept, minutes)
        reckoned = await estimates.estimate(db, this, **given)
    assert reckoned.calls
    assert (reckoned.units, reckoned.price) == (3, 3 * minutes * 450)


@pytest.mark.parametrize(("greeting", "minutes"), [(4, 1), (32, 1), (33, 2), (120, 3)])
async def test_a_call_is_priced_with_the_greeting_that_was_recorded(
    ground, rule, greeting, minutes
):
    """Two recordings of 12 s with 2 s after each; a greeting counts for 10 s at least."""
    await ground.record(rule, "12", content=wav(12), mime="audio/wav")
    await ground.greet("en", greeting)
    await ground.greet("sw", 120)
    made, _ = await ground.draft(rule)
    async with ground.database.reading() as db:
        assert await called.minutes(db, await ground.find(made)) == {"en": minutes}


async def test_where_nobody_is_called_no_minute_is_reckoned(ground, rule):
    made, _ = await ground.draft(rule, calls=False)
    async with ground.database.reading() as db:
        assert await called.minutes(db, await ground.find(made)) == {}


async def test_to_be_called_is_another_content_than_to_be_written_to(ground, rule):
    made, _ = await ground.draft(rule)
    called_content = await ground.content(made)
    plain, _ = await ground.draft(rule, calls=False)
    assert called_content != await ground.content(plain)


# --- what was approved is what is heard


async def test_another_sound_is_another_content(ground, rule):
    made, _ = await ground.draft(rule)
    before = await ground.content(made)
    await ground.record(rule, "4")  # no part of it, and still a key of the call
    with_key = await ground.content(made)
    await ground.record(rule, "1")
    assert len({before, with_key, await ground.content(made)}) == 3


async def test_a_recording_swapped_before_approval_is_not_approved(ground, rule):
    await ground.list_people((1, "sms", "en"))
    made, author = await ground.draft(rule)
    second = await ground.member(name="Joseph")
    await ground.ask(made, author)
    heard = await ground.content(made)
    await ground.record(rule, "1")
    for seen in (heard, await ground.content(made)):
        with pytest.raises(Changed):
            await ground.approve(made, second, seen)


async def test_our_own_sentences_swapped_before_approval_are_not_approved(ground, rule):
    await ground.list_people((1, "sms", "en"))
    made, author = await ground.draft(rule)
    second = await ground.member(name="Joseph")
    await ground.ask(made, author)
    heard = await ground.content(made)
    await ground.greet("sw")  # nobody is called in it
    assert await ground.content(made) == heard
    await ground.greet("en")
    for seen in (heard, await ground.content(made)):
        with pytest.raises(Changed):
            await ground.approve(made, second, seen)


@pytest.mark.parametrize("begun", [False, True])
async def test_recordings_that_calls_play_stay_as_they_were_approved(ground, rule, begun):
    await ground.list_people((1, "sms", "en"))
    made, author = await ground.draft(rule)
    await ground.alone(made, author)
    if begun:
        await ground.tick()
    part = (rule, Part.WHY, "en")
    deeds = [
        lambda: ground.record(rule, "1"),
        lambda: ground.record(rule, "5", "sw"),
        lambda: ground.do(recordings.remove, *part, by=OFFICIAL),
        lambda: ground.do(recordings.still_right, *part, by=OFFICIAL),
    ]
    for deed in deeds:
        with pytest.raises(Unfit) as unfit:
            await deed()
        assert unfit.value.fault is Fault.IN_USE
    await ground.do(steering.cancel, made, by=author)
    for deed in deeds:
        await deed()


async def test_recordings_of_another_edition_or_without_calls_are_free(ground, rule):
    await ground.list_people((1, "sms", "en"))
    await ground.leave(rule, calls=False)
    await ground.record(rule, "1")
    await ground.leave(rule)
    rules = Rules(ground.database, ground.now)
    await ground.record(await rules.act("write", rule, "en", words(how="Go there.")), "1")


async def test_a_recording_swapped_past_this_voids_what_was_approved(ground, rule):
    await ground.list_people((1, "sms", "en"))
    made, author = await ground.draft(rule)
    await ground.alone(made, author)
    async with ground.database.transaction() as db:
        other = select(recordings.recordings.c.sound_id).where(
            recordings.recordings.c.part == Part.WHAT
        )
        its = update(recordings.recordings).where(recordings.recordings.c.part == Part.WHY)
        await db.execute(its.values(sound_id=other.scalar_subquery()))
    assert await ground.tick() == (0, 0, 0)
    assert (await ground.find(made)).state == Going.DRAFT


async def test_what_was_recorded_after_it_began_is_not_played(ground, rule, message):
    later = {"kept_at": ground.now + HOUR}
    part = recordings.recordings.c.part
    async with ground.database.transaction() as db:
        await db.execute(update(recordings.recordings).where(part == Part.WHY).values(later))
    assert sorted((await found(ground, message)).sounds) == ["2"]


# --- what chats get


async def test_chats_get_the_recordings_that_say_what_is_written(ground, rule):
    await ground.list_people((1, "telegram", "en"), (1, "sms", "en"))
    made, author = await ground.draft(rule, "132", calls=False)
    this = await ground.find(made)
    given = {"edition": this.edition, "by": author}
    await ground.do(announcements.change, made, replace(this.draft, sounds=True), **given)
    await ground.alone(made, author)
    await ground.tick()
    of = broadcast_texts.c
    async with ground.database.reading() as db:
        played = await called.played(db, rule, "123")
        rows = await db.execute(
            select(of.part, of.language, of.style, of.sound).where(of.sound.is_not(None))
        )
        assert {(row.part, row.language): row.sound for row in rows} == played
        assert set(played) == {(0, "en"), (1, "en")}
        assert await called.aloud(db, this) == {}  # nobody had chosen it


async def test_a_recording_of_other_words_comes_with_no_message(ground, rule):
    async with ground.database.transaction() as db:
        changed = update(recordings.recordings).where(recordings.recordings.c.part == Part.WHY)
        await db.execute(changed.values(words="0" * 64))
        assert set(await called.played(db, rule, "12")) == {(1, "en")}


# --- what is played, and who heard it


@pytest.fixture
async def message(ground, rule, site):
    await ground.list_people((1, "sms", "en", site))
    await ground.leave(rule, "12")
    return await ground.call()


async def found(ground, message):
    async with ground.database.reading() as db:
        return await called.told(db, message)


async def test_a_call_plays_what_it_was_made_for_and_all_else_that_is_recorded(ground, rule):
    await ground.record(rule, "4")
    await ground.list_people((1, "sms", "en"))
    await ground.leave(rule)
    one = await found(ground, await ground.call())
    assert (one.language, one.tells, sorted(one.sounds)) == ("en", "12", ["1", "2", "4"])
    assert all(isinstance(s, Play) and s.seconds >= LASTS for s in one.sounds.values())
    assert one.title == f"{Part.TITLE} {Variant.FULL}"


async def test_a_message_that_is_no_call_plays_nothing(ground, message):
    assert await found(ground, "f" * 32) is None
    async with ground.database.transaction() as db:
        await db.execute(update(outbox).values(channel="sms"))
    assert await found(ground, message) is None


async def test_with_all_its_recordings_gone_it_plays_nothing(ground, rule):
    await ground.list_people((1, "sms", "en"))
    made = await ground.leave(rule)
    message = await ground.call()
    await ground.do(steering.cancel, made, by=await ground.member())
    for part in (Part.WHY, Part.WHAT):
        await ground.do(recordings.remove, rule, part, "en", by=OFFICIAL)
    assert await found(ground, message) is None


async def test_a_part_that_was_heard_counts_as_told_and_is_marked(ground, rule, message):
    for _ in range(2):
        async with ground.database.transaction() as db:
            await called.note(db, message, "112", ground.now)
    assert await ground.heard() == [(1, True, True), (2, True, True)]
    seen = await ground.read(coverage.read, rule)
    (cell,) = [cell for cell in seen.cells if cell.people]
    assert (cell.heard.called, cell.reached(1), cell.reached(3)) == ({1: 1, 2: 1}, 1, 0)


async def test_to_take_a_call_is_not_to_have_heard_it(ground, message):
    async with ground.database.transaction() as db:
        moved = {"state": State.DELIVERED, "moved_at": ground.now}
        await db.execute(update(outbox).values(moved))
    assert await told.take(ground.database, ground.now) == 1
    assert await ground.heard() == []


async def test_who_was_told_by_sms_before_is_no_second_person(ground, rule, site, message):
    await ground.tell(rule, site, {1: 1}, receipt=False)
    async with ground.database.transaction() as db:
        await called.note(db, message, "1", ground.now)
    assert await ground.heard() == [(1, True, True)]
