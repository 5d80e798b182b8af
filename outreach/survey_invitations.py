"""Who is asked to answer: a sample drawn at random from an audience, and called to mind twice.

A subscriber's id is a random number, made when they joined and for nothing else. So those who
follow each other in the order of the ids, from a place that is drawn by lot, are a random sample;
the place is kept, and the draw can be told and repeated.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)

from channels.ledger import BROADCAST, outbox
from forum import audit
from outreach import announcements, audiences, survey_tallies
from outreach.audiences import Audience
from outreach.subscribers import State as Subscribed
from outreach.subscribers import subscribers
from outreach.survey_tallies import Profile
from outreach.surveys import State as Going
from outreach.surveys import Survey, surveys
from storage.base import metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

survey_invitations = Table(
    "survey_invitations",
    metadata,
    Column("survey_id", String(32), ForeignKey("surveys.id"), primary_key=True),
    Column("subscriber_id", String(32), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("written", Integer, nullable=False),  # how often they were written to
    # What was known of them when they were drawn; empty: nothing.
    Column("site_id", String(32), nullable=False, server_default=""),
    Column("role", String(16), nullable=False, server_default=""),
    Column("gender", String(16), nullable=False, server_default=""),
    Column("language", String(16), nullable=False, server_default=""),
)

#: The columns of what was known of somebody, in the order of ``Profile``.
_PROFILE: Final = tuple(
    survey_invitations.c[name] for name in ("site_id", "role", "gender", "language")
)

#: How often somebody who does not answer is called to mind.
MOST_REMINDERS: Final = 2

#: How often anybody is written to for one survey: to be asked, and to be called to mind.
MOST_WRITTEN: Final = 1 + MOST_REMINDERS

#: The largest sample that is drawn at once.
LARGEST: Final = 1_000_000


class State(StrEnum):
    """What became of an invitation."""

    ASKED = "asked"
    STARTED = "started"
    DONE = "done"


class Drawn(Exception):
    """A sample has been drawn before, or nobody is in the audience."""


async def draw(
    db: Transaction,
    survey: Survey,
    audience: Audience,
    size: int,
    *,
    by_site: bool,
    by: str,
    now: datetime,
    seed: str | None = None,
) -> int:
    """Draw a sample of *size* from *audience*; return how many are in it. Raises ``Drawn``.

    *by_site*: from each site as many as its share of the audience, by the largest remainders.
    *seed*: 32 hexadecimal digits where the draw begins; None: drawn by lot.
    """
    # One after the other: of two clicks at the same moment the second finds it drawn.
    here = select(surveys.c.drawn).where(surveys.c.id == survey.id).with_for_update()
    if size < 1 or (await db.execute(here)).scalar_one():
        raise Drawn
    sites = await _by_site(db, audience) if by_site else {}
    population = sum(sites.values()) if by_site else await audiences.count(db, audience)
    if not population:
        raise Drawn
    start = seed or uuid4().hex
    people = _ids(audience).subquery("people")
    lots = (
        _of_each(people, _shares(sites, size), start) if by_site else _of_all(people, size, start)
    )
    drawn = await _write(db, survey, lots)
    its = select(*_PROFILE).where(survey_invitations.c.survey_id == survey.id)
    await survey_tallies.count_drawn(db, survey.id, its.subquery("its"))
    await db.execute(
        update(surveys)
        .where(surveys.c.id == survey.id)
        .values(
            population=population,
            drawn=drawn,
            seed=start,
            by_site=by_site,
            audience=audience.to_json(),
        )
    )
    await audit.record(db, actor=by, act="survey.drawn", subject=survey.id, now=now)
    return drawn


async def may_be_put_back(db: Reads, survey: Survey) -> bool:
    """Whether a sample was drawn of which nobody was written to, or has answered."""
    c = survey_invitations.c
    touched = (c.written > 0) | (c.state != State.ASKED)
    some = select(c.subscriber_id).where(c.survey_id == survey.id, touched).limit(1)
    if not survey.drawn or (await db.execute(some)).first() is not None:
        return False
    its = announcements.announcements.c
    leaves = select(its.id).where(its.survey_id == survey.id, its.began_at.is_not(None)).limit(1)
    return (await db.execute(leaves)).first() is None


async def put_back(db: Transaction, survey: Survey, *, by: str, now: datetime) -> bool:
    """Put a sample back, so that another can be drawn; False: ``may_be_put_back`` says no."""
    # As in ``draw``: one after the other.
    here = surveys.c.id == survey.id
    await db.execute(select(surveys.c.id).where(here).with_for_update())
    if not await may_be_put_back(db, survey):
        return False
    await db.execute(delete(survey_invitations).where(survey_invitations.c.survey_id == survey.id))
    await survey_tallies.forget_drawn(db, survey.id)
    undrawn = {"population": 0, "drawn": 0, "seed": None, "by_site": False, "audience": None}
    await db.execute(update(surveys).where(here).values(undrawn))
    await audit.record(db, actor=by, act="survey.undrawn", subject=survey.id, now=now)
    return True


async def _by_site(db: Transaction, audience: Audience) -> dict[str, int]:
    """Return how many of an audience are at each site; under an empty name: at none."""
    people = _ids(audience).subquery("people")
    site = func.coalesce(people.c.site_id, "")
    found = await db.execute(select(site.label("site"), func.count().label("n")).group_by(site))
    return {row.site: row.n for row in found}


def _shares(counts: dict[str, int], size: int) -> dict[str, int]:
    """Share *size* out by the method of the largest remainders (Hare), as seats are."""
    everybody = sum(counts.values())
    size = min(size, everybody)
    exact = {site: size * n / everybody for site, n in counts.items()}
    shares = {site: int(share) for site, share in exact.items()}
    left = size - sum(shares.values())
    by_remainder = sorted(exact, key=lambda site: (shares[site] - exact[site], site))
    for site in by_remainder[:left]:
        shares[site] += 1
    return {site: share for site, share in shares.items() if share}


def _ids(audience: Audience) -> Select[tuple[str, str | None]]:
    """Select id and site of everybody in *audience*."""
    return audiences.people(audience).with_only_columns(
        subscribers.c.id, subscribers.c.site_id, maintain_column_froms=True
    )


def _of_all(people: Subquery, size: int, start: str) -> Select[tuple[str]]:
    """Select *size* ids of *people*, those that follow *start*."""
    return select(people.c.id).order_by(*_order(people, start)).limit(size)


def _of_each(people: Subquery, shares: dict[str, int], start: str) -> Select[tuple[str]]:
    """Select as many ids of each site as *shares* says, those that follow *start*: one pass."""
    site = func.coalesce(people.c.site_id, "")
    place = func.row_number().over(partition_by=site, order_by=_order(people, start))
    lots = select(people.c.id, site.label("site"), place.label("place")).subquery("lots")
    # First what is true of few: each of those left is then looked up among the sites.
    few = lots.c.place <= max(shares.values())
    return select(lots.c.id).where(few, lots.c.place <= case(shares, value=lots.c.site, else_=0))


def _order(people: Subquery, start: str) -> tuple[ColumnElement[Any], ...]:
    return case((people.c.id >= start, 0), else_=1), people.c.id


async def _write(db: Transaction, survey: Survey, lots: Select[tuple[str]]) -> int:
    ids = lots.subquery("chosen")
    known = [func.coalesce(subscribers.c[column.name], "") for column in _PROFILE]
    rows = select(
        literal(survey.id), ids.c.id, literal(State.ASKED.value), literal(0), *known
    ).select_from(ids.join(subscribers, subscribers.c.id == ids.c.id))
    names = [
        "survey_id",
        "subscriber_id",
        "state",
        "written",
        *(column.name for column in _PROFILE),
    ]
    done = await db.execute(insert(db, survey_invitations).from_select(names, rows))
    return int(done.rowcount)


async def heed(
    db: Transaction, survey_id: str, subscriber_id: str, state: State
) -> Profile | None:
    """Note that somebody who was asked answers; None: they were not asked.

    What is returned was known of them when the sample was drawn.
    """
    c = survey_invitations.c
    theirs = (c.survey_id == survey_id) & (c.subscriber_id == subscriber_id)
    known = (await db.execute(select(*_PROFILE).where(theirs))).one_or_none()
    if known is None:
        return None
    await db.execute(update(survey_invitations).where(theirs).values(state=state))
    asked = survey_tallies.ASKED
    return Profile(known.site_id, known.role, known.gender, known.language, asked)


def waiting(survey_id: str, now: datetime) -> Select[tuple[str]]:
    """Select route_id of those in the sample who may be written to: asked, or called to mind.

    Nobody who has come to the end, wants no news, or was written to often enough; and nobody at
    all once the survey was closed, or its time is over.
    """
    c = survey_invitations.c
    joined = survey_invitations.join(subscribers, subscribers.c.id == c.subscriber_id)
    listens = _listening(survey_id, now)
    return (
        select(subscribers.c.route_id)
        .select_from(joined)
        .where(
            c.survey_id.in_(listens),
            subscribers.c.state == Subscribed.ACTIVE,
            c.state != State.DONE,
            c.written < MOST_WRITTEN,
        )
    )


def anybody(survey_id: str, now: datetime) -> ColumnElement[bool]:
    """Return whether whoever is in a broadcast's audience may be invited: no sample was drawn."""
    return exists(_listening(survey_id, now).where(surveys.c.drawn == 0))


