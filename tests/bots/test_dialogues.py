from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bots import dialogues
from bots.conversation import Attachment, Branch, Choice, Dialogue
from channels import unreachable
from channels.base import Address
from vault.seals import CannotOpen

HERE = Address("sms", "+254711000001")
MENU = (
    Branch(Choice("1", "DANGER", "Danger")),
    Branch(Choice("2", "group2", "Dust", ""), (Choice("1", "DUST", "In the air", "Air"),)),
)
UNDER = Dialogue("report", "group", {"case": "1"}, offered=MENU)
TALK = Dialogue(
    "news", "read", {"story": "gold"}, (Attachment("ref", "photo", "image/jpeg"),), UNDER
)


async def keep(database, keyring, now, dialogue=TALK, patience=60, heard_at=None, language="sw"):
    async with database.transaction() as db:
        made = await dialogues.load(db, keyring, HERE, now)
        contact = replace(made, language=language, dialogue=dialogue)
        await dialogues.save(db, keyring, contact, now, patience=patience, heard_at=heard_at)
    return contact


async def load(database, keyring, now):
    async with database.transaction() as db:
        return await dialogues.load(db, keyring, HERE, now)


async def test_somebody_new_has_no_language_and_no_dialogue(database, keyring, now):
    contact = await load(database, keyring, now)
    assert (contact.language, contact.dialogue) == (None, None)


async def test_a_dialogue_comes_back_whole(database, keyring, now):
    await keep(database, keyring, now)
    contact = await load(database, keyring, now)
    assert (contact.language, contact.dialogue) == ("sw", TALK)


async def test_a_dialogue_of_a_release_without_menus_comes_back(
    database, keyring, now, monkeypatch
):
    whole = dialogues._kept

    def as_it_was(dialogue):
        kept = whole(dialogue)
        return {name: value for name, value in kept.items() if name != "offered"}

    monkeypatch.setattr(dialogues, "_kept", as_it_was)
    await keep(database, keyring, now)
    monkeypatch.undo()
    contact = await load(database, keyring, now)
    assert contact.dialogue == replace(TALK, under=replace(UNDER, offered=()))


async def test_the_row_holds_neither_words_nor_address(database, keyring, now):
    await keep(database, keyring, now)
    async with database.reading() as reads:
        row = (await reads.execute(select(dialogues.dialogues))).one()
    assert b"gold" not in row.sealed
    assert "254711000001" not in str(row)


async def test_a_row_moved_to_another_contact_does_not_open(database, keyring, now):
    await keep(database, keyring, now)
    kept = select(dialogues.dialogues.c.sealed)
    async with database.transaction() as db:
        sealed = (await db.execute(kept)).scalar_one()
        other = await dialogues.load(db, keyring, Address("sms", "+254711000002"), now)
        await db.execute(
            update(dialogues.dialogues)
            .where(dialogues.dialogues.c.key == other.key)
            .values(sealed=sealed)
        )
    with pytest.raises(CannotOpen):
        async with database.transaction() as db:
            await dialogues.load(db, keyring, Address("sms", "+254711000002"), now)


async def test_silence_is_due_when_patience_is_over(database, keyring, now):
    await keep(database, keyring, now, patience=60)
    async with database.transaction() as db:
        assert await dialogues.silent(db, keyring, now + timedelta(seconds=59)) is None
        due = await dialogues.silent(db, keyring, now + timedelta(seconds=60))
    assert due is not None
    assert due.dialogue == TALK


async def test_silence_can_be_put_off_and_given_up(database, keyring, now):
    contact = await keep(database, keyring, now, patience=0)
    async with database.transaction() as db:
        await dialogues.postpone(db, contact, now + timedelta(minutes=5))
        assert await dialogues.silent(db, keyring, now) is None
        await dialogues.give_up(db, contact)
        assert await dialogues.silent(db, keyring, now + timedelta(days=1)) is None
    assert (await load(database, keyring, now)).dialogue is None


async def test_only_who_has_long_been_silent_is_forgotten(database, keyring, now):
    contact = await keep(database, keyring, now, dialogue=None, patience=None, heard_at=now)
    async with database.transaction() as db:
        assert await dialogues.forget_before(db, now) == []
        gone = await dialogues.forget_before(db, now + timedelta(seconds=1))
    assert gone == [contact.route_id]


async def test_words_that_wait_to_be_filed_are_never_forgotten(database, keyring, now):
    await keep(database, keyring, now, patience=60)
    async with database.transaction() as db:
        assert await dialogues.forget_before(db, now + timedelta(days=400)) == []


async def test_only_its_own_word_forgives_a_contact_that_could_not_be_reached(
    database, keyring, now
):
    contact = await keep(database, keyring, now)
    async with database.transaction() as db:
        await unreachable.count(db, contact.route_id, "21211", now, line="sms")
    await keep(database, keyring, now, heard_at=None)  # we spoke, and it did not
    async with database.reading() as reads:
        assert await unreachable.suppressed(reads, {contact.route_id})
    await keep(database, keyring, now, heard_at=now)
    async with database.reading() as reads:
        assert await unreachable.suppressed(reads, {contact.route_id}) == frozenset()
