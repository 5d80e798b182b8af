"""Whom something is for: an audience is a choice among those who listen, compiled to one query.

Nothing here ever holds the people themselves: an audience is counted, sampled and planned for in
the database. A telephone on which several people listen is in it once, when one of them fits.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from channels.broadcasts import broadcasts
from channels.ledger import BROADCAST, outbox
from channels.ledger import State as Sent
from forum.bodies import sites
from outreach import copies
from outreach.companions import companions
from outreach.subscribers import State, subscribers
from storage.among import among_those
from storage.base import Instant
from storage.unit_of_work import Reads

#: How many people a sample shows; of fewer than ``FEWEST`` it shows none.
SAMPLE: Final = 10

#: A smaller count is shown as «fewer than». It is the planner's own page and no publication, so
#: a plain threshold will do: it keeps small groups from being asked out one by one.
FEWEST: Final = 5

#: When somebody last said a word about news, in days before now; «never»: not since they came on.
HEARD: Final[Mapping[str, int]] = {"week": 7, "month": 30, "quarter": 90, "silent": 90, "never": 0}

#: As far as a message comes: some providers report no delivery.
_ARRIVED: Final = (Sent.ACCEPTED, Sent.DELIVERED)


@dataclass(frozen=True, slots=True)
class Audience:
    """Subscribers who fit every field; of a field, any of its values. An empty one lets all in.

    *sites*: ids. *districts*, *minerals*, *methods*, *deposits*, *scales*: as the sites have
    them. *channels*: as the subscribers came, such as ``sms``. *heard*: keys of ``HEARD``.
    *answered*, *not_reached*: ids of announcements that arrived and since which somebody said a
    word about news, or that were meant for them and never arrived, for as long as the ledger has
    them; or of single broadcasts of the ledger, as they were kept once.
    """

    sites: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    minerals: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    deposits: frozenset[str] = frozenset()
    scales: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    genders: frozenset[str] = frozenset()
    formalities: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    not_reached: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """Return it as it is kept in a column; the same audience gives the same text."""
        chosen = {name: sorted(values) for name, values in self.chosen().items() if values}
        return json.dumps(chosen, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote; a field that is not known any more is left out."""
        kept: Mapping[str, Any] = json.loads(text)
        known = {field.name for field in fields(cls)}
        return cls(**{name: frozenset(kept[name]) for name in kept if name in known})

    def chosen(self) -> Mapping[str, frozenset[str]]:
        """Return the values of each field by its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


EVERYBODY = Audience()

#: The zone of who is at no site, or at one without a zone: that of the forum's calendar.
OWN_ZONE: Final = ""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Somebody of an audience, as far as a planner may see them: nothing that could be matched."""

    site: str | None  # its code
    role: str | None
    language: str
    channel: str
    heard_at: datetime | None  # midnight UTC of the day


# --- the query -----------------------------------------------------------------------------------


def people(audience: Audience, *, zone: str | None = None) -> Select[tuple[str, str, str]]:
    """Select route_id, channel and language of each active subscriber in *audience*, once.

    *zone*: only those who live in it, as ``by_zone`` names it; None: wherever they live.
    """
    listed = select(subscribers.c.route_id, subscribers.c.channel, subscribers.c.language)
    listed = listed.where(fits(audience))
    return listed if zone is None else listed.where(_lives_in(zone))


def fits(audience: Audience) -> ColumnElement[bool]:
    """Return the condition on ``subscribers``."""
    theirs: dict[str, ColumnElement[Any]] = {
        "languages": subscribers.c.language,
        "channels": subscribers.c.channel,
        "cohorts": subscribers.c.cohort,
    }
    spoken: dict[str, Callable[[str], ColumnElement[bool]]] = {
        "heard": _was_heard,
        "answered": _has_answered,
        "not_reached": _was_missed,
    }
    chosen = audience.chosen()
    phone = [subscribers.c.state == State.ACTIVE, *_among(theirs, chosen)]
    phone += [
        or_(*(said(value) for value in sorted(chosen[name])))
        for name, said in spoken.items()
        if chosen[name]
    ]
    somebody = _who(subscribers, chosen)
    if not somebody:
        return and_(*phone)
    others = select(companions.c.subscriber_id).where(*_who(companions, chosen))
    return and_(*phone, or_(and_(*somebody), subscribers.c.id.in_(others)))


def _who(listed: FromClause, chosen: Mapping[str, frozenset[str]]) -> list[ColumnElement[bool]]:
    """Return what a person must be, of those in *listed*."""
    person = {
        "sites": listed.c.site_id,
        "phases": listed.c.phase,
        "roles": listed.c.role,
        "genders": listed.c.gender,
        "formalities": listed.c.formality,
    }
    place = {
        "districts": sites.c.district,
        "minerals": sites.c.mineral,
        "methods": sites.c.method,
        "deposits": sites.c.deposit,
        "scales": sites.c.scale,
    }
    wanted, where = _among(person, chosen), _among(place, chosen)
    if where:
        wanted.append(listed.c.site_id.in_(select(sites.c.id).where(*where)))
    return wanted


def _among(
    columns: Mapping[str, ColumnElement[Any]], chosen: Mapping[str, frozenset[str]]
) -> list[ColumnElement[bool]]:
    return [column.in_(sorted(chosen[name])) for name, column in columns.items() if chosen[name]]


