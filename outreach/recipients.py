"""Who gets a broadcast: its audience, less those whose language it leaves out, zone by zone.

Selects only: nobody is ever listed here. What a select finds is counted, or planned for, by the
database itself.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    exists,
    func,
    literal,
    select,
    union_all,
)

from channels.ledger import BROADCAST, DEAD, State, outbox, standing
from outreach import survey_invitations
from outreach.announcements import Announcement, Fallback
from outreach.audiences import OWN_ZONE, Audience, by_zone, people
from outreach.copies import announcement_broadcasts
from outreach.subscribers import subscribers
from storage.unit_of_work import Reads

People: TypeAlias = Select[tuple[str, str, str]]

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
    """So many people of one zone and channel who read one language."""

    zone: str
    channel: str
    language: str
    people: int


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


def chosen(
    announcement: Announcement,
    spoken: Collection[str],
    found: People,
    *,
    now: datetime,
    every_language: bool = False,
    calls: Calls | None = None,
) -> People:
    """Return those of *found* who get it at *now*; *spoken* are the languages that it speaks.

    *every_language*: those as well who get nothing for lack of theirs, to count them. *calls*:
    who is called up, and stands here with the line that calls for a channel.
    """
    person = found.subquery("person").c
    channel = person.channel if calls is None else _called_or_not(person, calls)
    those: People = select(person.route_id, channel, person.language)
    if announcement.draft.fallback is Fallback.SKIP and not every_language:
        those = those.where(person.language.in_(sorted(spoken)))
    if announcement.draft.again_of is not None:
        those = those.where(_missed(announcement.draft.again_of, person.route_id))
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
    return case(*lines, else_=person.channel).label("channel")


def not_in(broadcasts: Collection[str], found: People) -> People:
    """Return those of *found* who are in none of *broadcasts*.

    Whoever moves to another zone between the planning of two would be in both.
    """
    if not broadcasts:
        return found
    person = found.subquery("person").c
    here = _rows(outbox.c.broadcast.in_(sorted(broadcasts)), person.route_id)
    return select(person.route_id, person.channel, person.language).where(~exists().where(here))


async def counted(db: Reads, zones: Mapping[str, People]) -> list[Group]:
    """Count the people of *zones* by channel and language, in one query."""
    each = []
    for zone, found in sorted(zones.items()):
        person = found.subquery().c
        by = (person.channel, person.language)
        each.append(
            select(literal(zone).label("zone"), *by, func.count().label("people")).group_by(*by)
        )
    if not each:
        return []
    rows = await db.execute(union_all(*each))
    return sorted(
        (Group(row.zone, row.channel, row.language, row.people) for row in rows),
        key=lambda one: (one.zone, one.channel, one.language),
    )


def _missed(announcement: str, route_id: ColumnElement[str]) -> ColumnElement[bool]:
    of = announcement_broadcasts.c
    its = outbox.c.broadcast.in_(select(of.broadcast).where(of.announcement == announcement))
    dead = _rows(its, route_id) & standing(*DEAD)
    alive = frozenset(State) - DEAD - {State.CANCELLED}
    other = outbox.alias()
    same = other.c.broadcast.in_(select(of.broadcast).where(of.announcement == announcement))
    lives = (other.c.route_id == route_id) & standing(*alive, of=other)
    return exists().where(dead) & ~exists().where(other.c.broadcast.is_not(None), same, lives)


def _rows(its: ColumnElement[bool], route_id: ColumnElement[str]) -> ColumnElement[bool]:
    return BROADCAST & its & (outbox.c.route_id == route_id)
