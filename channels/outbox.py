"""What upper rooms ask of the send ledger: write a message down, take a delivery report in.

The words are sealed to the sender's key at once: who writes here need not be able to read.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, select, update

from channels import broadcasts, lines, segments, unreachable
from channels.base import Delivery, Outbound, Receipt
from channels.ledger import (
    FINAL,
    PRIORITY,
    Kind,
    Settled,
    State,
    locked,
    move,
    outbox,
    receipts,
    settled,
)
from channels.sealing import seal_outbound
from storage.unit_of_work import Transaction
from storage.upsert import insert, insert_new
from vault.keyring import Keyring

#: How long a message is worth delivering when nobody says otherwise.
VALID_FOR = timedelta(hours=24)

#: How long to wait when the phone was away (Twilio 30003).
AWAY_WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


#: Of a receipt that says that the message has left the provider (``Receipt.rank``).
SENT_RANK = 3


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
) -> str:
    """Write a message down and return its id. The same answer to the same inbound is one row."""
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


# --- receipts ---------------------------------------------------------------------------------


async def settle_receipt(db: Transaction, receipt: Receipt, now: datetime) -> Settled | None:
    """Apply a delivery report; None when it changes nothing.

    Reports come late, twice and out of order: a lower rank never undoes a higher one, and a
    report on an earlier try never speaks for the present one.
    """
    row = await _reported(db, receipt)
    if row is None:
        return None
    await _note(db, row, receipt, now)
    if receipt.rank >= SENT_RANK:
        await lines.heard(db, row.channel, now)
    left = _may_have_left(row)
    if not left and (receipt.rank <= row.rank or row.state in FINAL):
        return None
    to = _reported_state(row, receipt, now)
    values: dict[str, Any] = {"provider_id": receipt.provider_id, "lease_until": None}
    values |= {"rank": max(receipt.rank, row.rank), "error": receipt.error_code or row.error}
    if to is State.PLANNED:
        values |= {"away": row.away + 1, "not_before": now + AWAY_WAITS[row.away]}
    if receipt.stopped:
        values["stopped"] = True
    if to == row.state:
        await db.execute(update(outbox).where(outbox.c.id == row.id).values(values))
        return None
    await move(db, to, outbox.c.id == row.id, now=now, **values)
    if to is State.PLANNED and row.broadcast is not None:
        await broadcasts.reopen(db, row.broadcast, now)
    if to is State.UNDELIVERED:
        await unreachable.count(db, row.route_id, receipt.error_code, now)
    return settled(row, to, receipt.error_code)


async def _reported(db: Transaction, receipt: Receipt) -> Row[Any] | None:
    channel = outbox.c.channel == receipt.channel
    row = None
    if receipt.message is not None:
        row = await locked(db, channel, outbox.c.id == receipt.message)
    if row is None:
        row = await locked(db, channel, outbox.c.provider_id == receipt.provider_id)
    if row is not None and row.provider_id not in {None, receipt.provider_id}:
        return None
    return row


async def _note(db: Transaction, row: Row[Any], receipt: Receipt, now: datetime) -> None:
    note = {"outbox_id": row.id, "rank": receipt.rank, "error": receipt.error_code, "at": now}
    await db.execute(insert(db, receipts).values(delivery=receipt.delivery, **note))


def _may_have_left(row: Row[Any]) -> bool:
    """Whether any report at all is news: it proves that the provider has the message."""
    if row.state in {State.SUBMITTING, State.UNKNOWN}:
        return True
    return bool(row.state == State.PLANNED and row.attempt > 0 and row.provider_id is None)


def _reported_state(row: Row[Any], receipt: Receipt, now: datetime) -> State:
    if receipt.delivery is Delivery.DELIVERED:
        return State.DELIVERED
    if receipt.delivery is Delivery.UNDELIVERED:
        return State.PLANNED if _worth_another(row, receipt, now) else State.UNDELIVERED
    return State.ACCEPTED


def _worth_another(row: Row[Any], receipt: Receipt, now: datetime) -> bool:
    if row.body is None or row.away >= min(receipt.again, len(AWAY_WAITS)):
        return False
    return bool(now + AWAY_WAITS[row.away] < row.expires_at)
