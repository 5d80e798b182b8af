"""Broadcasts as they are written: the words in each language, for whom, and when.

What is written here becomes, once it may leave, one broadcast of the send ledger for each time and
time zone (``channels.broadcasts``). Until then nothing of it can leave: no row of that is there.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from forum import audit
from forum.members import Member
from outreach.audiences import EVERYBODY, Audience
from outreach.schedules import Schedule
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert, insert_new

announcements = Table(
    "announcements",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("language", String(16), nullable=False),  # of the texts that the others stand beside
    Column("parts", Integer, nullable=False),
    Column("audience", Text, nullable=False),
    Column("fallback", String(8), nullable=False),
    Column("starts_at", Instant),
    Column("opens", Integer, nullable=False),
    Column("closes", Integer, nullable=False),
    Column("lasts", Integer, nullable=False),
    Column("every", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("apart", Integer, nullable=False, default=0),  # days between its messages
    Column("day", String(10)),
    Column("before", String(40), nullable=False),
    Column("follows", String(32)),  # the one whose series it goes on with
    Column("again_of", String(32)),  # the one that did not reach these people
    Column("again_by", String(8), nullable=False, default=""),  # by which channel then: ``Again``
    Column("rule_id", String(32)),  # the rule change that it tells of
    Column("rule_edition", Integer),  # which edition of it
    Column("tells", String(8), nullable=False, default=""),  # that rule's parts, in order: 135
    Column("survey_id", String(32)),  # the survey that it invites to
    Column("calls", Boolean, nullable=False, default=False),  # tell it by call where that can be
    Column("sounds", Boolean, nullable=False, default=False),  # chats get its recordings too
    Column("state", String(16), nullable=False),
    Column("why", String(16)),  # why it waits for approval once more
    Column("edition", Integer, nullable=False),  # grows with every change
    Column("began_at", Instant),  # when the first of it was made ready to leave
    Column("made_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("moved_by", String(32), ForeignKey("members.id")),  # null: by itself
    Column("moved_at", Instant, nullable=False),
    Index("ix_announcements_state", "state"),
    Index("ix_announcements_made_at", "made_at"),
)

#: What each part says. *full*: what a chat shows in its place; empty: the same words.
announcement_texts = Table(
    "announcement_texts",
    metadata,
    Column("announcement", String(32), ForeignKey("announcements.id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("short", Text, nullable=False),
    Column("full", Text, nullable=False),
)

#: Everybody who wrote any of it: none of them is its second person.
announcement_authors = Table(
    "announcement_authors",
    metadata,
    Column("announcement", String(32), ForeignKey("announcements.id"), primary_key=True),
    Column("member", String(32), ForeignKey("members.id"), primary_key=True),
)

MOST_PARTS = 5  # why, what changes, the rules, help, how to get it


class State(StrEnum):
    """How far a broadcast has come."""

    DRAFT = "draft"
    ASKED = "asked"  # waits for a second person
    APPROVED = "approved"  # leaves at its times
    PAUSED = "paused"
    CANCELLED = "cancelled"
    ENDED = "ended"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.ASKED, State.APPROVED, State.CANCELLED}),
    State.ASKED: frozenset({State.DRAFT, State.APPROVED, State.CANCELLED}),
    # Back to «draft»: somebody changed it. To «asked»: far more people are in it by now.
    State.APPROVED: frozenset(
        {State.DRAFT, State.ASKED, State.PAUSED, State.CANCELLED, State.ENDED}
    ),
    State.PAUSED: frozenset({State.APPROVED, State.CANCELLED, State.ENDED}),
    State.CANCELLED: frozenset(),
    State.ENDED: frozenset(),
}


class Fallback(StrEnum):
    """What becomes of people whose language it does not speak."""

    BASE = "base"  # they read it in the base language
    SKIP = "skip"  # they get none of it


class Again(StrEnum):
    """By which channel those whom a broadcast did not reach are tried again."""

    SAME = ""
    SMS = "sms"  # whom a call or a WhatsApp message to that number did not reach
    CALL = "call"  # whom an SMS did not reach


@dataclass(frozen=True, slots=True)
class Words:
    """What one part says in one language: as an SMS, and *full* for chats where that differs."""

    short: str
    full: str = ""


#: By part, from 0, and language.
Texts = Mapping[tuple[int, str], Words]

#: Which sound a call plays, by language and the digit of its part.
Heard = Mapping[tuple[str, str], str]
SILENT: Heard = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Draft:
    """What can be chosen beside the words. *language* is the base language's tag.

    *tells*: which part of its rule change each message is, as the digits that miners send for
    them (``rule_texts.DIGITS``); empty: it tells of no rule. *calls*: telephones are called up
    where the rule is recorded in their language (``called``). *sounds*: in chats each message
    comes with its recording, where there is one. *survey_id*: it invites to that survey, while
    that listens: where a sample was drawn, only those of its audience who are in it and may be
    written to (``survey_invitations.waiting``). *again_of*: of its audience only those whom that
    one did not reach, each with the parts that did not arrive, by the channel that *again_by*
    says.
    """

    title: str
    language: str
    parts: int = 1
    audience: Audience = EVERYBODY
    fallback: Fallback = Fallback.BASE
    schedule: Schedule = field(default_factory=Schedule)
    rule_id: str | None = None
    rule_edition: int | None = None
    tells: str = ""
    calls: bool = False
    sounds: bool = False
    follows: str | None = None
    again_of: str | None = None
    again_by: Again = Again.SAME
    survey_id: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A broadcast as it is written. *edition* is what a form must name that changes it."""

    id: str
    draft: Draft
    state: State
    why: str | None
    edition: int
    began_at: datetime | None
    made_by: str
    made_at: datetime
    moved_by: str | None
    moved_at: datetime


