"""Series of short lessons: what each says in which language, and its question.

An edition that people learn from is not changed any more: what is changed is the next one, and who
is in the middle goes on with theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from channels import segments
from forum import audit
from locales import chain
from outreach.wording import MOST_SEGMENTS
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

lesson_series = Table(
    "lesson_series",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False),  # for staff
    Column("language", String(16), nullable=False),  # in which all of it must be written
    Column("every", Integer, nullable=False),  # days between two lessons
    Column("state", String(8), nullable=False),
    Column("edition", Integer, nullable=False),  # from which new subscribers learn; 0: none yet
    Column("drafting", Integer, nullable=False),  # which is being written; 0: none
    Column("made_at", Instant, nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("series_id", String(32), ForeignKey("lesson_series.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("right", String(1), nullable=False),  # the digit; empty: it asks nothing
)

#: What phones read: meant for everybody, so in clear. At position 0 stands the title.
lesson_texts = Table(
    "lesson_texts",
    metadata,
    Column("series_id", String(32), ForeignKey("lesson_series.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("part", String(8), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("full", Text, nullable=False),
    Column("short", Text, nullable=False),
    Column("machine", Boolean, nullable=False),  # nobody who speaks it has read it yet
)

#: Days between two lessons.
LONGEST_EVERY: Final = 30

#: More is a school, and no series of short messages.
MOST_LESSONS: Final = 20

#: Units of a title as an SMS, and series that are open at once: together they are one menu of one
#: SMS (160 less the question and «0 Back», a digit and a blank before each).
TITLE_UNITS: Final = 24
MOST_OPEN: Final = 4

#: Digits that an answer may be; 0 and 9 keep their meaning.
DIGITS: Final = "12345678"


class State(StrEnum):
    """Whether it can be subscribed to. Who is in the middle comes to the end of it either way."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Part(StrEnum):
    """What a text of a lesson is."""

    TITLE = "title"  # of the series
    LESSON = "lesson"
    QUESTION = "question"  # with its answers, each under its digit
    WRONG = "wrong"  # said to a wrong answer


class Flaw(StrEnum):
    """What is wrong with the words."""

    MISSING = "missing"
    HALF = "half"  # this language has some texts of the lesson, and lacks this one
    LONG = "long"


class Moved(Exception):
    """It has gone on meanwhile: somebody opened it, or there is no such lesson any more."""


class CannotOpen(Exception):
    """Something about the words must be mended first."""


class Full(Exception):
    """As many are open already as one list holds."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text; *short* for an SMS where it is not empty."""

    full: str
    short: str = ""
    machine: bool = False


#: A lesson's words by part and language.
Texts = Mapping[tuple[Part, str], Words]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson. *right* is the digit of the right answer; empty: it asks nothing."""

    position: int
    right: str
    texts: Texts

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it says."""
        asks = (Part.QUESTION, Part.WRONG) if self.right else ()
        return (Part.LESSON, *asks)

    def spoken(self, language: str, base: str) -> str:
        """Return the nearest language in which all of it is written; else *base*."""
        whole = (tag for tag in chain(language)[:-1] or (language,) if self.whole(tag))
        return next(whole, base)

    def whole(self, language: str) -> bool:
        """Whether all of it is written in *language*."""
        return all((part, language) in self.texts for part in self.parts)

    def words(self, part: Part, language: str) -> Words:
        """Return one of its texts; empty where it is not written."""
        return self.texts.get((part, language), Words(""))


@dataclass(frozen=True, slots=True)
class Course:
    """One edition: what it is called, and its lessons in order."""

    titles: Mapping[str, Words]
    lessons: Sequence[Lesson]

    def title(self, language: str, base: str) -> Words:
        """Return what it is called for who speaks *language*."""
        tags = (*(chain(language)[:-1] or (language,)), base)
        return next((self.titles[tag] for tag in tags if tag in self.titles), Words(""))

    def lesson(self, position: int) -> Lesson | None:
        """Return one lesson; None: there is none there."""
        return next((one for one in self.lessons if one.position == position), None)


@dataclass(frozen=True, slots=True)
class Series:
    """A series. *edition*: from which one learns; *drafting*: which is written; 0: none."""

    id: str
    name: str
    language: str
    every: int
    state: State
    edition: int
    drafting: int

    @property
    def shown(self) -> int:
        """The edition that staff look at: the one that is written, or else the newest."""
        return self.drafting or self.edition


