"""Recordings of parts: kept, replaced, carried over, and not played beside other words."""

import pytest
from sqlalchemy import func, select

from channels import sounds
from forum.audit import audit
from outreach import recordings, rule_texts
from outreach.recordings import LARGEST, LONGEST, Fault, Unfit
from outreach.rule_texts import Part, Variant
from tests.support.rulemaking import OFFICIAL, Rules, words
from tests.support.spoken import mp3, opus, wav

WHY = (Part.WHY, "en")


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
def keep(database, now):
    async def kept(rule, content=None, mime="audio/mpeg", part=Part.WHY, language="en"):
        content = mp3(3) if content is None else content
        async with database.transaction() as db:
            await recordings.keep(db, rule, part, language, mime, content, by=OFFICIAL, now=now)

    return kept


@pytest.fixture
def act(database, now):
    async def done(name, rule, part=Part.WHY, language="en"):
        async with database.transaction() as db:
            change = getattr(recordings, name)
            return await change(db, rule, part, language, by=OFFICIAL, now=now)

    return done


@pytest.fixture
def of(database):
    async def found(rule):
        async with database.reading() as db:
            texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
            return await recordings.of(db, rule, texts)

    return found


@pytest.fixture
def told(database):
    async def found(rule, *tongues, part=Part.WHY):
        async with database.reading() as db:
            texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
            return await recordings.told(db, rule, texts, part, tongues)

    return found


@pytest.fixture
def stored(database):
    async def count():
        async with database.reading() as db:
            return (await db.execute(select(func.count()).select_from(sounds.sounds))).scalar_one()

    return count


@pytest.mark.parametrize(
    ("mime", "content", "seconds"),
    [
        ("audio/mpeg", mp3(2.5), 3),
        ("audio/ogg", opus(0.2), 1),
        ("audio/wav", wav(LONGEST), LONGEST),
    ],
)
async def test_what_is_kept_is_found_with_its_length(rules, keep, of, mime, content, seconds):
    rule = await rules.published()
    await keep(rule, content, mime)
    (one,) = (await of(rule)).values()
    assert (one.part, one.language, one.mime, one.seconds) == (Part.WHY, "en", mime, seconds)
    assert (one.size, one.kept_by, one.stale) == (len(content), OFFICIAL, False)


@pytest.mark.parametrize(
    ("mime", "content", "fault"),
    [
        ("audio/mpeg", b"", Fault.NONE),
        ("audio/mpeg", bytes(LARGEST + 1), Fault.LARGE),
        ("audio/ogg", opus(LONGEST + 1), Fault.LONG),
        ("audio/mpeg", b"no sound at all", Fault.KIND),
        ("image/png", b"\x89PNG", Fault.KIND),
    ],
)
async def test_what_is_unfit_is_not_kept(rules, keep, of, mime, content, fault):
    rule = await rules.published()
    with pytest.raises(Unfit) as unfit:
        await keep(rule, content, mime)
    assert unfit.value.fault is fault
    assert await of(rule) == {}


async def test_nothing_is_recorded_that_is_not_written(rules, keep, stored):
    rule = await rules.published()
    with pytest.raises(Unfit) as unfit:
        await keep(rule, language="sw")
    assert unfit.value.fault is Fault.WORDS
    assert await stored() == 0


async def test_a_replaced_recording_is_gone(rules, keep, of, stored):
    rule = await rules.published()
    await keep(rule)
    first = (await of(rule))[WHY].sound_id
    await keep(rule, opus(9), "audio/ogg")
    assert (await of(rule))[WHY].sound_id != first
    assert await stored() == 1


async def test_a_recording_is_taken_away_once(rules, keep, act, of, stored):
    rule = await rules.published()
    await keep(rule)
    assert await act("remove", rule)
    assert not await act("remove", rule)
    assert (await of(rule), await stored()) == ({}, 0)


async def test_the_next_edition_begins_with_the_recordings(rules, keep, act, of, stored):
    first = await rules.published()
    await keep(first)
    second = await rules.act("write", first, "en", words(how="Go there."))
    assert (await of(second))[WHY].sound_id == (await of(first))[WHY].sound_id
    assert await stored() == 1
    assert await act("remove", second)
    assert (await of(second), await stored()) == ({}, 1)
    assert WHY in await of(first)


async def test_a_recording_of_other_words_is_not_played(rules, keep, act, of, told):
    rule = await rules.draft()
    rule = await rules.act("write", rule, "en", words(why="Smoke kills."))
    await keep(rule)
    assert await told(rule, "en") == (await of(rule))[WHY].sound_id
    rule = await rules.act("write", rule, "en", {(Part.WHY, Variant.FULL): "Smoke harms."})
    assert (await of(rule))[WHY].stale
    assert await told(rule, "en") is None
    assert await act("still_right", rule)
    assert not (await of(rule))[WHY].stale
    assert await told(rule, "en") is not None


async def test_what_is_not_recorded_cannot_be_right(rules, act):
    assert not await act("still_right", await rules.published())


async def test_it_is_heard_in_the_language_in_which_it_is_read(rules, keep, told):
    rule = await rules.published()
    await keep(rule)
    assert await told(rule, "sw", "en") is not None  # nothing is written in Swahili
    rule = await rules.act("write", rule, "sw", words(why="Moshi unaua."))
    assert await told(rule, "sw", "en") is None  # that is read, and is not recorded
    assert await told(rule, "en") is not None
    assert await told(rule, "en", part=Part.HOW) is None
    assert await told(rule) is None


async def test_what_is_done_is_on_record(rules, keep, act, database):
    rule = await rules.published()
    await keep(rule)
    await act("still_right", rule)
    await act("remove", rule)
    async with database.reading() as db:
        rows = (await db.execute(select(audit.c.act, audit.c.subject).order_by(audit.c.id))).all()
    acts = ("recorded", "recording_confirmed", "recording_removed")
    assert rows[-3:] == [(f"rules.{act}", "R1") for act in acts]
