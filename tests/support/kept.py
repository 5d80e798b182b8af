"""Everything that is kept of what people said, opened with every key there is."""

from sqlalchemy import select

from bots.dialogues import dialogues
from channels.inbox import inbox
from forum import keyholders
from forum.key_shares import key_shares
from forum.keyholders import RECOVERY
from grievances import entries
from outreach import voices
from storage.engine import Database
from storage.unit_of_work import Reads
from vault import seals
from vault.keyring import Keyring
from vault.recovery import pair_from


async def everything_said(database: Database, keyring: Keyring, passphrase: str) -> list[str]:
    """Return what is in cases, stories, dialogues, and turns that are still to be taken."""
    async with database.reading() as db:
        return [
            *await _in_cases_and_stories(db, pair_from(passphrase).private),
            *await _in_dialogues(db, keyring),
            *await _in_held_turns(db, keyring),
        ]


async def _in_cases_and_stories(db: Reads, private: bytes) -> list[str]:
    subjects = list((await db.execute(select(key_shares.c.subject).distinct())).scalars())
    opened = await keyholders.open_many(db, subjects, RECOVERY, private)
    assert set(opened) == set(subjects)  # each was shared out, and opens
    told = []
    for subject, key in opened.items():
        told += [entry.text or "" for entry in await entries.read(db, subject, key)]
        story = await voices.get(db, subject)
        told += [voices.read(key, story)] if story else []
    return told


async def _in_dialogues(db: Reads, keyring: Keyring) -> list[str]:
    rows = (await db.execute(select(dialogues).where(dialogues.c.sealed.is_not(None)))).all()
    return [
        seals.unlock(
            keyring.dialogue_key, row.sealed, context=f"dialogues.sealed|{row.key}"
        ).decode()
        for row in rows
    ]


async def _in_held_turns(db: Reads, keyring: Keyring) -> list[str]:
    assert keyring.sender_private is not None
    rows = (await db.execute(select(inbox).where(inbox.c.held.is_not(None)))).all()
    return [
        seals.unseal(keyring.sender_private, row.held, context=f"inbox.held|{row.token}").decode()
        for row in rows
    ]
