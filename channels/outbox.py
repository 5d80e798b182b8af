"""What upper rooms ask of the send ledger: write a message down, take a delivery report in.

The words are sealed to the sender's key at once: who writes here need not be able to read.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from channels import segments
from channels.base import Outbound
from channels.ledger import (
    PRIORITY,
    Kind,
    State,
    outbox,
)
from channels.sealing import seal_outbound
from storage.unit_of_work import Transaction
from storage.upsert import insert_new
from vault.keyring import Keyring

#: How long a message is worth delivering when nobody says otherwise.
VALID_FOR = timedelta(hours=24)


async def enqueue(
    db: Transaction,
    keyring: Keyring,
    *,
    channel: str,
    route_id: str,
    outbound: Outbound,
    kind: Kind,
    now: datetime,
    inbound_token: str | None = None,
    n: int = 0,
    entry_id: str | None = None,
    expires_at: datetime | None = None,
    not_before: datetime | None = None,
    by_day: str | None = None,
) -> str:
    """Write a message down and return its id. The same answer to the same inbound is one row.

    *by_day*: the zone where it leaves by day only, whenever it is tried; None: at any hour.
    """
    outbox_id = uuid4().hex
    return await _write(
        db,
        id=outbox_id,
        channel=channel,
        route_id=route_id,
        kind=kind,
        body=seal_outbound(keyring, outbox_id, outbound),
        segments=segments.cost(outbound.text),
        inbound_token=inbound_token,
        n=n,
        entry_id=entry_id,
        not_before=not_before or now,
        by_day=by_day,
        expires_at=expires_at or now + VALID_FOR,
        made_at=now,
    )


async def enqueue_sealed(
    db: Transaction,
    *,
    channel: str,
    route_id: str,
    sealed: bytes,
    context: str,
    kind: Kind,
    now: datetime,
    inbound_token: str | None = None,
    n: int = 0,
    entry_id: str | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Write down a text that only the sender can open: *sealed* to SENDER for *context*."""
    return await _write(
        db,
        id=uuid4().hex,
        channel=channel,
        route_id=route_id,
        kind=kind,
        body=sealed,
        body_context=context,
        segments=1,
        inbound_token=inbound_token,
        n=n,
        entry_id=entry_id,
        not_before=now,
        expires_at=expires_at or now + VALID_FOR,
        made_at=now,
    )


async def _write(db: Transaction, *, kind: Kind, made_at: datetime, **values: Any) -> str:
    row = {
        "kind": kind,
        "priority": PRIORITY[kind],
        "state": State.PLANNED,
        "made_at": made_at,
        "moved_at": made_at,
        **values,
    }
    if (await db.execute(insert_new(db, outbox), row)).rowcount == 1:
        return str(values["id"])
    same = (outbox.c.inbound_token == values["inbound_token"]) & (outbox.c.n == values["n"])
    return str((await db.execute(select(outbox.c.id).where(same))).scalar_one())