class Changed(Exception):
    """Somebody else changed or moved it meanwhile, or it is too late for that."""


# --- writing ------------------------------------------------------------------------------------


async def create(
    db: Transaction, draft: Draft, *, by: Member, now: datetime, texts: Texts | None = None
) -> str:
    """Begin a broadcast, with *texts* where they are written already; return its id."""
    made = uuid4().hex
    values = {"id": made, "state": State.DRAFT, "edition": 1, "made_by": by.id, "made_at": now}
    moved = {"moved_by": by.id, "moved_at": now}
    await db.execute(insert(db, announcements).values(**_columns(draft), **values, **moved))
    await _note_author(db, made, by)
    if texts:
        await _write(db, made, texts)
    await audit.record(db, actor=by.id, act="broadcast.written", subject=made, now=now)
    return made


async def change(
    db: Transaction, announcement: str, draft: Draft, *, edition: int, by: Member, now: datetime
) -> None:
    """Keep *draft* in place of what was chosen before. Raises ``Changed``."""
    await touch(db, announcement, edition=edition, by=by, now=now, **_columns(draft))
    beyond = announcement_texts.c.part >= draft.parts
    its = announcement_texts.c.announcement == announcement
    await db.execute(delete(announcement_texts).where(its, beyond))


async def say(
    db: Transaction,
    announcement: str,
    texts: Texts,
    *,
    edition: int,
    by: Member,
    now: datetime,
) -> None:
    """Keep *texts*; one of no words at all is taken away. Raises ``Changed``."""
    await touch(db, announcement, edition=edition, by=by, now=now)
    await _write(db, announcement, texts)


async def touch(
    db: Transaction,
    announcement: str,
    *,
    edition: int,
    by: Member,
    now: datetime,
    **values: Any,
) -> None:
    """Make a draft of it again, of the next edition, and *by* one of its authors.

    Whatever was asked or approved is so of another content from here on. Raises ``Changed``
    unless *edition* is the newest and nothing of it has left or can leave any more.
    """
    ours = (announcements.c.id == announcement) & (announcements.c.edition == edition)
    unsent = announcements.c.began_at.is_(None)
    open_ = unsent & announcements.c.state.in_([State.DRAFT, State.ASKED, State.APPROVED])
    values |= {"edition": edition + 1, "state": State.DRAFT, "why": None}
    changed = await db.execute(
        update(announcements).where(ours, open_).values(**values, moved_by=by.id, moved_at=now)
    )
    if changed.rowcount != 1:
        raise Changed
    await _note_author(db, announcement, by)
    await audit.record(db, actor=by.id, act="broadcast.changed", subject=announcement, now=now)


