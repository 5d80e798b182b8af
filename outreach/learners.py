"""Who learns from which series, how far they are, and what they answered.

What is sent is one row for each learner and lesson, written with the message itself: nobody gets
a lesson twice, whatever dies. A learner learns from one edition to the end of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from channels import contacts
from channels.base import Address
from forum.bodies import sites
from outreach.lessons import Series
from outreach.subscribers import contact_of, midnight, subscribers
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new
from vault.keyring import Keyring

learners = Table(
    "learners",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("series_id", String(32), ForeignKey("lesson_series.id"), nullable=False),
    Column("contact", String(32), nullable=False),  # as the list of subscribers knows it
    Column("route_id", String(32), nullable=False),
    Column("language", String(16), nullable=False),  # where the contact has chosen none
    Column("edition", Integer, nullable=False),
    Column("position", Integer, nullable=False),  # of the last lesson that was sent
    Column("state", String(8), nullable=False),
    Column("due_at", Instant, nullable=False),  # of the next one
    Column("since", Instant, nullable=False),  # midnight UTC
    Index("ix_learners_series", "series_id", "contact", unique=True),
    Index("ix_learners_contact", "contact"),
    Index("ix_learners_due", "state", "due_at"),
    Index("ix_learners_route_id", "route_id"),
)

#: What was sent, and how its question was answered.
lessons_sent = Table(
    "lessons_sent",
    metadata,
    Column("learner_id", String(32), ForeignKey("learners.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("series_id", String(32), ForeignKey("lesson_series.id"), nullable=False),
    Column("edition", Integer, nullable=False),
    Column("verdict", String(8)),  # null: not answered
    Index("ix_lessons_sent_series", "series_id", "edition", "position"),
)

#: How long a tick looks away from somebody who cannot be written to now.
LATER: Final = timedelta(days=1)


class State(StrEnum):
    """Whether lessons come."""

    ACTIVE = "active"
    STOPPED = "stopped"
    DONE = "done"


class Verdict(StrEnum):
    """How a question was answered, the first time."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Learner:
    """One telephone and one series. *zone*: of the site that it told; None: it told none."""

    id: str
    series_id: str
    route_id: str
    language: str
    edition: int
    position: int
    state: State
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many there are of one edition: *at* each lesson, by its position, and in all."""

    at: Mapping[int, int]
    done: int
    stopped: int

    @property
    def everybody(self) -> int:
        """All who ever subscribed, and were not erased."""
        return sum(self.at.values()) + self.done + self.stopped


async def join(
    db: Transaction,
    keyring: Keyring,
    series: Series,
    address: Address,
    *,
    language: str,
    now: datetime,
) -> Learner:
    """Let *address* learn; who had stopped goes on where they were, and who is done is done."""
    contact = contact_of(keyring, address)
    row = {
        "id": uuid4().hex,
        "series_id": series.id,
        "contact": contact,
        "route_id": await contacts.remember(db, keyring, address, now),
        "language": language,
        "edition": series.edition,
        "position": 0,
        "state": State.ACTIVE,
        "due_at": now,
        "since": midnight(now),
    }
    await db.execute(insert_new(db, learners), row)
    theirs = (learners.c.series_id == series.id) & (learners.c.contact == contact)
    stopped = theirs & (learners.c.state == State.STOPPED)
    again = {"state": State.ACTIVE, "due_at": now, "route_id": row["route_id"]}
    await db.execute(update(learners).where(stopped).values(again))
    return _learner((await db.execute(select(learners).where(theirs))).one())


async def latest(db: Reads, keyring: Keyring, address: Address) -> Learner | None:
    """Return what *address* learns: of several, what was sent last; None: nothing."""
    c = learners.c
    theirs = (c.contact == contact_of(keyring, address)) & (c.state == State.ACTIVE)
    row = (
        await db.execute(select(learners).where(theirs).order_by(c.due_at.desc(), c.id))
    ).first()
    return None if row is None else _learner(row)


async def end(db: Transaction, keyring: Keyring, address: Address) -> int:
    """Send *address* no more lessons; return how many series that ended."""
    c = learners.c
    theirs = (c.contact == contact_of(keyring, address)) & (c.state == State.ACTIVE)
    return (await db.execute(update(learners).where(theirs).values(state=State.STOPPED))).rowcount


async def erase(db: Transaction, keyring: Keyring, address: Address) -> None:
    """Erase what is known of *address* as a learner."""
    theirs = select(learners.c.id).where(learners.c.contact == contact_of(keyring, address))
    await db.execute(delete(lessons_sent).where(lessons_sent.c.learner_id.in_(theirs)))
    await db.execute(delete(learners).where(learners.c.id.in_(theirs)))


async def unused(db: Reads, route_ids: Collection[str]) -> frozenset[str]:
    """Return those of *route_ids* by which nobody learns, so that they can go."""
    c = learners.c
    here = select(c.route_id).where(c.route_id.in_(route_ids), c.state == State.ACTIVE)
    return frozenset(route_ids).difference((await db.execute(here)).scalars())


# --- sent ---------------------------------------------------------------------------------------


async def due(db: Reads, now: datetime, limit: int) -> Sequence[Learner]:
    """Return some whose next lesson is due, the longest first."""
    c = learners.c
    found = (
        select(learners, sites.c.zone)
        .select_from(
            learners.outerjoin(subscribers, subscribers.c.contact == c.contact).outerjoin(
                sites, sites.c.id == subscribers.c.site_id
            )
        )
        .where(c.state == State.ACTIVE, c.due_at <= now)
        .order_by(c.due_at, c.id)
        .limit(limit)
    )
    return [_learner(row, row.zone) for row in await db.execute(found)]


async def put_off(db: Transaction, learner: Learner, until: datetime) -> None:
    """Look at a learner again at *until*."""
    this = learners.c.id == learner.id
    await db.execute(update(learners).where(this).values(due_at=until))


async def give_up(db: Transaction, learner: Learner) -> None:
    """Send nothing more to somebody whose address is erased."""
    this = learners.c.id == learner.id
    await db.execute(update(learners).where(this).values(state=State.STOPPED))


async def advance(
    db: Transaction, learner: Learner, *, last: bool, every: int, now: datetime
) -> bool:
    """Note that the next lesson is sent; False: it was, or they have stopped meanwhile.

    To be called in the transaction that writes the message down. *every*: days until the next.
    """
    c, position = learners.c, learner.position + 1
    here = (c.id == learner.id) & (c.position == learner.position) & (c.state == State.ACTIVE)
    state = State.DONE if last else State.ACTIVE
    values = {"position": position, "state": state, "due_at": now + timedelta(days=every)}
    if (await db.execute(update(learners).where(here).values(values))).rowcount != 1:
        return False
    row = {
        "learner_id": learner.id,
        "position": position,
        "series_id": learner.series_id,
        "edition": learner.edition,
    }
    return (await db.execute(insert_new(db, lessons_sent), row)).rowcount == 1


async def find(db: Reads, learner_id: str) -> Learner | None:
    """Return one; None: they are erased."""
    row = (await db.execute(select(learners).where(learners.c.id == learner_id))).one_or_none()
    return None if row is None else _learner(row)


async def judged(db: Transaction, learner_id: str, position: int, verdict: Verdict) -> None:
    """Keep how a question was answered. The first answer counts."""
    c = lessons_sent.c
    this = (c.learner_id == learner_id) & (c.position == position) & c.verdict.is_(None)
    await db.execute(update(lessons_sent).where(this).values(verdict=verdict))


# --- counted ------------------------------------------------------------------------------------


async def standing(db: Reads, series_id: str, edition: int | None = None) -> Standing:
    """Return how far learners are; *edition* None: of all editions together."""
    c = learners.c
    here = [c.series_id == series_id, *([] if edition is None else [c.edition == edition])]
    grouped = select(c.state, c.position, func.count().label("n")).where(*here)
    at: dict[int, int] = {}
    ended = dict.fromkeys(State, 0)
    for row in await db.execute(grouped.group_by(c.state, c.position)):
        if row.state == State.ACTIVE:
            at[row.position] = at.get(row.position, 0) + row.n
        else:
            ended[State(row.state)] += row.n
    return Standing(dict(sorted(at.items())), ended[State.DONE], ended[State.STOPPED])


async def verdicts(db: Reads, series_id: str, edition: int) -> Mapping[int, Mapping[Verdict, int]]:
    """Return how each lesson's question was answered, by its position."""
    c = lessons_sent.c
    grouped = (
        select(c.position, c.verdict, func.count().label("n"))
        .where(c.series_id == series_id, c.edition == edition, c.verdict.is_not(None))
        .group_by(c.position, c.verdict)
        .order_by(c.position)
    )
    found: dict[int, dict[Verdict, int]] = {}
    for row in await db.execute(grouped):
        found.setdefault(row.position, dict.fromkeys(Verdict, 0))[Verdict(row.verdict)] = row.n
    return found


def _learner(row: Any, zone: str | None = None) -> Learner:
    return Learner(
        row.id,
        row.series_id,
        row.route_id,
        row.language,
        row.edition,
        row.position,
        State(row.state),
        zone,
    )
