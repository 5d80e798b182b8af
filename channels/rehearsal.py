"""The two simulated phones: what stands on their screens.

A phone is known by a keyed hash of its number, and the words are locked under the dialogue key, so
a copy of the database tells neither. But a rehearsal is no confidential channel: everyone who may
see the simulator page can take any phone in hand. It is enabled by a setting, for training.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from channels.base import Address, Button, Inbound, Outbound
from channels.wire import words
from storage import upsert
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault import seals
from vault.keyring import Keyring, Purpose

#: The basic phone, which shows SMS, and the one with a chat app.
BASIC = "simulator-basic"
CHAT = "simulator-chat"

#: The line that calls the basic phone up.
CALL = "simulator-call"

#: Stands before the words below a recording: a simulated phone plays nothing.
PLAYED = "\u25b6"

simulator_messages = Table(
    "simulator_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("phone", String(32), nullable=False),  # stands for the number
    Column("mine", Boolean, nullable=False),  # said on the phone, not to it
    Column("sealed", Sealed, nullable=False),  # the words and the buttons
    Column("protect", Boolean, nullable=False),
    Column("outbox_id", String(32), unique=True),
    Column("at", Instant, nullable=False),
    Index("ix_simulator_messages_screen", "channel", "phone", "id"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on a screen."""

    id: int
    mine: bool
    text: str
    buttons: tuple[tuple[Button, ...], ...]
    protect: bool
    at: datetime
    call: str = ""  # our id of a call that rings, and that nobody has taken yet


def said(phone: Address, text: str = "", choice: str | None = None) -> Inbound:
    """Return what somebody said on a simulated phone, or which button was pressed."""
    return Inbound(phone, uuid4().hex, text=words(text), choice=choice)


def rang(phone: Address) -> Inbound:
    """Return that a simulated phone rang us, and nobody took the call."""
    return Inbound(phone, uuid4().hex, rang=True)


async def show_said(
    db: Transaction, keyring: Keyring, inbound: Inbound, now: datetime, label: str = ""
) -> None:
    """Put what was said on the phone's own screen; *label* is that of the pressed button."""
    row = _row(keyring, inbound.address, Outbound(inbound.text or label), now)
    await db.execute(insert(simulator_messages).values({**row, "mine": True}))


async def show(
    db: Transaction,
    keyring: Keyring,
    address: Address,
    outbox_id: str,
    outbound: Outbound,
    now: datetime,
) -> None:
    """Put a message of ours on the screen, once however often it is sent."""
    row = _row(keyring, address, outbound, now)
    statement = upsert.insert(db, simulator_messages).values(
        {**row, "mine": False, "outbox_id": outbox_id}
    )
    await db.execute(statement.on_conflict_do_nothing(index_elements=["outbox_id"]))


async def ring(
    db: Transaction, keyring: Keyring, address: Address, outbox_id: str, now: datetime
) -> None:
    """Let a phone ring: the call stands on its screen until somebody takes it or does not."""
    row = {**_row(keyring, address, Outbound(""), now, call=outbox_id), "outbox_id": outbox_id}
    statement = upsert.insert(db, simulator_messages).values({**row, "mine": False})
    again = {name: row[name] for name in ("sealed", "at")}  # it was not taken the last time
    await db.execute(statement.on_conflict_do_update(index_elements=["outbox_id"], set_=again))


async def rings_no_more(
    db: Transaction, keyring: Keyring, address: Address, outbox_id: str, label: str, now: datetime
) -> bool:
    """Let *label* stand in place of a call that rings; False: this phone has none of that id."""
    row = _row(keyring, address, Outbound(label), now)
    its = simulator_messages.c
    here = (its.outbox_id == outbox_id) & (its.phone == row["phone"])
    changed = update(simulator_messages).where(here).values(sealed=row["sealed"])
    return (await db.execute(changed)).rowcount == 1


async def shown(db: Reads, outbox_id: str) -> bool:
    """Whether this message of ours stands on a screen."""
    found = select(simulator_messages.c.id).where(simulator_messages.c.outbox_id == outbox_id)
    return (await db.execute(found)).first() is not None


async def screen(
    db: Reads, keyring: Keyring, address: Address, *, after: int = 0, limit: int = 200
) -> Sequence[Shown]:
    """Return the newest messages of a phone, oldest first, that came after the id *after*."""
    phone = _pseudonym(keyring, address.value)
    newest = (
        select(simulator_messages)
        .where(simulator_messages.c.channel == address.channel)
        .where(simulator_messages.c.phone == phone)
        .where(simulator_messages.c.id > after)
        .order_by(simulator_messages.c.id.desc())
        .limit(limit)
    )
    rows = (await db.execute(newest)).all()
    return [_shown(keyring, row) for row in reversed(rows)]


async def clear(db: Transaction, keyring: Keyring, number: str) -> None:
    """Wipe both screens of a number."""
    phone = _pseudonym(keyring, number)
    await db.execute(delete(simulator_messages).where(simulator_messages.c.phone == phone))


def _pseudonym(keyring: Keyring, number: str) -> str:
    return keyring.pseudonym(Purpose.REHEARSAL, number)


def _context(channel: str, phone: str) -> str:
    return f"simulator_messages.sealed|{channel}|{phone}"


def _row(
    keyring: Keyring, address: Address, outbound: Outbound, now: datetime, call: str = ""
) -> dict[str, object]:
    phone = _pseudonym(keyring, address.value)
    rows = [[[one.key, one.label, one.data] for one in row] for row in outbound.buttons]
    text = f"{PLAYED} {outbound.text}" if outbound.sound else outbound.text
    plain = json.dumps({"text": words(text), "buttons": rows, "call": call}).encode()
    context = _context(address.channel, phone)
    return {
        "channel": address.channel,
        "phone": phone,
        "sealed": seals.lock(keyring.dialogue_key, plain, context=context),
        "protect": outbound.protect,
        "at": now,
    }


def _shown(keyring: Keyring, row: Row[tuple[object, ...]]) -> Shown:
    context = _context(row.channel, row.phone)
    told = json.loads(seals.unlock(keyring.dialogue_key, row.sealed, context=context))
    buttons = tuple(tuple(Button(*one) for one in line) for line in told["buttons"])
    call = told.get("call", "")
    return Shown(row.id, row.mine, told["text"], buttons, row.protect, row.at, call)
