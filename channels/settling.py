"""What a provider answered, written into the ledger: many answers in one transaction."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias, assert_never

from sqlalchemy import Row, bindparam, select, update

from channels import unreachable
from channels.base import Sent
from channels.errors import Ambiguous, Busy, Refused
from channels.ledger import ERASED, Settled, State, move, outbox, settled, standing
from storage.among import among
from storage.unit_of_work import Transaction

Result: TypeAlias = Sent | Refused | Busy | Ambiguous

#: How long to wait when a provider did not take a message, by how often it was tried; the last
#: repeats until the message expires. Spread by ±20 % (delivery.md, 3.12).
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)

#: The rank of a message that its provider has taken and will never speak of again: sent.
FINAL_RANK = 3


async def settle(
    db: Transaction, results: Sequence[tuple[str, Result]], now: datetime
) -> list[Settled]:
    """Write down what became of each message; without those that a receipt settled before."""
    answers = dict(results)
    found = await db.execute(_ANSWERED, {"ids": list(answers)})
    rows = {row.id: row for row in found}
    facts = await _accept(db, rows, answers, now)
    for outbox_id, result in answers.items():
        if outbox_id in rows and not isinstance(result, Sent):
            facts += await _not_taken(db, rows[outbox_id], result, now)
    return facts


_ANSWERED = (
    select(
        *(outbox.c[name] for name in ("id", "channel", "route_id", "kind", "entry_id")),
        *(outbox.c[name] for name in ("state", "attempt")),
    )
    .where(among(outbox.c.id, "ids"))
    .with_for_update()
)


async def _accept(
    db: Transaction, rows: Mapping[str, Row[Any]], answers: Mapping[str, Result], now: datetime
) -> list[Settled]:
    """Settle what went well, which is nearly all: one statement for all of it."""
    taken = [
        (rows[outbox_id], result)
        for outbox_id, result in answers.items()
        if isinstance(result, Sent) and outbox_id in rows
    ]
    waited = [(row, sent) for row, sent in taken if row.state == State.SUBMITTING]
    for (to, final), statement in _ACCEPTED.items():
        values = [
            {"its_id": row.id, "its_provider_id": sent.provider_id, "now": now}
            for row, sent in waited
            if (_becomes(sent), sent.final) == (to, final)
        ]
        if values:
            await db.execute(statement, values)
    for row, sent in taken:
        if row.state != State.SUBMITTING:
            await accepted(db, row, sent, now)
    # What arrived at once was taken as well: whoever counts what left counts it too.
    facts = [settled(row, State.ACCEPTED) for row, _ in waited]
    return facts + [settled(row, State.DELIVERED) for row, sent in waited if sent.arrived]


def _becomes(sent: Sent) -> State:
    return State.DELIVERED if sent.arrived else State.ACCEPTED


def _accepting(to: State, *, final: bool) -> Any:
    erased = {**ERASED, "rank": FINAL_RANK} if final else {}
    return (
        update(outbox)
        .where(outbox.c.id == bindparam("its_id"), standing(State.SUBMITTING))
        .values(
            state=to,
            provider_id=bindparam("its_provider_id"),
            lease_until=None,
            error=None,
            moved_at=bindparam("now"),
            **erased,
        )
    )


_ACCEPTED = {
    (to, final): _accepting(to, final=final)
    for to, final in (
        (State.ACCEPTED, False),
        (State.ACCEPTED, True),
        (State.DELIVERED, True),
    )
}


async def accepted(db: Transaction, row: Row[Any], sent: Sent, now: datetime) -> Settled | None:
    """Write down that the provider has it; None when a receipt has said so before."""
    this = outbox.c.id == row.id
    words = {**ERASED, "rank": FINAL_RANK} if sent.final else {}
    only = {State.SUBMITTING, State.UNKNOWN}
    values = {"provider_id": sent.provider_id, "lease_until": None, "error": None, **words}
    to = _becomes(sent)
    if await move(db, to, this, now=now, only=only, **values):
        return settled(row, to)
    # A receipt was faster than the answer; only the id may still be missing.
    nameless = this & outbox.c.provider_id.is_(None)
    await db.execute(update(outbox).where(nameless).values(provider_id=sent.provider_id))
    return None


async def _not_taken(
    db: Transaction, row: Row[Any], result: Refused | Busy | Ambiguous, now: datetime
) -> list[Settled]:
    values: dict[str, Any] = {"lease_until": None}
    match result:
        case Refused():
            to = State.FAILED
            values |= {"error": result.code, "stopped": result.stopped or None}
        case Busy():
            to = State.PLANNED
            values |= _another_time(row, result, now)
        case Ambiguous():
            to = State.UNKNOWN
        case _:
            assert_never(result)
    this = outbox.c.id == row.id
    moved = await move(db, to, this, now=now, only={State.SUBMITTING}, **values)
    if moved and to is State.FAILED:
        code = getattr(result, "code", None)
        await unreachable.count(db, row.route_id, code, now, line=row.channel)
    return [settled(row, to, getattr(result, "code", None))] if moved else []


def _another_time(row: Row[Any], busy: Busy, now: datetime) -> dict[str, Any]:
    # A limit of the whole channel is not this message's fault: it keeps its place and its tries.
    tries = max(row.attempt - 1, 0)
    wait = _spread(_wait(0 if busy.whole_channel else tries))
    if busy.retry_after:
        wait = timedelta(seconds=busy.retry_after)
    values = {"not_before": now + wait, "error": busy.code}
    return {**values, "attempt": tries} if busy.whole_channel else values


def _wait(tries: int) -> timedelta:
    return WAITS[min(tries, len(WAITS) - 1)]


def _spread(wait: timedelta) -> timedelta:
    return wait * (0.8 + secrets.randbelow(401) / 1000)
