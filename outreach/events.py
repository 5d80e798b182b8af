"""Outreach that is no text: a radio, a visit, a training, a licence counter, with who was there.

An event is never deleted. Who corrects one strikes it out and writes another in its place; who
strikes one out says why, and both stay readable. One that told of a rule counts once a second
person has confirmed it (``vouching``); corrected, it waits for one again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from forum import audit, bodies
from forum.members import Member
from locales import languages
from outreach import rule_changes, telling, vouching
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

outreach_events = Table(
    "outreach_events",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("rule_id", String(32), ForeignKey("rule_changes.id")),  # null: of no rule
    Column("edition", Integer),  # which miners heard on that day
    Column("tells", String(8), nullable=False),  # the parts that were told, as digits
    Column("site_id", String(32), ForeignKey("sites.id")),  # null: a whole district
    Column("district", String(100)),
    Column("language", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("women", Integer, nullable=False),
    Column("men", Integer, nullable=False),
    Column("unsaid", Integer, nullable=False),
    Column("reach", Integer, nullable=False),  # estimated listeners of a radio
    Column("materials", Text, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("replaces", String(32)),  # the one that this corrects
    Column("struck_by", String(32)),
    Column("struck_at", Instant),
    Column("struck_why", Text),  # empty: it was corrected
    Column("confirmed_by", String(32)),
    Column("confirmed_at", Instant),  # null: it waits for a second person
    Index("ix_outreach_events_rule_id", "rule_id", "edition"),
    Index("ix_outreach_events_day", "day", "made_at"),
)

#: People at one event, and listeners of one radio.
MOST_PEOPLE: Final = 100_000
MOST_REACH: Final = 10_000_000

MATERIALS_CHARACTERS: Final = 500
WHY_CHARACTERS: Final = 500

#: Events on a page.
PAGE: Final = 50


class Kind(StrEnum):
    """How people were told."""

    RADIO = "radio"
    VISIT = "visit"
    TRAINING = "training"
    COUNTER = "counter"  # where licences are asked for


class Wrong(Exception):
    """What was said makes no event: the names of the fields that are wrong.

    «early» is the day, too: by then nobody could have heard of the rule.
    """

    def __init__(self, fields: frozenset[str]) -> None:
        super().__init__(*sorted(fields))
        self.fields = fields


class Changed(Exception):
    """It was struck out meanwhile."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an event. One of *site_id* and *district* is given.

    *rule_id*, with *tells*: the digits of the parts that were told; neither: it told of no rule.
    *women*, *men*, *unsaid*: who was there. *reach*: of a radio, how many listen, as an estimate.
    """

    kind: str
    language: str
    day: date
    site_id: str | None = None
    district: str | None = None
    rule_id: str | None = None
    tells: str = ""
    women: int = 0
    men: int = 0
    unsaid: int = 0
    reach: int = 0
    materials: str = ""

    @property
    def people(self) -> int:
        """How many were told: who was there, or who listens to a radio."""
        there = self.women + self.men + self.unsaid
        return max(self.reach, there) if self.kind == Kind.RADIO else there


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is kept.

    Before *confirmed_at* it does not count yet, and from *struck_at* on no more.
    """

    id: str
    told: Told
    edition: int | None
    made_by: str
    made_at: datetime
    replaces: str | None
    struck_by: str | None
    struck_at: datetime | None
    struck_why: str | None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether it would count for a rule if a second person confirmed it."""
        open_ = self.struck_at is None and self.confirmed_at is None
        return open_ and self.told.rule_id is not None


async def add(db: Transaction, told: Told, *, by: str, now: datetime, zone: tzinfo) -> str:
    """Keep an event and return its id. Raises ``Wrong``.

    *by*: a member's id, here and below; *zone*: the forum's, whose days are told.
    """
    made = await _write(db, told, by=by, now=now, zone=zone)
    await audit.record(db, actor=by, act="outreach.added", subject=made, now=now)
    return made


async def correct(
    db: Transaction, event_id: str, told: Told, *, by: str, now: datetime, zone: tzinfo
) -> str:
    """Strike an event out and keep another in its place. Raises ``Wrong`` and ``Changed``.

    Of the same rule on the same day, it stays one of the same edition.
    """
    before = await find(db, event_id)
    if before is None:
        raise Changed
    made = await _write(db, told, by=by, now=now, zone=zone, before=before)
    await _strike(db, event_id, "", by, now)
    await audit.record(db, actor=by, act="outreach.corrected", subject=made, now=now)
    return made


async def confirm(db: Transaction, event_id: str, *, by: Member, now: datetime) -> None:
    """Let an event count, as its second person. Raises ``Barred``, and ``Changed``."""
    event = await find(db, event_id)
    if event is None or not event.waits:
        raise Changed
    await vouching.check(db, by, author=event.made_by, since=event.made_at)
    of = outreach_events.c
    waits = (of.id == event_id) & of.struck_at.is_(None) & of.confirmed_at.is_(None)
    values = {"confirmed_by": by.id, "confirmed_at": now}
    confirmed = await db.execute(update(outreach_events).where(waits).values(values))
    if confirmed.rowcount != 1:
        raise Changed
    await audit.record(db, actor=by.id, act="outreach.confirmed", subject=event_id, now=now)


async def strike(db: Transaction, event_id: str, why: str, *, by: str, now: datetime) -> None:
    """Let an event count no more. Raises ``Wrong`` without a reason, and ``Changed``."""
    if not 0 < len(why) <= WHY_CHARACTERS:
        raise Wrong(frozenset({"why"}))
    await _strike(db, event_id, why, by, now)
    await audit.record(db, actor=by, act="outreach.struck", subject=event_id, now=now)


async def find(db: Reads, event_id: str) -> Event | None:
    """Return one event; None: there is none."""
    found = select(outreach_events).where(outreach_events.c.id == event_id)
    row = (await db.execute(found)).mappings().one_or_none()
    return None if row is None else _event(row)


async def recent(db: Reads, *, page: int = 0) -> Sequence[Event]:
    """Return a page of all events, the latest day first, and one more where there is another."""
    of = outreach_events.c
    order = (of.day.desc(), of.made_at.desc(), of.id)
    found = select(outreach_events).order_by(*order).limit(PAGE + 1).offset(page * PAGE)
    return [_event(row) for row in (await db.execute(found)).mappings()]


async def of_rule(db: Reads, rule_id: str, edition: int) -> Sequence[Event]:
    """Return the events that count for one edition of a rule change."""
    return await _of_rule(db, rule_id, edition, outreach_events.c.confirmed_at.is_not(None))


async def waiting(db: Reads, rule_id: str, edition: int) -> Sequence[Event]:
    """Return the events of one edition that wait for a second person."""
    return await _of_rule(db, rule_id, edition, outreach_events.c.confirmed_at.is_(None))


async def _of_rule(
    db: Reads, rule_id: str, edition: int, which: ColumnElement[bool]
) -> Sequence[Event]:
    of = outreach_events.c
    its = (of.rule_id == rule_id) & (of.edition == edition) & of.struck_at.is_(None)
    found = select(outreach_events).where(its, which).order_by(of.day, of.id)
    return [_event(row) for row in (await db.execute(found)).mappings()]


async def _write(
    db: Transaction,
    told: Told,
    *,
    by: str,
    now: datetime,
    zone: tzinfo,
    before: Event | None = None,
) -> str:
    wrong = _wrong(told, now.astimezone(zone).date())
    edition = await _edition(db, told, zone, before) if told.rule_id else None
    if told.rule_id and await rule_changes.as_told(db, told.rule_id) is None:
        wrong.add("rule")
    elif told.rule_id and edition is None and "day" not in wrong:
        wrong.add("early")
    sites = await bodies.all_sites(db)
    if told.site_id and told.site_id not in {site.id for site in sites}:
        wrong.add("place")
    if told.district and told.district not in {site.district for site in sites}:
        wrong.add("place")
    if wrong:
        raise Wrong(frozenset(wrong))
    made, replaces = uuid4().hex, before.id if before else None
    values = {name: getattr(told, name) for name in _TOLD}
    own = {"id": made, "edition": edition, "made_by": by, "made_at": now, "replaces": replaces}
    await db.execute(insert(outreach_events).values(**values, **own))
    return made


async def _edition(db: Reads, told: Told, zone: tzinfo, before: Event | None) -> int | None:
    """Return which edition was told on that day; None: none had been published by its end."""
    if before and (before.told.rule_id, before.told.day) == (told.rule_id, told.day):
        return before.edition
    return next(
        (
            one.number
            for one in await rule_changes.history(db, told.rule_id or "")
            if one.published_at and one.published_at.astimezone(zone).date() <= told.day
        ),
        None,
    )


def _wrong(told: Told, today: date) -> set[str]:
    there = {"women": told.women, "men": told.men, "unsaid": told.unsaid}
    wrong = {name for name, people in there.items() if not 0 <= people <= MOST_PEOPLE}
    if told.kind not in set(Kind):
        wrong.add("kind")
    if told.language not in languages():
        wrong.add("language")
    if bool(told.site_id) is bool(told.district):
        wrong.add("place")
    if told.day > today:
        wrong.add("day")
    if not 0 <= told.reach <= MOST_REACH or (told.reach and told.kind != Kind.RADIO):
        wrong.add("reach")
    if told.tells != telling.in_order(told.tells) or bool(told.tells) is not bool(told.rule_id):
        wrong.add("tells")
    if len(told.materials) > MATERIALS_CHARACTERS:
        wrong.add("materials")
    if not wrong and told.people == 0:
        wrong.add("reach" if told.kind == Kind.RADIO else "unsaid")
    return wrong


async def _strike(db: Transaction, event_id: str, why: str, by: str, now: datetime) -> None:
    open_ = (outreach_events.c.id == event_id) & outreach_events.c.struck_at.is_(None)
    values = {"struck_by": by, "struck_at": now, "struck_why": why}
    struck = await db.execute(update(outreach_events).where(open_).values(values))
    if struck.rowcount != 1:
        raise Changed


def _event(row: RowMapping) -> Event:
    told: dict[str, Any] = {name: row[name] for name in _TOLD}
    rest = {name: row[name] for name in Event.__dataclass_fields__ if name != "told"}
    return Event(told=Told(**told), **rest)


_TOLD: Final = tuple(Told.__dataclass_fields__)
