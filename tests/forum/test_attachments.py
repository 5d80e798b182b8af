import pytest
from sqlalchemy import select, update

from channels.base import Media
from forum import attachments
from forum.attachments import ENDED, MOVES, READABLE, State
from forum.cleaning import Reason
from vault.seals import CannotOpen, new_pair, seal_file

PAIR = new_pair()
SUBJECT = "c" * 32
PHOTO = Media("AgACAgQAAxk-secret", "photo", "image/jpeg")
CONTENT = bytes(range(256)) * 1000


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
def listed(database):
    async def shown(subject=SUBJECT):
        async with database.reading() as db:
            return await attachments.of_subject(db, subject)

    return shown


@pytest.fixture
def stand(database, listed):
    """Put the only row where it is wanted, with CONTENT sealed."""

    async def stood(state, doubt=None):
        (row,) = await listed()
        context = attachments.content_context(row.id)
        sealed = seal_file(PAIR.public, CONTENT, context=context)
        async with database.transaction() as db:
            await db.execute(
                update(attachments.attachments).values(
                    state=state, content=sealed, size=len(CONTENT), doubt=doubt
                )
            )
        return row.id

    return stood


async def test_what_came_with_some_entries_is_found_beside_each(database, keyring, now):
    async with database.transaction() as db:
        for entry_id, offers in (("e1", [PHOTO, PHOTO]), ("e2", [PHOTO]), ("e3", [PHOTO])):
            more = {"public_key": PAIR.public, "channel": "telegram", "now": now}
            given = {"subject": SUBJECT, "entry_id": entry_id, **more}
            await attachments.expect(db, keyring, offers, **given)
    async with database.reading() as db:
        found = await attachments.of_entries(db, SUBJECT, ["e1", "e3", "e4"])
        others = await attachments.of_entries(db, "d" * 32, ["e1"])
    assert {entry_id: len(came) for entry_id, came in found.items()} == {"e1": 2, "e3": 1}
    assert others == {}


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


async def test_any_media_type_is_taken(expect, listed):
    await expect(*(Media("r", "file", mime) for mime in ("", "x" * 1000, "image/\0jpeg")))
    assert {each.mime for each in await listed()} == {"", "x" * 127, "image/jpeg"}


@pytest.mark.parametrize("state", State)
async def test_it_can_be_opened_once_it_was_verified(expect, stand, listed, database, state):
    await expect()
    attachment_id = await stand(state)
    async with database.reading() as db:
        kept = await attachments.kept(db, SUBJECT, attachment_id)
    (shown,) = await listed()
    assert (kept is not None) == shown.readable == (state in READABLE)
    assert shown.on_its_way == (state not in READABLE | ENDED)
    if kept is not None:
        assert CONTENT not in kept.content
        assert kept.opened(PAIR.private) == CONTENT


@pytest.mark.parametrize("doubt", [None, *Reason])
async def test_why_it_is_not_clean_is_known(expect, stand, listed, database, doubt):
    await expect()
    attachment_id = await stand(State.KEPT, doubt)
    async with database.reading() as db:
        kept = await attachments.kept(db, SUBJECT, attachment_id)
    assert kept.doubt is doubt
    assert (await listed())[0].doubt is doubt


async def test_another_key_does_not_open_it(expect, stand, database):
    await expect()
    attachment_id = await stand(State.KEPT)
    async with database.reading() as db:
        kept = await attachments.kept(db, SUBJECT, attachment_id)
    with pytest.raises(CannotOpen):
        kept.opened(new_pair().private)


async def test_what_belongs_elsewhere_is_not_there(expect, stand, database):
    await expect()
    attachment_id = await stand(State.KEPT)
    async with database.reading() as db:
        assert await attachments.kept(db, "d" * 32, attachment_id) is None


def test_every_state_leads_to_an_end():
    def ends(state, seen=frozenset()):
        ways = MOVES[state] - seen
        return state in ENDED or any(ends(way, seen | {state}) for way in ways)

    assert all(ends(state) for state in State)
    assert set(MOVES) == set(State)