def flaws(course: Course, base: str) -> Mapping[tuple[int, Part, str], Flaw]:
    """Return what keeps it from being opened, by position, part and language; empty: nothing."""
    found: dict[tuple[int, Part, str], Flaw] = {}
    for tag in {base, *course.titles}:
        title = course.titles.get(tag, Words(""))
        if not title.full:
            found[0, Part.TITLE, tag] = Flaw.MISSING
        elif segments.count(title.short or title.full).units > TITLE_UNITS:
            found[0, Part.TITLE, tag] = Flaw.LONG
    for lesson in course.lessons:
        for tag in sorted({base, *(tag for _, tag in lesson.texts)}):
            for part in lesson.parts:
                flaw = _flaw(lesson.words(part, tag), base=tag == base)
                if flaw is not None:
                    found[lesson.position, part, tag] = flaw
    if not course.lessons:
        found[1, Part.LESSON, base] = Flaw.MISSING
    return found


def _flaw(words: Words, *, base: bool) -> Flaw | None:
    if not words.full:
        return Flaw.MISSING if base else Flaw.HALF
    too_long = segments.cost(segments.fold(words.short or words.full)) > MOST_SEGMENTS
    too_long |= segments.utf16(words.full) > segments.MAX_TEXT_UNITS
    return Flaw.LONG if too_long else None


# --- written ------------------------------------------------------------------------------------


async def create(
    db: Transaction, *, name: str, language: str, every: int, by: str, now: datetime
) -> str:
    """Begin a series; return its id."""
    made = uuid4().hex
    plain = {"state": State.DRAFT, "edition": 0, "drafting": 1, "made_at": now}
    row = {"id": made, "name": name, "language": language, "every": every, **plain}
    await db.execute(insert(lesson_series).values(row))
    await audit.record(db, actor=by, act="lessons.begun", subject=made, now=now)
    return made


async def entitle(
    db: Transaction,
    series: Series,
    *,
    name: str,
    every: int,
    titles: Mapping[str, Words],
    by: str,
    now: datetime,
) -> None:
    """Keep what it is called, and its days. Raises ``Moved``."""
    await _drafted(db, series, {"name": name, "every": every})
    texts = {(Part.TITLE, tag): words for tag, words in titles.items()}
    await _write(db, series, 0, texts)
    await audit.record(db, actor=by, act="lessons.changed", subject=series.id, now=now)


async def put(db: Transaction, series: Series, lesson: Lesson, *, by: str, now: datetime) -> None:
    """Keep a lesson; one behind the last is added. Raises ``Moved``."""
    await _drafted(db, series, {"drafting": series.drafting})
    course = await course_of(db, series.id, series.drafting)
    here = course.lesson(lesson.position) is not None
    if not here and not lesson.position == len(course.lessons) + 1 <= MOST_LESSONS:
        raise Moved
    place = _place(series, lesson.position)
    if here:
        await db.execute(update(lessons).where(*place).values(right=lesson.right))
    else:
        row = {"edition": series.drafting, "position": lesson.position, "right": lesson.right}
        await db.execute(insert(lessons).values({"series_id": series.id, **row}))
    await _write(db, series, lesson.position, lesson.texts)
    await audit.record(db, actor=by, act="lessons.changed", subject=series.id, now=now)


async def reorder(
    db: Transaction, series: Series, order: Sequence[int], *, by: str, now: datetime
) -> None:
    """Let only the lessons at these positions stay, in this order. Raises ``Moved``."""
    await _drafted(db, series, {"drafting": series.drafting})
    course = await course_of(db, series.id, series.drafting)
    kept = [course.lesson(position) for position in order]
    if None in kept or len(set(order)) != len(order):
        raise Moved
    c, t = lessons.c, lesson_texts.c
    its = (c.series_id == series.id, c.edition == series.drafting)
    await db.execute(delete(lessons).where(*its))
    theirs = (t.series_id == series.id, t.edition == series.drafting, t.position > 0)
    await db.execute(delete(lesson_texts).where(*theirs))
    for position, lesson in enumerate(kept, start=1):
        if lesson is not None:
            await _add(db, series.id, series.drafting, position, lesson)
    await audit.record(db, actor=by, act="lessons.changed", subject=series.id, now=now)


async def _add(
    db: Transaction, series_id: str, edition: int, position: int, lesson: Lesson
) -> None:
    row = {"series_id": series_id, "edition": edition, "position": position}
    await db.execute(insert(lessons).values({**row, "right": lesson.right}))
    await _insert(db, row, lesson.texts)


async def _write(db: Transaction, series: Series, position: int, texts: Texts) -> None:
    t = lesson_texts.c
    its = (t.series_id == series.id, t.edition == series.drafting, t.position == position)
    await db.execute(delete(lesson_texts).where(*its))
    row = {"series_id": series.id, "edition": series.drafting, "position": position}
    await _insert(db, row, texts)


