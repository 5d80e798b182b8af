"""Who was told which part of a rule change, by telephone, when and in which language.

A person counts once for each part and language. The send ledger forgets a message within days. So
what arrived is noted here as it is settled, by the subscriber's row and without any address; to
note it again changes nothing, and so a resend, a second broadcast of the same part or a process
that dies in between cannot count anybody twice. What says something else than the rule tells
nobody of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    and_,
    case,
    exists,
    false,
    literal,
    or_,
    select,
)

from channels.ledger import BROADCAST, JUDGED, State, outbox, receipts, standing
from channels.routing import CALLS
from channels.settling import FINAL_RANK
from outreach import own_words
from outreach.announcements import announcements
from outreach.copies import announcement_broadcasts
from outreach.own_words import Strays
from outreach.subscribers import State as Listening
from outreach.subscribers import subscribers
from storage import upsert
from storage.base import EPOCH, Instant, metadata
from storage.engine import Database
from storage.unit_of_work import Reads, Transaction

#: Whoever is erased from the list of subscribers is erased here by the database itself.
rule_told = Table(
    "rule_told",
    metadata,
    Column("rule_id", String(32), ForeignKey("rule_changes.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),  # 1 to 5
    Column(
        "subscriber_id",
        String(32),
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # In which it was told. It may be another than theirs, and then it is not counted for theirs.
    Column("language", String(16), primary_key=True),
    Column("receipt", Boolean, nullable=False),  # false: that channel reports no delivery
    Column("called", Boolean, nullable=False, default=False),  # it was heard in a call
    Column("told_at", Instant, nullable=False),  # when it arrived, the first time
    Index("ix_rule_told_subscriber_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

#: How far each broadcast of the send ledger has been looked through.
rule_told_upto = Table(
    "rule_told_upto",
    metadata,
    Column("broadcast", String(32), primary_key=True),
    Column("moved_at", Instant, nullable=False),
)

#: Rows that are looked through in one transaction.
CHUNK: Final = 2_000

#: What was settled within this time is looked at again: another process may commit later what it
#: settled before.
LAG: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Going:
    """A broadcast of the ledger, and what it tells. *strays*: what says something else."""

    broadcast: str
    announcement: str
    rule_id: str
    edition: int
    tells: str
    upto: datetime
    strays: Strays = frozenset()


def arrived() -> ColumnElement[bool]:
    """Return the condition that a row of the ledger has reached its person, as far as is known.

    Delivered; or taken by a provider that never tells more, such as a chat. A provider that does
    report, and has only said that it sent the message, may still say that it did not arrive.
    """
    silent = (outbox.c.rank >= FINAL_RANK) & ~exists().where(receipts.c.outbox_id == outbox.c.id)
    return or_(standing(State.DELIVERED), and_(standing(State.ACCEPTED), silent))


async def take(database: Database, now: datetime, *, enough: Callable[[], bool] = bool) -> int:
    """Note who was told since this was called last; return how many rows were looked through.

    *enough*: whether to stop here. The next call goes on.
    """
    async with database.reading() as reads:
        going = await _with_strays(reads, await _going(reads))
    looked = 0
    for one in going:
        at, seq = one.upto, 0
        while not enough():
            async with database.transaction() as db:
                rows = await _rows(db, one, at, seq)
                if rows:
                    await _note(db, one, [row.seq for row in rows])
                    at, seq = rows[-1].moved_at, rows[-1].seq
                    await _remember(db, one, min(at, now - LAG))
            looked += len(rows)
            if len(rows) < CHUNK:
                break
    return looked


async def anything(db: Reads) -> bool:
    """Whether something was settled that was not looked through."""
    return bool(await _going(db))


async def _going(db: Reads) -> list[_Going]:
    """Return the broadcasts of rule changes of which something was settled since."""
    its, of, upto = announcement_broadcasts.c, announcements.c, rule_told_upto.c
    newer = or_(upto.moved_at.is_(None), outbox.c.moved_at > upto.moved_at)
    settled = BROADCAST & standing(*JUDGED) & (outbox.c.broadcast == its.broadcast)
    both = announcement_broadcasts.join(announcements, of.id == its.announcement)
    found = (
        select(its.broadcast, its.announcement, upto.moved_at)
        .add_columns(of.rule_id, of.rule_edition, of.tells)
        .select_from(both.join(rule_told_upto, upto.broadcast == its.broadcast, isouter=True))
        .where(of.rule_id.is_not(None), of.rule_edition.is_not(None), of.tells != "")
        .where(exists().where(settled, newer))
        .order_by(its.broadcast)
    )
    return [
        _Going(
            row.broadcast,
            row.announcement,
            row.rule_id,
            row.rule_edition,
            row.tells,
            row.moved_at or EPOCH,
        )
        for row in await db.execute(found)
    ]


async def _with_strays(db: Reads, going: Sequence[_Going]) -> list[_Going]:
    """Find them once for each announcement: it has a broadcast for each zone."""
    found: dict[str, Strays] = {}
    for one in going:
        if one.announcement not in found:
            about = (one.announcement, one.rule_id, one.edition, one.tells)
            found[one.announcement] = await own_words.strays_of(db, *about)
    return [replace(one, strays=found[one.announcement]) for one in going]


async def _rows(db: Transaction, one: _Going, at: datetime, seq: int) -> Sequence[Row[Any]]:
    of = outbox.c
    after = or_(of.moved_at > at, and_(of.moved_at == at, of.seq > seq))
    its = BROADCAST & standing(*JUDGED) & (of.broadcast == one.broadcast)
    found = select(of.seq, of.moved_at).where(its, of.moved_at >= at, after)
    return (await db.execute(found.order_by(of.moved_at, of.seq).limit(CHUNK))).all()


async def _note(db: Transaction, one: _Going, seqs: Sequence[int]) -> None:
    digits = {number: int(digit) for number, digit in enumerate(one.tells)}
    # Named by state, so that the index over the list of subscribers leads to them.
    listed = subscribers.c.state.in_(list(Listening))
    person = listed & (subscribers.c.route_id == outbox.c.route_id)
    values: dict[str, Any] = {
        "rule_id": literal(one.rule_id),
        "edition": literal(one.edition),
        "part": case(digits, value=outbox.c.part),
        "subscriber_id": subscribers.c.id,
        "language": outbox.c.language,
        "receipt": standing(State.DELIVERED),
        "called": literal(False),  # noqa: FBT003 - a column's value
        "told_at": outbox.c.moved_at,
    }
    rows = (
        select(*(values[each.name] for each in rule_told.c))
        .select_from(outbox.join(subscribers, person))
        .where(outbox.c.seq.in_(seqs), outbox.c.part < len(one.tells), arrived())
        .where(
            outbox.c.language.is_not(None), ~or_(false(), *(_says(each) for each in one.strays))
        )
        # What was heard in a call is noted as it is heard (``called``): to take one is not enough.
        .where(outbox.c.channel.not_in(sorted(CALLS)))
    )
    new = upsert.insert(db, rule_told).from_select([each.name for each in rule_told.c], rows)
    key = [each.name for each in rule_told.primary_key]
    surer = rule_told.c.receipt.is_(False) & new.excluded.receipt.is_(True)
    await db.execute(
        new.on_conflict_do_update(index_elements=key, set_={"receipt": True}, where=surer)
    )


def _says(stray: tuple[int, str]) -> ColumnElement[bool]:
    number, language = stray
    return (outbox.c.part == number) & (outbox.c.language == language)


async def _remember(db: Transaction, one: _Going, at: datetime) -> None:
    values = {"moved_at": max(at, one.upto)}
    new = upsert.insert(db, rule_told_upto).values(broadcast=one.broadcast, **values)
    await db.execute(new.on_conflict_do_update(index_elements=["broadcast"], set_=values))
