import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.base import Media
from forum import attachments, safekeeping
from forum.attachments import State
from forum.cleaning import Cleaned, Reason
from forum.safekeeping import BACKOFF, GIVE_UP_AFTER
from vault.seals import CannotOpen, new_pair

PAIR = new_pair()
SUBJECT = "c" * 32
PHOTO = Media("AgACAgQAAxk-secret", "file", "application/octet-stream")
CONTENT = bytes(range(256)) * 1000
CLEAN = Cleaned("image/jpeg", CONTENT[:5000])
TABLE = attachments.attachments


@pytest.fixture
def expect(database, keyring, now):
    async def expected(*offers):
        async with database.transaction() as db:
            await attachments.expect(
                db,
                keyring,
                offers or (PHOTO,),
                subject=SUBJECT,
                public_key=PAIR.public,
                channel="telegram",
                now=now,
            )

    return expected


@pytest.fixture
def claim(database, keyring):
    async def claimed(when, limit=100):
        async with database.transaction() as db:
            await safekeeping.give_up(db, when)
            return await safekeeping.claim(db, keyring, when, limit=limit)

    return claimed


@pytest.fixture
def step(database):
    """Take one step in a transaction of its own."""

    async def taken(work, *args, **named):
        async with database.transaction() as db:
            return await work(db, *args, **named)

    return taken


@pytest.fixture
def row(database):
    async def only():
        async with database.reading() as db:
            return (await db.execute(select(TABLE))).one()

    return only


@pytest.fixture
def bring(expect, claim, step, keyring, now):
    """Bring one as far as *state*; returns what was claimed and what was closed."""

    async def brought(state, doubt=None):
        await expect()
        (claimed,) = await claim(now)
        raw = safekeeping.close_raw(keyring, claimed, CONTENT)
        closed = safekeeping.close(claimed, CLEAN, doubt)
        steps = {
            State.RECEIVED: (safekeeping.receive, raw),
            State.SEALED: (safekeeping.seal, closed),
            State.VERIFIED: (safekeeping.verify, closed.digest),
            State.KEPT: (safekeeping.finish,),
        }
        for stop, (work, *args) in steps.items():
            assert await step(work, claimed.id, *args)
            if stop is state:
                break
        return claimed, closed

    return brought


# --- what is due


async def test_what_came_is_fetched_by_its_reference(expect, claim, now):
    await expect()
    (claimed,) = await claim(now)
    assert (claimed.reference, claimed.channel) == (PHOTO.reference, "telegram")
    assert PHOTO.reference not in repr(claimed)


async def test_two_workers_never_claim_the_same(expect, claim, now):
    await expect(*[PHOTO] * 20)
    both = await asyncio.gather(claim(now, 10), claim(now, 10))
    ids = [each.id for claimed in both for each in claimed]
    assert len(ids) == len(set(ids)) >= 10


async def test_what_failed_is_tried_again_later_and_later(expect, claim, now):
    await expect()
    for tries, wait in enumerate((*BACKOFF, BACKOFF[-1]), 1):
        (claimed,) = await claim(now)
        assert claimed.attempts == tries
        assert await claim(now + wait - timedelta(seconds=1)) == []
        now += wait


async def test_after_a_day_it_is_lost(expect, claim, row, now):
    await expect()
    await claim(now)
    assert await claim(now + GIVE_UP_AFTER) == []
    lost = await row()
    assert (lost.state, lost.reference, lost.due_at) == (State.LOST, None, None)


async def test_what_was_received_is_never_lost(bring, claim, row, now):
    await bring(State.RECEIVED)
    (claimed,) = await claim(now + 10 * GIVE_UP_AFTER)
    assert claimed.state is State.RECEIVED


async def test_a_fetch_that_ends_after_the_day_is_still_received(
    expect, claim, step, keyring, row, now
):
    await expect()
    late = now + GIVE_UP_AFTER - timedelta(minutes=1)
    (claimed,) = await claim(late)
    await claim(late + timedelta(minutes=1))
    raw = safekeeping.close_raw(keyring, claimed, CONTENT)
    assert await step(safekeeping.receive, claimed.id, raw)


async def test_what_is_given_up_is_said_once(expect, step, now):
    await expect()
    assert await step(safekeeping.give_up, now + GIVE_UP_AFTER - timedelta(minutes=1)) == []
    (lost,) = await step(safekeeping.give_up, now + GIVE_UP_AFTER)
    assert (lost.subject, lost.channel, lost.too_large) == (SUBJECT, "telegram", False)
    assert await step(safekeeping.give_up, now + GIVE_UP_AFTER) == []