async def move(
    db: Transaction,
    announcement: str,
    to: State,
    *,
    by: str | None,
    now: datetime,
    why: str | None = None,
) -> bool:
    """Move it to *to*; False where ``TRANSITIONS`` do not allow it. *by* None: by itself."""
    origins = sorted(state for state, after in TRANSITIONS.items() if to in after)
    here = (announcements.c.id == announcement) & announcements.c.state.in_(origins)
    values = {"state": to, "why": why, "moved_by": by, "moved_at": now}
    return (await db.execute(update(announcements).where(here).values(values))).rowcount == 1


async def _note_author(db: Transaction, announcement: str, by: Member) -> None:
    await db.execute(
        insert_new(db, announcement_authors), {"announcement": announcement, "member": by.id}
    )


async def _write(db: Transaction, announcement: str, texts: Texts) -> None:
    rows = [
        {
            "announcement": announcement,
            "part": part,
            "language": language,
            "short": words.short,
            "full": words.full,
        }
        for (part, language), words in sorted(texts.items())
    ]
    kept = [row for row in rows if row["short"] or row["full"]]
    gone = [row for row in rows if row not in kept]
    if kept:
        new = insert(db, announcement_texts)
        over = {name: new.excluded[name] for name in ("short", "full")}
        key = ["announcement", "part", "language"]
        await db.execute(new.on_conflict_do_update(index_elements=key, set_=over), kept)
    of = announcement_texts.c
    for row in gone:
        here = (of.announcement == announcement) & (of.part == row["part"])
        await db.execute(delete(announcement_texts).where(here, of.language == row["language"]))


# --- reading ------------------------------------------------------------------------------------


async def find(db: Reads, announcement: str) -> Announcement | None:
    """Return one; None: there is none."""
    found = await db.execute(select(announcements).where(announcements.c.id == announcement))
    row = found.mappings().first()
    return None if row is None else _announcement(row)


async def held(db: Transaction, announcement: str) -> Announcement:
    """Return one, which nobody else changes until the transaction ends. Raises ``Changed``."""
    this = select(announcements).where(announcements.c.id == announcement).with_for_update()
    row = (await db.execute(this)).mappings().first()
    if row is None:
        raise Changed
    return _announcement(row)


async def recent(
    db: Reads, *, limit: int, before: datetime | None = None
) -> Sequence[Announcement]:
    """Return a page of them, the newest first; *before*: when the last one before was made."""
    page = select(announcements).order_by(announcements.c.made_at.desc()).limit(limit)
    if before is not None:
        page = page.where(announcements.c.made_at < before)
    return [_announcement(row) for row in (await db.execute(page)).mappings()]


async def in_state(db: Reads, *states: State) -> Sequence[Announcement]:
    """Return all that are in one of *states*, the oldest first."""
    found = select(announcements).where(announcements.c.state.in_(states))
    rows = await db.execute(found.order_by(announcements.c.made_at))
    return [_announcement(row) for row in rows.mappings()]


async def calling(
    db: Reads, rule_id: str | None = None, edition: int | None = None, *, hold: bool = False
) -> Sequence[Announcement]:
    """Return those that call telephones up with the recordings of this edition, and may yet leave.

    *rule_id* None: with those of any. *hold*: no draft of such a one is approved or begun until
    the transaction ends.
    """
    of = announcements.c
    its: ColumnElement[bool] = of.calls.is_(True)
    if rule_id is not None:
        its &= (of.rule_id == rule_id) & (of.rule_edition == edition)
    open_ = of.state.not_in([State.CANCELLED, State.ENDED])
    asked = select(announcements).where(its, open_).order_by(of.id)
    rows = await db.execute(asked.with_for_update() if hold else asked)
    found = [_announcement(row) for row in rows.mappings()]
    going = {State.APPROVED, State.PAUSED}
    return [one for one in found if one.state in going or one.began_at is not None]


async def series(db: Reads, announcement: str) -> Sequence[Announcement]:
    """Return what goes on with it, or tries again for those whom it did not reach."""
    of = announcements.c
    after = (of.follows == announcement) | (of.again_of == announcement)
    rows = await db.execute(select(announcements).where(after).order_by(of.made_at))
    return [_announcement(row) for row in rows.mappings()]


