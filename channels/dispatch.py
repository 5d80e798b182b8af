"""The sender's side of the ledger: lease, send, settle, and clear up after a crash.

``submitting`` is committed just before the provider is called, so after a crash a message in any
other state has certainly not left, and only those in ``submitting`` are in doubt.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import Row, exists, select, update

from channels.base import Outbound, Sent
from channels.errors import Ambiguous, Busy, Refused
from channels.ledger import ERASED, OPEN, SHUT, Kind, Settled, State, locked, move, outbox, settled
from channels.outbox import enqueue
from channels.sealing import seal_outbound
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring

#: A sender that is alive settles or renews within this; a call to a provider takes at most 30 s.
LEASE = timedelta(seconds=60)

#: How long to wait when a provider did not take a message, by how often it was tried; the last
#: repeats until the message expires. Spread by ±20 % (delivery.md, 3.12).
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """A message that one sender holds."""

    id: str
    channel: str
    route_id: str
    kind: Kind
    body: bytes | None
    body_context: str | None
    entry_id: str | None
    expires_at: datetime
    resends: int
    submitted_at: datetime | None


async def split(
    db: Transaction, keyring: Keyring, row: Claimed, parts: Sequence[Outbound], now: datetime
) -> None:
    """Let *row* carry the first of *parts*, and new rows behind it the others."""
    first, *others = parts
    body = seal_outbound(keyring, row.id, first)
    await db.execute(
        update(outbox).where(outbox.c.id == row.id).values(body=body, body_context=None)
    )
    for part in others:
        await enqueue(
            db,
            keyring,
            channel=row.channel,
            route_id=row.route_id,
            outbound=part,
            kind=row.kind,
            now=now,
            expires_at=row.expires_at,
        )


# --- sending ----------------------------------------------------------------------------------


async def claim(
    db: Transaction, *, channel: str, limit: int, by: str, now: datetime
) -> list[Claimed]:
    """Lease to the sender *by* what is due on *channel*, the most urgent first.

    A message waits for every earlier one to the same contact that is as urgent.
    """
    ahead = outbox.alias("ahead")
    held_back = exists().where(
        ahead.c.route_id == outbox.c.route_id,
        ahead.c.channel == outbox.c.channel,
        ahead.c.state.in_(sorted(OPEN)),
        ahead.c.seq < outbox.c.seq,
        ahead.c.priority <= outbox.c.priority,
    )
    due = (
        select(outbox.c.id)
        .where(outbox.c.channel == channel, outbox.c.state == State.PLANNED)
        .where(outbox.c.not_before <= now, outbox.c.expires_at > now, ~held_back)
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True, of=outbox)
        .cte("due")
    )
    claimed = await db.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(due.c.id)))
        .values(state=State.CLAIMED, claimed_by=by, lease_until=now + LEASE, moved_at=now)
        .returning(outbox)
    )
    rows = sorted(claimed, key=lambda row: (row.priority, row.not_before, row.seq))
    return [held(row) for row in rows]


async def submitting(
    db: Transaction, ids: Collection[str], by: str, now: datetime
) -> frozenset[str]:
    """Say that these messages leave now; commit it before you call the provider.

    Returns the ids that are still the sender's to send.
    """
    return await move(
        db,
        State.SUBMITTING,
        outbox.c.id.in_(ids),
        outbox.c.claimed_by == by,
        now=now,
        lease_until=now + LEASE,
        submitted_at=now,
        attempt=outbox.c.attempt + 1,
        provider_id=None,
        rank=-1,
    )


async def put_back(db: Transaction, ids: Collection[str], until: datetime, now: datetime) -> None:
    """Return messages that were claimed and not sent; they are due again at *until*."""
    mine = outbox.c.id.in_(ids)
    only = {State.CLAIMED}
    await move(db, State.PLANNED, mine, now=now, only=only, not_before=until, lease_until=None)


async def drop(db: Transaction, ids: Collection[str], error: str, now: datetime) -> None:
    """Give up messages that were claimed: nobody is there to get them, or wants them."""
    await move(db, State.CANCELLED, outbox.c.id.in_(ids), now=now, error=error)


async def settle(
    db: Transaction, outbox_id: str, result: Sent | Refused | Busy | Ambiguous, now: datetime
) -> Settled | None:
    """Write down what the provider answered; None when a receipt has settled it before."""
    row = await locked(db, outbox.c.id == outbox_id)
    if row is None:
        return None
    match result:
        case Sent():
            return await accepted(db, row, result, now)
        case Refused():
            code = result.code
            to, values = State.FAILED, {"error": code, "stopped": result.stopped or None}
        case Busy():
            to, values = State.PLANNED, _another_time(row, result, now)
        case Ambiguous():
            to, values = State.UNKNOWN, {"lease_until": None}
        case _:
            assert_never(result)
    only = {State.SUBMITTING}
    moved = await move(db, to, outbox.c.id == outbox_id, now=now, only=only, **values)
    return settled(row, to, getattr(result, "code", None)) if moved else None


async def accepted(db: Transaction, row: Row[Any], sent: Sent, now: datetime) -> Settled | None:
    """Write down that the provider has it; None when a receipt has said so before."""
    this = outbox.c.id == row.id
    words = ERASED if sent.final else {}
    only = {State.SUBMITTING, State.UNKNOWN}
    values = {"provider_id": sent.provider_id, "lease_until": None, "error": None, **words}
    if await move(db, State.ACCEPTED, this, now=now, only=only, **values):
        return settled(row, State.ACCEPTED)
    # A receipt was faster than the answer; only the id may still be missing.
    nameless = this & outbox.c.provider_id.is_(None)
    await db.execute(update(outbox).where(nameless).values(provider_id=sent.provider_id))
    return None


def _another_time(row: Row[Any], busy: Busy, now: datetime) -> dict[str, Any]:
    # A limit of the whole channel is not this message's fault: it keeps its place and its tries.
    tries = max(row.attempt - 1, 0)
    wait = timedelta(seconds=busy.retry_after) if busy.retry_after else _spread(_wait(tries))
    values = {"not_before": now + wait, "lease_until": None, "error": busy.code}
    return {**values, "attempt": tries} if busy.whole_channel else values


def _wait(tries: int) -> timedelta:
    return WAITS[min(tries, len(WAITS) - 1)]


def _spread(wait: timedelta) -> timedelta:
    return wait * (0.8 + secrets.randbelow(401) / 1000)


# --- who shut the door ------------------------------------------------------------------------


async def stopped(db: Reads) -> list[tuple[str, str]]:
    """Return id and route of messages whose failure means that the door was shut."""
    rows = await db.execute(select(outbox.c.id, outbox.c.route_id).where(SHUT))
    return [(row.id, row.route_id) for row in rows]


async def acted_on(db: Transaction, ids: Collection[str]) -> None:
    """Note that somebody has acted on these shut doors."""
    await db.execute(update(outbox).where(outbox.c.id.in_(ids)).values(stopped=False))


def held(row: Row[Any]) -> Claimed:
    """Return what a sender is handed of a row."""
    return Claimed(
        id=row.id,
        channel=row.channel,
        route_id=row.route_id,
        kind=row.kind,
        body=row.body,
        body_context=row.body_context,
        entry_id=row.entry_id,
        expires_at=row.expires_at,
        resends=row.resends,
        submitted_at=row.submitted_at,
    )