@pytest.mark.parametrize(("too_large", "state"), [(False, State.LOST), (True, State.TOO_LARGE)])
async def test_what_the_provider_refuses_is_over_at_once(
    expect, claim, step, row, now, too_large, state
):
    await expect()
    (claimed,) = await claim(now)
    lost = await step(safekeeping.lose, claimed.id, too_large=too_large)
    assert (lost.channel, lost.too_large) == ("telegram", too_large)
    assert await step(safekeeping.lose, claimed.id, too_large=too_large) is None
    over = await row()
    assert (over.state, over.reference, over.due_at) == (state, None, None)
    assert not await step(safekeeping.receive, claimed.id, b"raw")


async def test_one_damaged_reference_holds_up_no_other(expect, claim, database, now):
    await expect(PHOTO, Media("other", "voice", "audio/ogg"))
    async with database.reading() as db:
        damaged = (await db.execute(select(TABLE.c.id).limit(1))).scalar()
    async with database.transaction() as db:
        await db.execute(update(TABLE).where(TABLE.c.id == damaged).values(reference=b"damaged"))
    (claimed,) = await claim(now)
    assert claimed.id != damaged


async def test_only_the_senders_process_can_claim(expect, database, keyring, now):
    await expect()
    web = replace(keyring, sender_private=None)
    async with database.transaction() as db:
        with pytest.raises(CannotOpen):
            await safekeeping.claim(db, web, now, limit=1)


# --- the steps


async def test_what_came_is_sealed_to_the_worker_and_opens_for_it_alone(bring, row, keyring):
    claimed, _ = await bring(State.RECEIVED)
    kept = await row()
    assert CONTENT[:100] not in kept.raw
    assert safekeeping.open_raw(keyring, claimed, kept.raw) == CONTENT
    for other in (replace(keyring, sender_private=None), replace_key(keyring)):
        with pytest.raises(CannotOpen):
            safekeeping.open_raw(other, claimed, kept.raw)
    with pytest.raises(CannotOpen):
        safekeeping.open_raw(keyring, claimed, None)


def replace_key(keyring):
    return replace(keyring, sender_private=new_pair().private)


async def test_what_came_is_kept_until_the_other_was_read_back(bring, row, step):
    claimed, closed = await bring(State.SEALED)
    assert (await row()).raw is not None
    assert await step(safekeeping.verify, claimed.id, closed.digest)
    kept = await row()
    assert (kept.state, kept.raw) == (State.VERIFIED, None)
    assert kept.reference is not None  # the provider has still to be told


async def test_what_is_kept_opens_with_the_cases_key(bring, row, database):
    claimed, _ = await bring(State.KEPT)
    kept = await row()
    assert (kept.reference, kept.due_at, kept.size) == (None, None, len(CLEAN.content))
    assert (kept.mime, kept.kind) == ("image/jpeg", "photo")
    async with database.reading() as db:
        found = await attachments.kept(db, SUBJECT, claimed.id)
    assert found.opened(PAIR.private) == CLEAN.content


async def test_what_could_not_be_cleaned_stays_what_the_provider_called_it(bring, row):
    await bring(State.KEPT, Reason.ACTIVE)
    kept = await row()
    assert (kept.kind, kept.doubt) == ("file", Reason.ACTIVE)


async def test_no_step_is_taken_twice_and_none_is_left_out(bring, step, row):
    claimed, closed = await bring(State.RECEIVED)
    assert not await step(safekeeping.receive, claimed.id, b"again")
    assert not await step(safekeeping.verify, claimed.id, closed.digest)
    assert not await step(safekeeping.finish, claimed.id)
    assert (await row()).state == State.RECEIVED


async def test_what_another_worker_sealed_meanwhile_is_not_what_was_read(bring, step, row):
    claimed, _ = await bring(State.SEALED)
    assert not await step(safekeeping.verify, claimed.id, b"another digest")
    assert (await row()).raw is not None


async def test_a_digest_tells_a_changed_file_and_says_nothing_of_what_is_in_it(bring, database):
    claimed, closed = await bring(State.SEALED)
    async with database.reading() as db:
        content, digest = await safekeeping.sealed_of(db, claimed.id)
    assert safekeeping.is_sound(content, digest)
    assert not safekeeping.is_sound(content[:-1], digest)
    assert not safekeeping.is_sound(content[:-1] + b"\0", digest)
    assert not safekeeping.is_sound(None, digest)
    assert safekeeping.close(claimed, CLEAN, None).digest != closed.digest


@pytest.mark.parametrize(
    ("state", "before", "erased", "left"),
    [
        (State.RECEIVED, State.WAITING, "raw", "reference"),
        (State.SEALED, State.RECEIVED, "content", "raw"),
    ],
)
async def test_what_is_damaged_is_made_once_more(
    bring, step, row, claim, now, state, before, erased, left
):
    claimed, _ = await bring(state)
    assert await step(safekeeping.back, claimed, state)
    again = (await row())._mapping
    assert (again["state"], again[erased]) == (before, None)
    assert again[left] is not None
    (claimed,) = await claim(now + BACKOFF[0])
    assert (claimed.state, claimed.attempts) == (before, 1)
