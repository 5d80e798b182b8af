"""Who gets a broadcast: its audience, less those whose language it leaves out, zone by zone.

Selects only: nobody is ever listed here. What a select finds is counted, or planned for, by the
database itself.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from channels.archive import archive
from channels.broadcasts import broadcasts
from channels.ledger import ALIVE, BROADCAST, DEAD, outbox, standing
from channels.routing import CALLS, NUMBERED
from outreach import announcements, survey_invitations
from outreach.announcements import Again, Announcement, Fallback
from outreach.audiences import EVERYBODY, OWN_ZONE, Audience, by_zone, people
from outreach.copies import announcement_broadcasts
from outreach.subscribers import subscribers
from storage.unit_of_work import Reads

People: TypeAlias = Select[tuple[str, str, str]]

NOBODY: Final[People] = people(EVERYBODY).where(false())

#: Tells an audience apart by time zone: each person once, and in one zone.
Zones: TypeAlias = Callable[[Reads, Audience], Awaitable[Mapping[str, People]]]


@dataclass(frozen=True, slots=True)
class Calls:
    """Who is called up instead of written to: who reads one of *languages*, and has a telephone.

    *lines*: by the channel that they are on, the line that calls them.
    """

    languages: frozenset[str]
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """So many people of one zone and channel who read one language.

    *each*: how many of them get each part; empty: all get every one.
    """

    zone: str
    channel: str
    language: str
    people: int
    each: tuple[int, ...] = ()


def all_in(zone: str) -> Zones:
    """Return ``Zones`` by which everybody lives in *zone*."""

    async def zones(_db: Reads, audience: Audience) -> Mapping[str, People]:
        return {zone: people(audience)}

    return zones


def at_home(own: str) -> Zones:
    """Return ``Zones`` by which everybody lives where they work, by the zone of that site.

    Who works at no site that we know, or at one without a zone of its own, lives in *own*.
    """

    async def zones(db: Reads, audience: Audience) -> Mapping[str, People]:
        found: dict[str, list[People]] = {}
        for zone in await by_zone(db, audience) or [OWN_ZONE]:
            found.setdefault(zone or own, []).append(people(audience, zone=zone))
        return {zone: _together(several) for zone, several in found.items()}

    return zones


def _together(several: Sequence[People]) -> People:
    """Return all of *several* selects, in none of which is anybody of another."""
    if len(several) == 1:
        return several[0]
    person = union_all(*several).subquery().c
    return select(person.route_id, person.channel, person.language)


@dataclass(frozen=True, slots=True)
class Missed:
    """Whom the broadcast *of* did not reach, though others of *tried* may have done so since.

    *parts*: so many are tried again. *by*: by which channel; *anew*: none of them by that before.
    """

    of: str
    tried: frozenset[str]
    parts: int
    by: Again = Again.SAME
    anew: bool = True

    def anything(self, route_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether any part did not arrive there that is tried again."""
        some = or_(*(self.part(number, route_id) for number in range(self.parts)))
        # What most people are spared is asked first.
        return exists().where(self._dead(), outbox.c.route_id == route_id) & some

    def part(self, part: int, route_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether *part* did not arrive there, and is not under way. A call tells every part."""
        there = outbox.c.route_id == route_id
        other = outbox.alias()
        lives = standing(*ALIVE, of=other) & (other.c.route_id == route_id)
        same = other.c.broadcast.in_(_of_all(self.tried))
        dead = self._dead() & self._since_shelved(part)
        return exists().where(dead, there, _tells(part)) & ~exists().where(
            other.c.broadcast.is_not(None), same, lives, _tells(part, other)
        )

    def _since_shelved(self, part: int) -> ColumnElement[bool]:
        """Whether the ledger still has every try since then that may have brought *part*.

        Whom one reached that has left the ledger nobody knows any more: none of those who were
        planned for before it is sent *part* again. What was planned after it knew of it.
        """
        brought = standing(*ALIVE, of=archive) & _tells(part, archive)
        same = archive.c.broadcast.in_(_of_all(self.tried))
        last = (
            select(func.max(broadcasts.c.made_at))
            .join(archive, archive.c.broadcast == broadcasts.c.id)
            .where(same, brought)
            .correlate(None)
            .scalar_subquery()
        )
        return func.coalesce(last <= outbox.c.made_at, true())

    def _dead(self) -> ColumnElement[bool]:
        dead = BROADCAST & outbox.c.broadcast.in_(_of_all({self.of})) & standing(*DEAD)
        if not self.anew or self.by is Again.SAME:
            return dead
        others = outbox.c.channel.in_(sorted({*CALLS, *NUMBERED}))
        return dead & (others if self.by is Again.SMS else outbox.c.channel.not_in(sorted(CALLS)))


def _of_all(several: Collection[str]) -> Select[tuple[str]]:
    of = announcement_broadcasts.c
    return select(of.broadcast).where(of.announcement.in_(sorted(several)))


def _tells(part: int, of: FromClause = outbox) -> ColumnElement[bool]:
    return or_(of.c.part == part, of.c.channel.in_(sorted(CALLS)))


async def missed(db: Reads, announcement: Announcement) -> Missed | None:
    """Return whom *announcement* tries again; None: it is no second try."""
    draft = announcement.draft
    if draft.again_of is None:
        return None
    tried = await announcements.tried(db, draft, but=announcement.id)
    before = await announcements.find(db, draft.again_of)
    anew = before is None or before.draft.again_by is not draft.again_by
    return Missed(draft.again_of, tried, draft.parts, draft.again_by, anew)


async def kin(db: Reads, broadcast: str) -> frozenset[str]:
    """Return the broadcasts that tried to reach the same people with the same, itself too."""
    its = announcement_broadcasts.c
    found = select(its.announcement).where(its.broadcast == broadcast)
    this = await announcements.find(db, (await db.execute(found)).scalar() or "")
    if this is None:
        return frozenset({broadcast})
    several = {this.id} | await announcements.tried(db, this.draft, but=this.id)
    return frozenset((await db.execute(_of_all(several))).scalars())


def chosen(
    announcement: Announcement,
    spoken: Collection[str],
    found: People,
    *,
    now: datetime,
    every_language: bool = False,
    calls: Calls | None = None,
    missed: Missed | None = None,
) -> People:
    """Return those of *found* who get it at *now*; *spoken* are the languages that it speaks.

    *every_language*: those as well who get nothing for lack of theirs, to count them. *calls*:
    who is called up, and stands here with the line that calls for a channel. *missed*: only whom
    another did not reach (``missed``).
    """
    person = found.subquery("person").c
    channel = person.channel if calls is None else _called_or_not(person, calls)
    if missed is not None and missed.by is Again.SMS:
        channel = case((channel.in_(sorted(NUMBERED)), literal("sms")), else_=channel)
    those: People = select(person.route_id, channel.label("channel"), person.language)
    if announcement.draft.fallback is Fallback.SKIP and not every_language:
        those = those.where(person.language.in_(sorted(spoken)))
    if missed is not None:
        those = those.where(missed.anything(person.route_id))
    if missed is not None and missed.by is Again.CALL:
        those = those.where(channel.in_(sorted(CALLS)))
    if announcement.draft.survey_id is not None:
        survey = announcement.draft.survey_id
        asked = person.route_id.in_(survey_invitations.waiting(survey, now))
        those = those.where(asked | survey_invitations.anybody(survey, now))
    return those


def _called_or_not(person: Any, calls: Calls) -> ColumnElement[str]:
    unwilling = select(subscribers.c.route_id).where(subscribers.c.uncalled.is_(True))
    willing = person.language.in_(sorted(calls.languages)) & person.route_id.not_in(unwilling)
    lines = [
        ((person.channel == channel) & willing, literal(line))
        for channel, line in sorted(calls.lines.items())
    ]
    return case(*lines, else_=person.channel)


def not_in(broadcasts: Collection[str], found: People) -> People:
    """Return those of *found* who are in none of *broadcasts*.

    Whoever moves to another zone between the planning of two would be in both.
    """
    if not broadcasts:
        return found
    person = found.subquery("person").c
    here = _rows(outbox.c.broadcast.in_(sorted(broadcasts)), person.route_id)
    return select(person.route_id, person.channel, person.language).where(~exists().where(here))


async def counted(
    db: Reads, zones: Mapping[str, People], missed: Missed | None = None
) -> list[Group]:
    """Count the people of *zones* by channel and language, in one query.

    *missed*: how many get each part as well, where they get only what did not arrive.
    """
    each = []
    for zone, found in sorted(zones.items()):
        person = found.subquery().c
        by = (person.channel, person.language)
        people = func.count().label("people")
        parts = [] if missed is None else _each_part(missed, person.route_id)
        each.append(select(literal(zone).label("zone"), *by, people, *parts).group_by(*by))
    if not each:
        return []
    rows = await db.execute(union_all(*each))
    return sorted(
        (_group(row) for row in rows.all()),
        key=lambda one: (one.zone, one.channel, one.language),
    )


def _group(row: Row[Any]) -> Group:
    each = tuple(int(one) for one in tuple(row)[len(_GROUPED) :])
    return Group(row.zone, row.channel, row.language, row.people, each)


_GROUPED: Final = ("zone", "channel", "language", "people")


def _each_part(missed: Missed, route_id: ColumnElement[str]) -> list[ColumnElement[int]]:
    parts = (missed.part(number, route_id) for number in range(missed.parts))
    return [func.sum(case((wanted, 1), else_=0)) for wanted in parts]


def _rows(its: ColumnElement[bool], route_id: ColumnElement[str]) -> ColumnElement[bool]:
    return BROADCAST & its & (outbox.c.route_id == route_id)
