"""The two simulated phones: what stands on their screens.

A rehearsal is no confidential channel. What is said on a simulated phone stands in the database
in plain text, for everyone who may see the simulator page; it is enabled by a setting and is
meant for trying things out and for training.
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
    Text,
    delete,
    insert,
    select,
)

from channels.base import Address, Button, Inbound, Outbound
from channels.wire import words
from storage import upsert
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

#: The basic phone, which shows SMS, and the one with a chat app.
BASIC = "simulator-basic"
CHAT = "simulator-chat"

simulator_messages = Table(
    "simulator_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("phone", String(64), nullable=False),
    Column("mine", Boolean, nullable=False),  # said on the phone, not to it
    Column("text", Text, nullable=False),
    Column("buttons", Text, nullable=False),
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


def said(channel: str, phone: str, text: str = "", choice: str | None = None) -> Inbound:
    """Return what somebody said on a simulated phone, or which button was pressed."""
    return Inbound(Address(channel, phone), uuid4().hex, text=words(text), choice=choice)


async def show_said(db: Transaction, inbound: Inbound, now: datetime, label: str = "") -> None:
    """Put what was said on the phone's own screen; *label* is that of the pressed button."""
    await db.execute(
        insert(simulator_messages).values(
            channel=inbound.address.channel,
            phone=inbound.address.value,
            mine=True,
            text=inbound.text or label,
            buttons="[]",
            protect=False,
            at=now,
        )
    )


async def show(
    db: Transaction, address: Address, outbox_id: str, outbound: Outbound, now: datetime
) -> None:
    """Put a message of ours on the screen, once however often it is sent."""
    rows = [[[one.key, one.label, one.data] for one in row] for row in outbound.buttons]
    statement = upsert.insert(db, simulator_messages).values(
        channel=address.channel,
        phone=address.value,
        mine=False,
        text=words(outbound.text),
        buttons=words(json.dumps(rows)),
        protect=outbound.protect,
        outbox_id=outbox_id,
        at=now,
    )
    await db.execute(statement.on_conflict_do_nothing(index_elements=["outbox_id"]))


async def shown(db: Reads, outbox_id: str) -> bool:
    """Whether this message of ours stands on a screen."""
    found = select(simulator_messages.c.id).where(simulator_messages.c.outbox_id == outbox_id)
    return (await db.execute(found)).first() is not None


async def screen(
    db: Reads, channel: str, phone: str, *, after: int = 0, limit: int = 200
) -> Sequence[Shown]:
    """Return the newest messages of a phone, oldest first, that came after the id *after*."""
    newest = (
        select(simulator_messages)
        .where(simulator_messages.c.channel == channel, simulator_messages.c.phone == phone)
        .where(simulator_messages.c.id > after)
        .order_by(simulator_messages.c.id.desc())
        .limit(limit)
    )
    rows = (await db.execute(newest)).all()
    return [_shown(row) for row in reversed(rows)]


async def clear(db: Transaction, phone: str) -> None:
    """Wipe both screens of a number."""
    await db.execute(delete(simulator_messages).where(simulator_messages.c.phone == phone))


def _shown(row: Row[tuple[object, ...]]) -> Shown:
    buttons = tuple(tuple(Button(*one) for one in line) for line in json.loads(row.buttons))
    return Shown(row.id, row.mine, row.text, buttons, row.protect, row.at)
