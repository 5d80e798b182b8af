"""A test of a broadcast on the phones of staff, before anybody else gets it.

Numbers are typed by hand and not kept: each stands, sealed, under a route of its own, which is
forgotten a day later. That a test was sent is kept, since one person alone may send it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, Index, String, Table, func, insert, select, update

from channels import contacts, ledger, outbox
from channels.base import Address, Outbound, Style
from channels.routing import CALLED_BY
from channels.ways import Way
from forum import audit, members
from forum.members import Member, NotAllowed, Right
from outreach import announcements, called, reminders, wording
from outreach.announcements import Announcement, Texts
from outreach.called import Told
from outreach.schedules import Schedule
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring

#: A row for each phone of each test.
announcement_trials = Table(
    "announcement_trials",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("announcement", String(32), ForeignKey("announcements.id"), nullable=False),
    Column("by", String(32), ForeignKey("members.id"), nullable=False),
    Column("route_id", String(32)),  # null: forgotten
    Column("at", Instant, nullable=False),
    Column("language", String(16)),  # null: of before this was kept
    Column("words", String(64)),  # stands for what it said then
    Index("ix_announcement_trials_announcement", "announcement"),
    Index("ix_announcement_trials_by", "by", "at"),
)

#: Phones in one test, and in all tests of one member within a day: a test is no way to write to
#: many without a second person.
MOST_PHONES: Final = 10
MOST_A_DAY: Final = 30
DAY: Final = timedelta(days=1)

#: Stands in front of each text, in any language: nobody should take a test for news.
MARK: Final = "TEST: "

#: A test that has not come within an hour has failed.
WORTH: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """A language that was tried last by this member. *changed*: it says something else by now."""

    language: str
    by: str
    at: datetime
    changed: bool


class TooMany(Exception):
    """More phones than a test may have, or than one member may write to in a day."""


class Nothing(Exception):
    """There is no text in that language."""


async def send(
    db: Transaction,
    keyring: Keyring,
    announcement: Announcement,
    phones: Sequence[Address],
    language: str,
    *,
    ways: Mapping[str, Way],
    by: Member,
    now: datetime,
    call: bool = False,
) -> int:
    """Send every part in *language* to *phones*, marked as a test; return how many messages.

    Chats get the recordings with it, as they will where it brings them. *call*: call them up and
    play it, as it will be where it is recorded in that language.

    Raises ``TooMany``, ``Nothing``, and ``NotAllowed`` for who does not broadcast.
    """
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.BROADCAST):
        raise NotAllowed
    # One after the other, so that two at the same moment do not both find room.
    me = members.members.c.id == by.id
    await db.execute(select(members.members.c.id).where(me).with_for_update())
    if len(phones) > MOST_PHONES or await today(db, by, now) + len(phones) > MOST_A_DAY:
        raise TooMany
    texts = await announcements.texts(db, announcement.id)
    said = _as_reminded(texts, announcement.draft.schedule)
    parts = [one for one in sorted(said.items()) if one[0][1] == language]
    if call:  # one plays all of them
        parts = parts[:1] if language in await called.languages(db, announcement) else []
    if not parts or not phones:
        raise Nothing
    sounds = await called.aloud(db, announcement)
    rows = []
    for phone in phones:
        way = ways[CALLED_BY[phone.channel] if call else phone.channel]
        route = uuid4().hex
        await contacts.keep(db, keyring, route, phone, now)
        rows.append({"id": uuid4().hex, "route_id": route})
        for place, words in parts:
            text = MARK + wording.of_style(words, way.style)
            sound = sounds.get(place) if way.style is Style.CHAT else None
            await outbox.enqueue(
                db,
                keyring,
                channel=way.line,
                route_id=route,
                outbound=Outbound(text, sound=sound),
                kind="bulk",
                now=now,
                expires_at=now + WORTH,
            )
    own = {"announcement": announcement.id, "by": by.id, "at": now, "language": language}
    own["words"] = _mark(texts, language)
    await db.execute(insert(announcement_trials), [{**own, **row} for row in rows])
    act = "broadcast.tested"
    await audit.record(db, actor=by.id, act=act, subject=announcement.id, now=now)
    return len(phones) * len(parts)


async def told(db: Reads, message: str) -> Told | None:
    """Return what the call of a test with our id *message* plays; None: it is none."""
    of, lines = announcement_trials.c, sorted(CALLED_BY.values())
    asked = (
        select(of.announcement, of.language)
        .join_from(ledger.outbox, announcement_trials, of.route_id == ledger.outbox.c.route_id)
        .where(ledger.outbox.c.id == message, ledger.outbox.c.channel.in_(lines))
    )
    row = (await db.execute(asked)).one_or_none()
    this = None if row is None else await announcements.find(db, row.announcement)
    return None if row is None or this is None else await called.tried(db, this, row.language)


async def tried(db: Reads, announcement: str, texts: Texts) -> Mapping[str, Tried]:
    """Return the last test of each language of *texts*; of present words where one was.

    One query: a row for each wording that was tested.
    """
    of = announcement_trials.c
    last = func.max(of.at).label("at")
    asked = select(of.language, of.words, of.by, last).where(of.announcement == announcement)
    rows = await db.execute(asked.group_by(of.language, of.words, of.by).order_by(last))
    marks = {tag: _mark(texts, tag) for tag in wording.spoken(texts)}
    found: dict[str, Tried] = {}
    for row in rows:
        if row.language not in marks:
            continue
        one = Tried(row.language, row.by, row.at, row.words != marks[row.language])
        before = found.get(row.language)
        if before is None or before.changed or not one.changed:
            found[row.language] = one
    return found


async def any_of(db: Reads, announcement: str, texts: Texts) -> bool:
    """Whether somebody has had what *texts* say now on a phone, in any of its languages."""
    each = (await tried(db, announcement, texts)).values()
    return any(not one.changed for one in each)


async def today(db: Reads, by: Member, now: datetime) -> int:
    """Return how many phones *by* has sent tests to within a day."""
    of = announcement_trials.c
    lately = (of.by == by.id) & (of.at > now - DAY)
    counted = select(func.count()).select_from(announcement_trials).where(lately)
    return int((await db.execute(counted)).scalar_one())


async def forget(db: Transaction, now: datetime) -> int:
    """Forget the numbers of tests that are a day old; return how many."""
    of = announcement_trials.c
    old = (of.at <= now - DAY) & of.route_id.is_not(None)
    routes = (await db.execute(select(of.route_id).where(old))).scalars().all()
    for route in routes:
        await contacts.forget(db, route)
    await db.execute(update(announcement_trials).where(old).values(route_id=None))
    return len(routes)


def _as_reminded(texts: Texts, schedule: Schedule) -> Texts:
    """Return *texts* as the first reminder says them, where there is one: a line more."""
    days = reminders.days(schedule)
    return reminders.led(texts, schedule, days[0]) if days else texts


def _mark(texts: Texts, language: str) -> str:
    """Return what stands for all that is said in *language*, as 64 hexadecimal digits."""
    said = [[part, *astuple(one)] for (part, tag), one in sorted(texts.items()) if tag == language]
    told = json.dumps(said, ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
