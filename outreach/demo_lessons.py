"""Made-up lessons for the made-up forum, so that LESSONS has an answer there."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from outreach import lessons
from outreach.lessons import Course, Lesson, Part, Words
from outreach.rule_texts import Variant, clean
from storage.unit_of_work import Transaction

#: Who made them: nobody who could sign in.
MAKER = "system"

#: Languages whose texts no speaker has approved.
_DRAFTS = frozenset({"fr", "sw"})


async def plant(db: Transaction, now: datetime) -> None:
    """Open the demo's series, unless there are some already."""
    if await lessons.every(db):
        return
    for one in _demo()["series"]:
        await _plant(db, one, now)


def made_up() -> Sequence[Course]:
    """Return the demo's series."""
    return [_course(one) for one in _demo()["series"]]


@cache
def _demo() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("demo_lessons.toml").read_text("utf-8"))


async def _plant(db: Transaction, one: Mapping[str, Any], now: datetime) -> None:
    course = _course(one)
    by: dict[str, Any] = {"by": MAKER, "now": now}
    facts: dict[str, Any] = {"name": one["name"], "language": one["base"], "every": one["every"]}
    made = await lessons.create(db, **facts, **by)
    series = await lessons.get(db, made)
    if series is None:
        raise LookupError(made)
    named: dict[str, Any] = {"name": series.name, "every": series.every, "titles": course.titles}
    await lessons.entitle(db, series, **named, **by)
    for lesson in course.lessons:
        await lessons.put(db, series, lesson, **by)
    await lessons.release(db, series, **by)


def _course(one: Mapping[str, Any]) -> Course:
    titles = {tag: _words(tag, text) for tag, text in one["title"].items()}
    found = [
        Lesson(
            position,
            lesson.get("right", ""),
            {
                (part, tag): _words(tag, text)
                for part in (Part.LESSON, Part.QUESTION, Part.WRONG)
                for tag, text in lesson.get(part, {}).items()
            },
        )
        for position, lesson in enumerate(one["lessons"], start=1)
    ]
    return Course(titles, found)


def _words(tag: str, text: str | Mapping[str, str]) -> Words:
    """Return a text; one alone is said in both variants."""
    full, short = (text, "") if isinstance(text, str) else (text["full"], text["sms"])
    return Words(clean(full, Variant.FULL), clean(short, Variant.SMS), tag in _DRAFTS)