async def tried(db: Reads, draft: Draft, *, but: str) -> frozenset[str]:
    """Return all that tried to reach the same people with the same words; *but*: this one.

    What *draft* tries again, what that tried again, and what tried any of them again.
    """
    if draft.again_of is None:
        return frozenset()
    found = await _kin(db, announcements.c.again_of, draft.again_of)
    return frozenset(found - {but} | {draft.again_of})


async def whole_series(db: Reads, announcement: str) -> Sequence[Announcement]:
    """Return all of the series that it is part of, itself among them, in no order."""
    ids = await _kin(db, announcements.c.follows, announcement)
    found = await db.execute(select(announcements).where(announcements.c.id.in_(sorted(ids))))
    return [_announcement(row) for row in found.mappings()]


async def _kin(db: Reads, link: ColumnElement[str | None], announcement: str) -> set[str]:
    """Return all that hang together with it by *link*: a column that names another one."""
    of = announcements.c
    first = announcement
    before: str | None = announcement
    while before is not None:
        first = before
        before = (await db.execute(select(link).where(of.id == first))).scalar()
    found, newest = {first}, {first}
    while newest:
        after = select(of.id).where(link.in_(sorted(newest)))
        newest = set((await db.execute(after)).scalars()) - found
        found |= newest
    return found


async def texts(db: Reads, announcement: str) -> dict[tuple[int, str], Words]:
    """Return what it says, by part and language."""
    of = announcement_texts
    rows = await db.execute(
        select(of).where(of.c.announcement == announcement).order_by(of.c.part, of.c.language)
    )
    return {(row.part, row.language): Words(row.short, row.full) for row in rows}


async def authors(db: Reads, announcement: str) -> Collection[str]:
    """Return the ids of all who wrote any of it."""
    of = announcement_authors.c
    return set(
        (await db.execute(select(of.member).where(of.announcement == announcement))).scalars()
    )


def content(draft: Draft, said: Texts, heard: Heard = SILENT) -> str:
    """Return what stands for all that matters of a broadcast, as 64 hexadecimal digits.

    Another word, sound, recipient, hour or language gives another content; its title does not.
    """
    kept = _columns(draft).items()
    # Where it tells of no rule and invites nobody, its content is what it was before it could.
    columns = {
        name: value
        for name, value in kept
        if name != "title" and (value or name not in (*_LATER, "apart"))
    }
    words = [[part, tag, one.short, one.full] for (part, tag), one in sorted(said.items())]
    starts = draft.schedule.starts_at
    columns["starts_at"] = None if starts is None else starts.timestamp()
    sounds = [[*key, sound] for key, sound in sorted(heard.items())]
    all_ = [columns, words, *([sounds] if sounds else [])]
    told = json.dumps(all_, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


# --- columns ------------------------------------------------------------------------------------

_OF_RULE = ("rule_edition", "tells")
_LATER = (*_OF_RULE, "survey_id", "calls", "sounds", "again_by")
_PLAIN = ("title", "language", "parts", "rule_id", *_LATER, "follows", "again_of")
_OF_SCHEDULE = tuple(one.name for one in fields(Schedule) if one.name not in {"day", "before"})


def _columns(draft: Draft) -> dict[str, Any]:
    schedule = draft.schedule
    return {
        **{name: getattr(draft, name) for name in _PLAIN},
        **{name: getattr(schedule, name) for name in _OF_SCHEDULE},
        "audience": draft.audience.to_json(),
        "fallback": str(draft.fallback),
        "day": None if schedule.day is None else schedule.day.isoformat(),
        "before": ",".join(str(days) for days in schedule.before),
    }


def _announcement(row: RowMapping) -> Announcement:
    schedule = Schedule(
        **{name: row[name] for name in _OF_SCHEDULE},
        day=None if row["day"] is None else date.fromisoformat(row["day"]),
        before=tuple(int(days) for days in row["before"].split(",") if days),
    )
    draft = Draft(
        **{name: row[name] for name in _PLAIN},
        audience=Audience.from_json(row["audience"]),
        fallback=Fallback(row["fallback"]),
        schedule=schedule,
    )
    draft = replace(draft, again_by=Again(draft.again_by))
    rest = ("id", "why", "edition", "began_at", "made_by", "made_at", "moved_by", "moved_at")
    return Announcement(
        draft=draft, state=State(row["state"]), **{name: row[name] for name in rest}
    )
