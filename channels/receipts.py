"""Delivery reports, written into the ledger: as many as come together in one transaction.

They come late, twice and out of order: a lower rank never undoes a higher one, and a report on an
earlier try never speaks for the present one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, insert, or_, select, update

from channels import broadcasts, lines, unreachable
from channels.base import Delivery, Receipt
from channels.ledger import BROADCAST, DEAD, ERASED, FINAL, Settled, State, outbox, settled
from channels.ledger import receipts as log
from storage.among import among
from storage.base import Instant
from storage.unit_of_work import Transaction

#: How long to wait when the phone was away (Twilio 30003).
AWAY_WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))

#: Of a receipt that says that the message has left the provider (``Receipt.rank``).
SENT_RANK = 3


async def settle(
    db: Transaction, reports: Sequence[tuple[Receipt, datetime]]
) -> list[Settled | None]:
    """Apply delivery reports in their order, each with when it came; None: it changes nothing."""
    messages = await _found(db, [receipt for receipt, _ in reports])
    told = [(messages.of(receipt), receipt, now) for receipt, now in reports]
    facts = [message.hear(receipt, now) if message else None for message, receipt, now in told]
    known = [(message, receipt, now) for message, receipt, now in told if message]
    if known:
        await db.execute(_LOGGED, [_line(*one) for one in known])
        await _write(db, messages.changed)
    left = {message.row.channel: now for message, one, now in known if one.rank >= SENT_RANK}
    for channel, now in sorted(left.items()):
        await lines.heard(db, channel, now)
    for fact, (message, _, now) in zip(facts, told, strict=True):
        if fact is not None and message is not None:
            await _follow(db, fact, message, now)
    return facts


async def settle_one(db: Transaction, receipt: Receipt, now: datetime) -> Settled | None:
    """Apply one delivery report."""
    return (await settle(db, [(receipt, now)]))[0]


@dataclass(slots=True, repr=False)
class _Message:
    """A message as it stands while reports are applied to it."""

    row: Row[Any]
    state: State
    rank: int
    provider_id: str | None
    error: str | None
    away: int
    not_before: datetime
    stopped: bool | None
    lease_until: datetime | None
    moved_at: datetime
    changed: bool = False

    def hear(self, receipt: Receipt, now: datetime) -> Settled | None:
        """Let a report count; None: it settles nothing."""
        if not self._may_have_left and (receipt.rank <= self.rank or self.state in FINAL):
            return None
        before, self.state = self.state, self._told(receipt, now)
        if self.state is State.PLANNED:
            self.not_before = now + AWAY_WAITS[self.away]
            self.away += 1
        self.provider_id, self.lease_until = receipt.provider_id, None
        self.rank = max(receipt.rank, self.rank)
        self.error = receipt.error_code or self.error
        self.stopped = receipt.stopped or self.stopped
        self.changed = True
        if self.state == before:
            return None
        self.moved_at = now
        return settled(self.row, self.state, receipt.error_code)

    @property
    def _may_have_left(self) -> bool:
        """Whether any report at all is news: it proves that the provider has the message."""
        if self.state in {State.SUBMITTING, State.UNKNOWN}:
            return True
        tried = self.row.attempt > 0 and self.provider_id is None
        return bool(self.state is State.PLANNED and tried)

    def _told(self, receipt: Receipt, now: datetime) -> State:
        if receipt.delivery is Delivery.DELIVERED:
            return State.DELIVERED
        if receipt.delivery is Delivery.UNDELIVERED:
            return State.PLANNED if self._worth_another(receipt, now) else State.UNDELIVERED
        return State.ACCEPTED

    def _worth_another(self, receipt: Receipt, now: datetime) -> bool:
        if not self.row.has_words or self.away >= min(receipt.again, len(AWAY_WAITS)):
            return False
        return bool(now + AWAY_WAITS[self.away] < self.row.expires_at)


_OWN = ("id", "channel", "route_id", "kind", "entry_id", "broadcast", "attempt", "expires_at")
_MOVING = ("state", "rank", "provider_id", "error", "away", "not_before")
_MARKS = ("stopped", "lease_until", "moved_at")

_ROWS: Select[Any] = select(
    *(outbox.c[name] for name in (*_OWN, *_MOVING, *_MARKS)),
    or_(outbox.c.body.is_not(None), BROADCAST).label("has_words"),
)
# In one order, so that two processes that settle at once wait for each other and no more.
_BY_OURS = _ROWS.where(among(outbox.c.id, "ids")).order_by(outbox.c.id).with_for_update()
_BY_THEIRS = (
    _ROWS.where(among(outbox.c.provider_id, "ids"), outbox.c.provider_id.is_not(None))
    .order_by(outbox.c.id)
    .with_for_update()
)


class _Messages:
    """The messages that some reports speak of."""

    def __init__(self) -> None:
        self._by_id: dict[str, _Message] = {}
        self._by_theirs: dict[tuple[str, str], _Message] = {}

    def add(self, rows: Iterable[Row[Any]]) -> None:
        """Add what was found, each once."""
        for row in rows:
            message = self._by_id.setdefault(row.id, _message(row))
            if row.provider_id is not None:
                self._by_theirs.setdefault((row.channel, row.provider_id), message)

    def of(self, receipt: Receipt) -> _Message | None:
        """Return the message of a report; None: there is none, or it speaks of an earlier try."""
        message = self._by_id.get(receipt.message or "")
        if message is None or message.row.channel != receipt.channel:
            message = self._by_theirs.get((receipt.channel, receipt.provider_id))
        if message is not None and message.provider_id not in {None, receipt.provider_id}:
            return None
        return message

    def knows(self, receipt: Receipt) -> bool:
        """Whether the message is found by our own id."""
        message = self._by_id.get(receipt.message or "")
        return message is not None and message.row.channel == receipt.channel

    @property
    def changed(self) -> list[_Message]:
        """What has to be written down."""
        return [message for message in self._by_id.values() if message.changed]


def _message(row: Row[Any]) -> _Message:
    standing = {name: getattr(row, name) for name in (*_MOVING, *_MARKS)}
    return _Message(row, **{**standing, "state": State(row.state)})


async def _found(db: Transaction, receipts: Sequence[Receipt]) -> _Messages:
    messages = _Messages()
    ours = {receipt.message for receipt in receipts if receipt.message is not None}
    if ours:
        messages.add(await db.execute(_BY_OURS, {"ids": sorted(ours)}))
    theirs = {receipt.provider_id for receipt in receipts if not messages.knows(receipt)}
    if theirs:
        messages.add(await db.execute(_BY_THEIRS, {"ids": sorted(theirs)}))
    return messages


_LOGGED = insert(log)


def _line(message: _Message, receipt: Receipt, now: datetime) -> dict[str, Any]:
    return {
        "outbox_id": message.row.id,
        "rank": receipt.rank,
        "delivery": receipt.delivery,
        "error": receipt.error_code,
        "at": now,
    }


def _writing(*, erasing: bool) -> Any:
    instants = {"not_before", "lease_until", "moved_at"}
    values = {
        name: bindparam(f"new_{name}", type_=Instant if name in instants else outbox.c[name].type)
        for name in (*_MOVING, *_MARKS)
    }
    gone = ERASED if erasing else {}
    return update(outbox).where(outbox.c.id == bindparam("its_id")).values(**values, **gone)


_WRITTEN = {erasing: _writing(erasing=erasing) for erasing in (False, True)}


async def _write(db: Transaction, messages: Sequence[_Message]) -> None:
    """Write down how the messages stand; the words of one that is done with are erased."""
    for erasing, statement in _WRITTEN.items():
        rows = [
            {"its_id": one.row.id, **_values(one)}
            for one in messages
            if (one.state in FINAL - DEAD) is erasing
        ]
        if rows:
            await db.execute(statement, rows)


def _values(message: _Message) -> dict[str, Any]:
    return {f"new_{name}": getattr(message, name) for name in (*_MOVING, *_MARKS)}


async def _follow(db: Transaction, fact: Settled, message: _Message, now: datetime) -> None:
    if fact.state is State.PLANNED and message.row.broadcast is not None:
        await broadcasts.reopen(db, message.row.broadcast, now)
    if fact.state is State.UNDELIVERED:
        row = message.row
        await unreachable.count(db, row.route_id, fact.error, now, line=row.channel)