def _listening(survey_id: str, now: datetime) -> Select[tuple[str]]:
    its = surveys.c
    return select(its.id).where(its.id == survey_id, its.state == Going.OPEN, its.expires_at > now)


async def wrote(db: Transaction, survey_id: str, broadcasts: Collection[str]) -> int:
    """Note that those of a sample who are in *broadcasts* were written to; return how many.

    To be called once all rows of these broadcasts of the send ledger are there.
    """
    c, row = survey_invitations.c, outbox.c
    theirs = BROADCAST & row.broadcast.in_(sorted(broadcasts))
    # Named by state, so that the index over the list of subscribers leads to them.
    listed = subscribers.c.state.in_(list(Subscribed))
    here = listed & subscribers.c.route_id.in_(select(row.route_id).where(theirs))
    noted = await db.execute(
        update(survey_invitations)
        .where(c.survey_id == survey_id, c.subscriber_id.in_(select(subscribers.c.id).where(here)))
        .values(written=c.written + 1)
    )
    return int(noted.rowcount)


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the invitations of a survey."""

    asked: int
    started: int
    done: int
    waiting: int  # not at the end, and not written to often enough


async def standing(db: Reads, survey_id: str) -> Standing:
    """Return what became of the invitations of a survey."""
    c = survey_invitations.c
    found = await db.execute(
        select(c.state, c.written, func.count().label("n"))
        .where(c.survey_id == survey_id)
        .group_by(c.state, c.written)
    )
    rows = found.all()

    def of(*states: State) -> int:
        return sum(row.n for row in rows if row.state in states)

    waiting = [row for row in rows if row.state != State.DONE and row.written < MOST_WRITTEN]
    return Standing(
        of(*State), of(State.STARTED, State.DONE), of(State.DONE), sum(row.n for row in waiting)
    )
