"""Puts a staged list on, and takes it off again, in chunks that outlive the process.

How far it came is kept in the chunk's own transaction: whoever comes next goes on after it, and no
row is put on twice. Who is new stays pending, and is told nothing, until the last row is there.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import uuid4

from sqlalchemy import RowMapping, String, bindparam, func, or_, select, update

from channels import contacts, optout
from channels.contacts import SealedRoute
from outreach import companions, imports
from outreach.companions import AGREED
from outreach.imports import Import, State, Verdict, import_rows
from outreach.imports import imports as lists
from outreach.profiles import TRAITS, Profile
from outreach.staging import CHANNEL, CHUNK
from outreach.subscribers import State as Listening
from outreach.subscribers import erase_all, subscribers
from storage.among import among
from storage.engine import Database
from storage.unit_of_work import Transaction
from storage.upsert import insert_new

#: Forgets those routes that nothing else needs; the rooms above know what does.
Free: TypeAlias = Callable[[Transaction, Sequence[str]], Awaitable[None]]

_OTHERS: Final = ("language", "cohort", "consent_how", "consent_at")


async def advance(
    database: Database,
    now: datetime,
    *,
    free: Free,
    enough: Callable[[], bool] = bool,
    chunk: int = CHUNK,
) -> None:
    """Go on with every list that is being put on or taken off, until *enough*."""
    while not enough():
        async with database.transaction() as db:
            one = await imports.at_work(db)
            if one is None:
                return
            held = select(lists.c.id).where(lists.c.id == one.id).with_for_update()
            await db.execute(held)
            fresh = await imports.get(db, one.id)
            if fresh is None:
                continue
            if fresh.state is State.APPLYING:
                await _put_on(db, fresh, now, chunk)
            elif fresh.state is State.UNDOING:
                await _take_off(db, fresh, now, chunk, free)


async def _put_on(db: Transaction, one: Import, now: datetime, chunk: int) -> None:
    rows = await _next(db, one, chunk)
    if not rows:
        await _open(db, one, now)
        return
    shut = set(await optout.shut_among(db, [row["door"] for row in rows]))
    let_in = [row for row in rows if row["door"] not in shut]
    await _add(db, one, [row for row in let_in if row["verdict"] == Verdict.NEW], now)
    changed = [row for row in let_in if row["verdict"] == Verdict.CHANGED]
    for once in _rounds(changed):
        await _complete(db, once, now)
    last = rows[-1]["number"]
    this = (import_rows.c.import_id == one.id) & (import_rows.c.number <= last)
    done = this & (import_rows.c.number > one.applied_to) & import_rows.c.sealed.is_not(None)
    await db.execute(update(import_rows).where(done).values(sealed=None))
    await db.execute(update(lists).where(lists.c.id == one.id).values(applied_to=last))


async def _next(db: Transaction, one: Import, chunk: int) -> Sequence[RowMapping]:
    further = (import_rows.c.import_id == one.id) & (import_rows.c.number > one.applied_to)
    wanted = import_rows.c.verdict.in_([Verdict.NEW, Verdict.CHANGED])
    listed = select(import_rows).where(further, wanted).order_by(import_rows.c.number)
    return (await db.execute(listed.limit(chunk))).mappings().all()


async def _open(db: Transaction, one: Import, now: datetime) -> None:
    """Let everybody who is new on the list in at once: before it, nobody was told anything."""
    theirs = (subscribers.c.import_id == one.id) & (subscribers.c.state == Listening.PENDING)
    await db.execute(update(subscribers).where(theirs).values(state=Listening.ACTIVE, since=now))
    await imports.move(db, one.id, State.DONE, now, done_at=now)


async def _add(db: Transaction, one: Import, rows: Sequence[RowMapping], now: datetime) -> None:
    """Add who is new. Who has come by themselves meanwhile stays as they said."""
    if not rows:
        return
    routes = [SealedRoute(row["route_id"], CHANNEL, row["sealed"]) for row in rows]
    await contacts.keep_sealed(db, routes, now)
    await db.execute(insert_new(db, subscribers), [_subscriber(one, row, now) for row in rows])


def _subscriber(one: Import, row: RowMapping, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "contact": row["contact"],
        "route_id": row["route_id"],
        "channel": CHANNEL,
        "state": Listening.PENDING,
        "since": now,
        "import_id": one.id,
        **{name: row[name] for name in (*TRAITS, *_OTHERS)},
    }


def _rounds(rows: Sequence[RowMapping]) -> Sequence[Sequence[RowMapping]]:
    """Return *rows* so that each telephone is in a round once: most often there is one round."""
    rounds: list[list[RowMapping]] = []
    times: Counter[str] = Counter()
    for row in rows:
        if times[row["contact"]] == len(rounds):
            rounds.append([])
        rounds[times[row["contact"]]].append(row)
        times[row["contact"]] += 1
    return rounds


async def _complete(db: Transaction, rows: Sequence[RowMapping], now: datetime) -> None:
    """Add what was not known of people who are there; what they said themselves stays."""
    listed = {row["contact"]: row for row in rows}
    there = (await db.execute(_THERE, {"contacts": list(listed)})).mappings().all()
    by_id = {row["id"]: listed[row["contact"]] for row in there}
    others = {
        row["id"]: Profile.of(by_id[row["id"]])
        for row in there
        if Profile.of(by_id[row["id"]]).contradicts(Profile.of(row))
    }
    agreed = {its_id: {name: by_id[its_id][name] for name in AGREED} for its_id in others}
    await companions.tell_all(db, others, now, agreed)
    gaps = [_gaps(its_id, row, first=its_id not in others) for its_id, row in by_id.items()]
    if gaps:
        await db.execute(_FILL, gaps)


def _gaps(its_id: str, row: RowMapping, *, first: bool) -> dict[str, str | None]:
    """Return what a row tells of a telephone, and of the *first* person on it."""
    told = {f"told_{name}": row[name] if first else None for name in TRAITS}
    return {"its_id": its_id, "told_cohort": row["cohort"], **told}


#: Held in one order, so that two who hold some of the same never wait for each other.
_THERE: Final = (
    select(subscribers)
    .where(among(subscribers.c.contact, "contacts"), subscribers.c.state != Listening.STOPPED)
    .order_by(subscribers.c.contact)
    .with_for_update()
)

#: A pilot is the office's own word, and the newest holds; it is of the telephone as a whole.
_FILL: Final = (
    update(subscribers)
    .where(subscribers.c.id == bindparam("its_id"))
    .values(
        {
            "cohort": func.coalesce(bindparam("told_cohort", type_=String), subscribers.c.cohort),
            **{
                name: func.coalesce(subscribers.c[name], bindparam(f"told_{name}", type_=String))
                for name in TRAITS
            },
        }
    )
)


async def _take_off(db: Transaction, one: Import, now: datetime, chunk: int, free: Free) -> None:
    """Erase who came by this list and has said nothing since; a STOP is something said."""
    theirs = (subscribers.c.import_id == one.id) & subscribers.c.heard_at.is_(None)
    silent = theirs & or_(
        subscribers.c.state == Listening.ACTIVE, subscribers.c.state == Listening.PENDING
    )
    some = select(subscribers.c.id, subscribers.c.route_id).where(silent).limit(chunk)
    rows = (await db.execute(some)).all()
    if not rows:
        await imports.move(db, one.id, State.UNDONE, now)
        return
    await erase_all(db, [row.id for row in rows])
    await free(db, [row.route_id for row in rows])
