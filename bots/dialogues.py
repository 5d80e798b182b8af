"""Who we are talking with, and where we stopped.

One row a contact, under a keyed hash of its address; what the dialogue remembers is sealed. The
row also says when silence at this step will count (``due_at``).
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, Row, String, Table, bindparam, delete, select, update

from bots.conversation import Attachment, Branch, Choice, Dialogue
from channels import contacts, unreachable
from channels.base import Address
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Transaction
from storage.upsert import insert_new
from vault import seals
from vault.keyring import Keyring, Purpose

dialogues = Table(
    "dialogues",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("route_id", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("language", String(16)),  # null: never chosen
    Column("sealed", Sealed),  # null: no dialogue waits
    Column("heard_at", Instant, nullable=False),
    Column("due_at", Instant),
    Index("ix_dialogues_due_at", "due_at"),
    Index("ix_dialogues_route_id", "route_id"),  # asked whenever somebody is erased
)

_KEY = dialogues.c.key == bindparam("its_key")
_FAULTY = unreachable.faulty(dialogues.c.route_id).label("faulty")
_HELD = select(dialogues, _FAULTY).where(_KEY).with_for_update(of=dialogues)
_SAVED = update(dialogues).where(_KEY)

#: How long a contact's language and half-finished dialogue are kept after its last word.
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """One end of a dialogue. *language* is None until somebody chose one."""

    key: str
    route_id: str
    channel: str
    heard_at: datetime
    language: str | None = None
    dialogue: Dialogue | None = None
    faulty: bool = False  # messages to it have failed, and that is forgiven when it speaks

    def __repr__(self) -> str:
        return f"Contact({self.channel})"


def _context(key: str) -> str:
    return f"dialogues.sealed|{key}"


def _plain(dialogue: Dialogue) -> bytes:
    return json.dumps(_kept(dialogue), ensure_ascii=False, separators=(",", ":")).encode()


def _kept(dialogue: Dialogue) -> dict[str, Any]:
    """Return what is stored; a menu without the names of its fields, which are most of it."""
    return {
        "conversation": dialogue.conversation,
        "step": dialogue.step,
        "answers": dialogue.answers,
        "attachments": [asdict(each) for each in dialogue.attachments],
        "under": _kept(dialogue.under) if dialogue.under else None,
        "offered": [
            [astuple(branch.choice), *map(astuple, branch.behind)] for branch in dialogue.offered
        ],
    }


def _dialogue(kept: dict[str, Any]) -> Dialogue:
    under = kept["under"]
    return Dialogue(
        kept["conversation"],
        kept["step"],
        kept["answers"],
        tuple(Attachment(**each) for each in kept["attachments"]),
        _dialogue(under) if under else None,
        offered=tuple(
            Branch(Choice(*first), tuple(Choice(*each) for each in behind))
            for first, *behind in kept.get("offered", ())  # an older release kept none
        ),
    )


def _contact(keyring: Keyring, row: Row[Any]) -> Contact:
    dialogue = None
    if row.sealed is not None:
        plain = seals.unlock(keyring.dialogue_key, row.sealed, context=_context(row.key))
        dialogue = _dialogue(json.loads(plain))
    return Contact(row.key, row.route_id, row.channel, row.heard_at, row.language, dialogue)


async def load(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> Contact:
    """Return the contact behind *address*, made on its first word, and hold its row.

    On PostgreSQL the row stays locked until the transaction ends, so that two messages of one
    contact are heard one after the other.
    """
    key = keyring.pseudonym(Purpose.DIALOGUE, address.channel, address.value)
    row = (await db.execute(_HELD, {"its_key": key})).one_or_none()
    if row is None:
        route_id = await contacts.remember(db, keyring, address, now)
        made = {"key": key, "route_id": route_id, "channel": address.channel, "heard_at": now}
        await db.execute(insert_new(db, dialogues), made)
        row = (await db.execute(_HELD, {"its_key": key})).one()
    return replace(_contact(keyring, row), faulty=row.faulty)


async def save(
    db: Transaction,
    keyring: Keyring,
    contact: Contact,
    now: datetime,
    *,
    patience: int | None,
    heard_at: datetime | None,
) -> None:
    """Keep where the dialogue stands.

    *patience*: seconds until silence counts, or None. *heard_at*: when the contact last spoke;
    None leaves it.
    """
    sealed = None
    if contact.dialogue is not None:
        plain = _plain(contact.dialogue)
        sealed = seals.lock(keyring.dialogue_key, plain, context=_context(contact.key))
    await db.execute(
        _SAVED,
        {
            "its_key": contact.key,
            "language": contact.language,
            "sealed": sealed,
            "heard_at": heard_at or contact.heard_at,
            "due_at": None if patience is None else now + timedelta(seconds=patience),
        },
    )
    if contact.faulty and heard_at is not None:
        await unreachable.forgive(db, contact.route_id)


async def silent(db: Transaction, keyring: Keyring, now: datetime) -> Contact | None:
    """Take one contact whose silence counts now, and hold its row; None: nobody is due."""
    due = (
        select(dialogues)
        .where(dialogues.c.due_at <= now)
        .order_by(dialogues.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await db.execute(due)).one_or_none()
    return None if row is None else _contact(keyring, row)


async def give_up(db: Transaction, contact: Contact) -> None:
    """Forget a dialogue that nobody can be told about: its address is erased."""
    await db.execute(
        update(dialogues).where(dialogues.c.key == contact.key).values(sealed=None, due_at=None)
    )


async def postpone(db: Transaction, contact: Contact, until: datetime) -> None:
    """Let the contact's silence count at *until* instead: hearing it failed."""
    await db.execute(update(dialogues).where(dialogues.c.key == contact.key).values(due_at=until))


async def unused(db: Transaction, route_ids: Collection[str]) -> frozenset[str]:
    """Return those of *route_ids* over which nobody talks with us."""
    found = await db.execute(
        select(dialogues.c.route_id).where(dialogues.c.route_id.in_(route_ids))
    )
    return frozenset(route_ids).difference(found.scalars())


async def forget_before(db: Transaction, before: datetime) -> Sequence[str]:
    """Forget contacts that were silent since *before*; return their route ids, to be erased."""
    gone = (
        delete(dialogues)
        .where(dialogues.c.heard_at < before, dialogues.c.due_at.is_(None))
        .returning(dialogues.c.route_id)
    )
    return (await db.execute(gone)).scalars().all()