def _lives_in(zone: str) -> ColumnElement[bool]:
    """Where the first of a telephone works is taken for where it rings."""
    at_site = subscribers.c.site_id
    if zone != OWN_ZONE:
        return at_site.in_(select(sites.c.id).where(sites.c.zone == zone))
    return or_(at_site.is_(None), at_site.in_(select(sites.c.id).where(sites.c.zone.is_(None))))


def _was_heard(since: str) -> ColumnElement[bool]:
    heard_at = subscribers.c.heard_at
    if since not in HEARD:
        return ~true()  # chosen in another release
    if since == "never":
        return heard_at.is_(None)
    edge = _DaysAgo(literal(HEARD[since]))
    return heard_at < edge if since == "silent" else heard_at >= edge


def _has_answered(told: str) -> ColumnElement[bool]:
    its = among_those(broadcasts.c.id, copies.of(told))
    begun = select(func.min(broadcasts.c.made_at)).where(its).scalar_subquery()
    # A word is kept as the beginning of its day, which was up to a day before it.
    word = type_coerce(subscribers.c.heard_at, BigInteger) > type_coerce(begun, BigInteger) - _DAY
    return and_(word, subscribers.c.route_id.in_(_rows_of(told).where(_HAS_ARRIVED)))


def _was_missed(told: str) -> ColumnElement[bool]:
    """What has left the ledger was meant for nobody any more, so that nothing is sent twice."""
    meant = subscribers.c.route_id.in_(_rows_of(told))
    return and_(meant, subscribers.c.route_id.not_in(_rows_of(told).where(_HAS_ARRIVED)))


def _rows_of(told: str) -> Select[tuple[str]]:
    its = among_those(outbox.c.broadcast, copies.of(told))
    return select(outbox.c.route_id).where(BROADCAST, its)


_HAS_ARRIVED: Final = outbox.c.state.in_(_ARRIVED)

#: Microseconds, as ``Instant`` keeps them.
_DAY: Final = 86_400_000_000


class _DaysAgo(FunctionElement[datetime]):
    """So many days before the moment at which the database answers.

    An audience is kept, and may be planned for a week later: its days are counted from then.
    """

    type = Instant()
    inherit_cache = True
    name = "days_ago"


@compiles(_DaysAgo, "sqlite")
def _on_sqlite(element: _DaysAgo, compiler: SQLCompiler, **how: Any) -> str:
    days = compiler.process(element.clauses, **how)
    # 2440587.5 is the Julian day of 1970.
    return f"CAST((julianday('now') - 2440587.5 - {days}) * {_DAY}.0 AS INTEGER)"


@compiles(_DaysAgo, "postgresql")
def _on_postgresql(element: _DaysAgo, compiler: SQLCompiler, **how: Any) -> str:
    days = compiler.process(element.clauses, **how)
    return f"CAST((extract(epoch FROM now()) / 86400 - {days}) * {_DAY} AS BIGINT)"


# --- what is counted -----------------------------------------------------------------------------


async def count(db: Reads, audience: Audience) -> int:
    """Return how many people are in an audience now: telephones, whoever shares them."""
    counted = select(func.count()).select_from(subscribers).where(fits(audience))
    return int((await db.execute(counted)).scalar_one())


async def by_zone(db: Reads, audience: Audience) -> Mapping[str, int]:
    """Return how many of an audience live in each time zone, by its IANA name.

    ``OWN_ZONE`` stands for the zone of the forum's calendar.
    """
    zone = func.coalesce(sites.c.zone, OWN_ZONE).label("zone")
    return await _counted(db, audience, zone)


async def by_language(db: Reads, audience: Audience) -> Mapping[str, int]:
    """Return how many of an audience read each language, by its tag."""
    return await _counted(db, audience, subscribers.c.language)


async def by_channel(db: Reads, audience: Audience) -> Mapping[str, int]:
    """Return how many of an audience are reached by each channel."""
    return await _counted(db, audience, subscribers.c.channel)


async def by_site(db: Reads, audience: Audience) -> Mapping[str, int]:
    """Return how many of an audience work at each site, by its code; empty: at none we know."""
    return await _counted(db, audience, func.coalesce(sites.c.code, ""))


async def _counted(db: Reads, audience: Audience, by: ColumnElement[str]) -> Mapping[str, int]:
    grouped = select(by.label("value"), func.count().label("n")).select_from(_AT_SITES)
    found = await db.execute(grouped.where(fits(audience)).group_by(by).order_by(by))
    return {row.value: row.n for row in found}


async def sample(db: Reads, audience: Audience) -> Sequence[Sampled]:
    """Return some of an audience: always the same, so that nobody looks until they see all.

    None of an audience of fewer than ``FEWEST``.
    """
    columns = (subscribers.c.role, subscribers.c.language, subscribers.c.channel)
    listed = select(sites.c.code.label("site"), *columns, subscribers.c.heard_at)
    some = listed.select_from(_AT_SITES).where(fits(audience)).order_by(subscribers.c.id)
    found = [Sampled(**row) for row in (await db.execute(some.limit(SAMPLE))).mappings()]
    return found if len(found) >= FEWEST else []


_AT_SITES: Final = subscribers.outerjoin(sites, sites.c.id == subscribers.c.site_id)
