"""The forum's calendar as the forum keeps it: one row, and a row for each holiday.

A fresh installation begins with what its settings say. From then on the console changes it; each
change makes a new edition, by which every process sees that it has to read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Date, Integer, String, Table, delete, select, update

from forum import audit
from forum.members import Member
from grievances.calendars import Calendar, Span
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

calendar = Table(
    "calendar",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("edition", Integer, nullable=False),
    Column("zone", String(64), nullable=False),  # IANA's name
    Column("weekend", String(16), nullable=False),  # «5,6»
    Column("hours", String(64), nullable=False),  # «08:00-12:00,14:00-17:00»
    Column("changed_at", Instant, nullable=False),
)

holidays = Table(
    "holidays",
    metadata,
    Column("day", Date, primary_key=True),
    Column("name", String(100), nullable=False),
)

#: There is one.
_THE_ONE = 1

#: What is kept of a name.
NAME_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which nobody works, and what people call it."""

    day: date
    name: str


class Almanac:
    """The calendar as one process last read it; *calendar* until it has."""

    name = "calendar"

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    async def read(self, db: Reads) -> Calendar:
        """Read what has changed, if anything has: one small query."""
        found = await db.execute(select(calendar.c.edition))
        edition = found.scalar()
        if edition is not None and edition != self.calendar.edition:
            self.calendar = await load(db, self.calendar)
        return self.calendar


async def load(db: Reads, otherwise: Calendar) -> Calendar:
    """Return the calendar that is kept; *otherwise* where none is."""
    row = (await db.execute(select(calendar))).one_or_none()
    if row is None:
        return otherwise
    days = await db.execute(select(holidays.c.day))
    return Calendar(
        zone=ZoneInfo(row.zone),
        weekend=frozenset(int(day) for day in row.weekend.split(",") if day),
        hours=read_hours(row.hours),
        holidays=frozenset(days.scalars()),
        edition=row.edition,
    )


async def begin(db: Transaction, fresh: Calendar, now: datetime) -> None:
    """Keep *fresh* as the first edition, where none is kept yet."""
    first = insert(db, calendar).values(id=_THE_ONE, edition=1, changed_at=now, **_written(fresh))
    await db.execute(first.on_conflict_do_nothing())


async def set_week(
    db: Transaction, changed: Calendar, *, present: Calendar, by: Member, now: datetime
) -> None:
    """Keep the zone, the weekend and the hours of *changed*; holidays stay as they are.

    *present* is what counts now, for an installation that keeps nothing yet.
    """
    await begin(db, present, now)
    await _change(db, now, **_written(changed))
    await audit.record(db, actor=by.id, act="calendar.week", subject="calendar", now=now)


async def add_holiday(
    db: Transaction, holiday: Holiday, *, present: Calendar, by: Member, now: datetime
) -> bool:
    """Keep a day on which nobody works; False: that day is one already."""
    await begin(db, present, now)
    fresh = insert(db, holidays).values(day=holiday.day, name=holiday.name[:NAME_CHARACTERS])
    added = await db.execute(fresh.on_conflict_do_nothing())
    if added.rowcount != 1:
        return False
    await _change(db, now)
    await _record_day(db, "calendar.holiday", holiday.day, by, now)
    return True


async def remove_holiday(db: Transaction, day: date, *, by: Member, now: datetime) -> bool:
    """Have people work on a day again; False: they do."""
    gone = await db.execute(delete(holidays).where(holidays.c.day == day))
    if gone.rowcount != 1:
        return False
    await _change(db, now)
    await _record_day(db, "calendar.workday", day, by, now)
    return True


async def all_holidays(db: Reads) -> Sequence[Holiday]:
    """Return every holiday, the first first."""
    found = await db.execute(select(holidays).order_by(holidays.c.day))
    return [Holiday(row.day, row.name) for row in found]


def read_hours(text: str) -> tuple[Span, ...]:
    """Return the spans that «08:00-12:00,14:00-17:00» means. Raises ``ValueError``."""
    pairs = (part.split("-") for part in text.split(","))
    return tuple(Span(*map(time.fromisoformat, pair)) for pair in pairs)


def write_hours(hours: Sequence[Span]) -> str:
    """Return *hours* as ``read_hours`` reads them, to the minute."""
    return ",".join(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in hours)


def _written(kept: Calendar) -> dict[str, str]:
    return {
        "zone": str(kept.zone),
        "weekend": ",".join(str(day) for day in sorted(kept.weekend)),
        "hours": write_hours(kept.hours),
    }


async def _change(db: Transaction, now: datetime, **values: str) -> None:
    await db.execute(
        update(calendar).values(edition=calendar.c.edition + 1, changed_at=now, **values)
    )


async def _record_day(db: Transaction, act: str, day: date, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=act, subject=day.isoformat(), now=now)