async def _insert(db: Transaction, place: Mapping[str, Any], texts: Texts) -> None:
    rows = [
        {
            **place,
            "part": part,
            "language": tag,
            "full": words.full,
            "short": words.short,
            "machine": words.machine,
        }
        for (part, tag), words in texts.items()
        if words.full
    ]
    if rows:
        await db.execute(insert(lesson_texts), rows)


def _place(series: Series, position: int) -> tuple[Any, ...]:
    c = lessons.c
    here = (c.series_id == series.id, c.edition == series.drafting)
    return (*here, c.position == position)


async def _drafted(db: Transaction, series: Series, values: Mapping[str, Any]) -> None:
    """Change what is being written, as long as it is. Raises ``Moved``."""
    c = lesson_series.c
    this = (c.id == series.id) & (c.drafting == series.drafting) & (c.drafting > 0)
    if (await db.execute(update(lesson_series).where(this).values(dict(values)))).rowcount != 1:
        raise Moved


# --- open and closed ----------------------------------------------------------------------------


async def release(db: Transaction, series: Series, *, by: str, now: datetime) -> None:
    """Let people learn from what is written. Raises ``CannotOpen``, ``Full`` and ``Moved``."""
    await _check_room(db, series)
    if flaws(await course_of(db, series.id, series.drafting), series.language):
        raise CannotOpen
    values = {"state": State.OPEN, "edition": series.drafting, "drafting": 0}
    await _drafted(db, series, values)
    await audit.record(db, actor=by, act="lessons.opened", subject=series.id, now=now)


async def _check_room(db: Transaction, series: Series) -> None:
    others = [one for one in await every(db) if one.state is State.OPEN and one.id != series.id]
    if len(others) >= MOST_OPEN:
        raise Full


async def revise(db: Transaction, series: Series, *, by: str, now: datetime) -> None:
    """Begin the next edition as a copy of the newest. Raises ``Moved``."""
    c, edition = lesson_series.c, series.edition + 1
    this = (c.id == series.id) & (c.drafting == 0) & (c.edition == series.edition)
    begun = await db.execute(update(lesson_series).where(this).values(drafting=edition))
    if begun.rowcount != 1:
        raise Moved
    course = await course_of(db, series.id, series.edition)
    titles = {(Part.TITLE, tag): words for tag, words in course.titles.items()}
    await _insert(db, {"series_id": series.id, "edition": edition, "position": 0}, titles)
    for lesson in course.lessons:
        await _add(db, series.id, edition, lesson.position, lesson)
    await audit.record(db, actor=by, act="lessons.revised", subject=series.id, now=now)


async def turn(db: Transaction, series: Series, *, closed: bool, by: str, now: datetime) -> None:
    """Let nobody subscribe any more, or let them again. Raises ``Full`` and ``Moved``."""
    if not closed:
        await _check_room(db, series)
    c = lesson_series.c
    before, after = (State.OPEN, State.CLOSED) if closed else (State.CLOSED, State.OPEN)
    this = (c.id == series.id) & (c.state == before)
    if (await db.execute(update(lesson_series).where(this).values(state=after))).rowcount != 1:
        raise Moved
    act = "lessons.closed" if closed else "lessons.opened"
    await audit.record(db, actor=by, act=act, subject=series.id, now=now)


# --- read ---------------------------------------------------------------------------------------


async def get(db: Reads, series_id: str) -> Series | None:
    """Return one series; None: there is none."""
    this = select(lesson_series).where(lesson_series.c.id == series_id)
    row = (await db.execute(this)).one_or_none()
    return None if row is None else _series(row)


async def every(db: Reads) -> Sequence[Series]:
    """Return all series, the oldest first."""
    c = lesson_series.c
    rows = await db.execute(select(lesson_series).order_by(c.made_at, c.id))
    return [_series(row) for row in rows]


async def course_of(db: Reads, series_id: str, edition: int) -> Course:
    """Return one edition: two questions to the database."""
    t, c = lesson_texts.c, lessons.c
    texts: dict[int, dict[tuple[Part, str], Words]] = {}
    its = (t.series_id == series_id, t.edition == edition)
    for row in await db.execute(select(lesson_texts).where(*its)):
        words = Words(row.full, row.short, row.machine)
        texts.setdefault(row.position, {})[Part(row.part), row.language] = words
    here = (c.series_id == series_id, c.edition == edition)
    rows = await db.execute(select(c.position, c.right).where(*here).order_by(c.position))
    return Course(
        {tag: words for (_, tag), words in texts.get(0, {}).items()},
        [Lesson(row.position, row.right, texts.get(row.position, {})) for row in rows],
    )


def _series(row: Any) -> Series:
    return Series(
        row.id,
        row.name,
        row.language,
        row.every,
        State(row.state),
        row.edition,
        row.drafting,
    )
