import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.base import Media
from forum import attachments
from forum.attachments import BACKOFF, GIVE_UP_AFTER, State
from vault.seals import CannotOpen, new_pair

PAIR = new_pair()
SUBJECT = "c" * 32
PHOTO = Media("AgACAgQAAxk-secret", "photo", "image/jpeg")
HOUR = timedelta(hours=1)


@pytest.fixture
def expect(database, keyring, now):
    async def expected(*offers, when=now):
        async with database.transaction() as db:
            await attachments.expect(
                db,
                keyring,
                offers or (PHOTO,),
                subject=SUBJECT,
                public_key=PAIR.public,
                channel="telegram",
                now=when,
            )

    return expected


@pytest.fixture
def claim(database, keyring):
    async def claimed(when, limit=100):
        async with database.transaction() as db:
            return await attachments.claim_waiting(db, keyring, when, limit=limit)

    return claimed


@pytest.fixture
def keep(database):
    async def kept(claimed, content=b"bytes"):
        async with database.transaction() as db:
            return await attachments.keep(db, claimed, content)

    return kept


@pytest.fixture
def listed(database):
    async def shown(subject=SUBJECT):
        async with database.reading() as db:
            return await attachments.of_subject(db, subject)

    return shown


async def test_what_came_is_fetched_by_its_reference(expect, claim, now):
    await expect()
    (claimed,) = await claim(now)
    assert (claimed.reference, claimed.channel) == (PHOTO.reference, "telegram")
    assert PHOTO.reference not in repr(claimed)


async def test_nothing_to_expect_is_nothing(database, keyring, listed, now):
    async with database.transaction() as db:
        await attachments.expect(
            db, keyring, [], subject=SUBJECT, public_key=PAIR.public, channel="x", now=now
        )
    assert await listed() == []


async def test_no_row_holds_the_reference_in_clear(expect, database):
    await expect()
    async with database.reading() as db:
        (row,) = await db.execute(select(attachments.attachments))
    assert PHOTO.reference.encode() not in row.reference


async def test_what_is_kept_is_sealed_and_opens_with_the_subjects_key(
    expect, claim, keep, listed, database, now
):
    await expect()
    content = bytes(range(256)) * 1000
    assert await keep((await claim(now))[0], content)
    (shown,) = await listed()
    async with database.reading() as db:
        (row,) = await db.execute(select(attachments.attachments))
        opened = await attachments.content(db, SUBJECT, shown.id, PAIR.private)
    assert content not in row.content
    assert row.reference is None
    assert opened == ("image/jpeg", content)
    assert (shown.state, shown.size) == (State.KEPT, len(content))


async def test_another_key_does_not_open_it(expect, claim, keep, listed, database, now):
    await expect()
    await keep((await claim(now))[0])
    async with database.reading() as db:
        with pytest.raises(CannotOpen):
            await attachments.content(db, SUBJECT, (await listed())[0].id, new_pair().private)


async def test_what_waits_or_belongs_elsewhere_is_not_there(
    expect, claim, keep, listed, database, now
):
    await expect()
    attachment_id = (await listed())[0].id
    async with database.reading() as db:
        assert await attachments.content(db, SUBJECT, attachment_id, PAIR.private) is None
    await keep((await claim(now))[0])
    async with database.reading() as db:
        assert await attachments.content(db, "d" * 32, attachment_id, PAIR.private) is None


async def test_two_workers_never_fetch_the_same(expect, claim, now):
    await expect(*[PHOTO] * 20)
    both = await asyncio.gather(claim(now, 10), claim(now, 10))
    ids = [each.id for claimed in both for each in claimed]
    assert len(ids) == len(set(ids)) >= 10


async def test_what_failed_is_tried_again_later_and_later(expect, claim, now):
    await expect()
    for wait in (*BACKOFF, BACKOFF[-1]):
        assert len(await claim(now)) == 1
        assert await claim(now + wait - timedelta(seconds=1)) == []
        now += wait


async def test_after_a_day_it_is_lost(expect, claim, listed, database, now):
    await expect()
    await claim(now)
    assert await claim(now + GIVE_UP_AFTER) == []
    (shown,) = await listed()
    assert shown.state is State.LOST
    async with database.reading() as db:
        assert (await db.execute(select(attachments.attachments.c.reference))).scalar() is None


async def test_a_fetch_that_ends_after_the_day_is_still_kept(expect, claim, keep, listed, now):
    await expect()
    late = now + GIVE_UP_AFTER - timedelta(minutes=1)
    (claimed,) = await claim(late)
    await claim(late + timedelta(minutes=1))
    assert await keep(claimed)
    assert (await listed())[0].state is State.KEPT


async def test_it_is_kept_once(expect, claim, keep, now):
    await expect()
    (claimed,) = await claim(now)
    assert await keep(claimed)
    assert not await keep(claimed)


async def test_what_the_provider_refuses_is_lost_at_once(
    expect, claim, keep, listed, database, now
):
    await expect()
    (claimed,) = await claim(now)
    async with database.transaction() as db:
        await attachments.lose(db, claimed.id)
    assert not await keep(claimed)
    assert (await listed())[0].state is State.LOST


async def test_one_damaged_reference_holds_up_no_other(expect, claim, listed, database, now):
    await expect(PHOTO, Media("other", "voice", "audio/ogg"))
    damaged = (await listed())[0].id
    async with database.transaction() as db:
        await db.execute(
            update(attachments.attachments)
            .where(attachments.attachments.c.id == damaged)
            .values(reference=b"damaged")
        )
    assert [each.id for each in await claim(now)] == [
        each.id for each in await listed() if each.id != damaged
    ]


async def test_only_the_senders_process_can_claim(expect, database, keyring, now):
    await expect()
    web = replace(keyring, sender_private=None)
    async with database.transaction() as db:
        with pytest.raises(CannotOpen):
            await attachments.claim_waiting(db, web, now, limit=1)


async def test_any_media_type_is_taken(expect, listed):
    await expect(*(Media("r", "file", mime) for mime in ("", "x" * 1000, "image/\0jpeg")))
    assert {each.mime for each in await listed()} == {"", "x" * 127, "image/jpeg"}
