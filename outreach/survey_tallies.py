"""How often what was answered, counted as it is answered, so that no page counts anew.

One row for each question, answer, site, role, gender and language that came together, of those we
asked and of those who came by themselves: some hundreds, however many people answer. Who they are
is in no row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Subquery,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
)

from storage.base import metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_or_add

survey_tallies = Table(
    "survey_tallies",
    metadata,
    Column("survey_id", String(32), ForeignKey("surveys.id"), primary_key=True),
    Column("question_id", String(32), primary_key=True),  # empty: of people, not of answers
    Column("code", String(16), primary_key=True),
    Column("site_id", String(32), primary_key=True),  # empty in this and the next: not known
    Column("role", String(16), primary_key=True),
    Column("gender", String(16), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("sampled", String(8), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("total", Float, nullable=False),  # of the numbers that were answered
    sqlite_with_rowid=False,  # a page reads it in the order of its key, and looks nothing up twice
)

#: By what answers can be told apart.
SPLITS: Final = ("gender", "role", "site_id", "language", "sampled")

#: Whether somebody was in the sample, or knew the number from elsewhere.
ASKED: Final = "asked"
CAME: Final = "came"

#: What is counted of people: under no question.
STARTED: Final = "started"
DONE: Final = "done"

#: The same of those who were in the sample, and how many are in it: each by what was known of them
#: when it was drawn, so that a part of those who came to the end is never more than it all.
DRAWN: Final = "s_drawn"
OF_SAMPLE: Final[Mapping[str, str]] = {STARTED: "s_started", DONE: "s_done"}


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of somebody who answers, as it was when they began; empty: nothing."""

    site_id: str
    role: str
    gender: str
    language: str
    sampled: str = ""


@dataclass(frozen=True, slots=True)
class Taking:
    """How many began and came to the end; the same *of the sample* among them."""

    started: int = 0
    done: int = 0
    sampled_started: int = 0
    sampled_done: int = 0


async def count(
    db: Transaction,
    survey_id: str,
    question_id: str,
    code: str,
    profile: Profile,
    *,
    by: int = 1,
    total: float = 0.0,
) -> None:
    """Count an answer, or with *by* -1 count it no more."""
    await db.execute(
        insert_or_add(db, survey_tallies, "n", "total"),
        {
            "survey_id": survey_id,
            "question_id": question_id,
            "code": code,
            "site_id": profile.site_id,
            "role": profile.role,
            "gender": profile.gender,
            "language": profile.language,
            "sampled": profile.sampled,
            "n": by,
            "total": total,
        },
    )


async def count_drawn(db: Transaction, survey_id: str, people: Subquery) -> None:
    """Count a sample that was drawn; *people*: site_id, role, gender and language of each."""
    c = survey_tallies.c
    key = [c.site_id, c.role, c.gender, c.language]
    profile = [people.c[column.name] for column in key]
    here = [literal(survey_id), literal(""), literal(DRAWN), literal(ASKED)]
    rows = select(*here, *profile, func.count(), literal(0.0)).group_by(*profile)
    names = [c.survey_id, c.question_id, c.code, c.sampled, *key, c.n, c.total]
    await db.execute(insert(survey_tallies).from_select(names, rows))


async def forget_drawn(db: Transaction, survey_id: str) -> None:
    """Count a sample no more that was put back."""
    c = survey_tallies.c
    here = (c.survey_id == survey_id) & (c.question_id == "") & (c.code == DRAWN)
    await db.execute(delete(survey_tallies).where(here))


async def drawn(db: Reads, survey_id: str, by: str) -> dict[str, tuple[int, int]]:
    """Return of each part of a sample how many are in it, and how many came to the end.

    *by*: one of ``SPLITS``. Nothing for one that was drawn before it was counted in parts.
    """
    c, part = survey_tallies.c, survey_tallies.c[by]
    done = OF_SAMPLE[DONE]
    asked = (
        select(c.code, part.label("part"), func.sum(c.n).label("n"))
        .where(c.survey_id == survey_id, c.question_id == "", c.code.in_([DRAWN, done]))
        .group_by(c.code, part)
    )
    found: dict[str, dict[str, int]] = {DRAWN: {}, done: {}}
    for row in await db.execute(asked):
        found[row.code][row.part] = int(row.n)
    return {part: (n, min(n, found[done].get(part, 0))) for part, n in found[DRAWN].items()}


async def taking(db: Reads, survey_ids: Collection[str]) -> dict[str, Taking]:
    """Return how many took part in each of some surveys; nobody in one: it is left out."""
    c = survey_tallies.c
    asked = (
        select(c.survey_id, c.code, func.sum(c.n).label("n"))
        .where(c.survey_id.in_(survey_ids), c.question_id == "")
        .group_by(c.survey_id, c.code)
    )
    found: dict[str, dict[str, int]] = {}
    for row in await db.execute(asked):
        found.setdefault(row.survey_id, {})[row.code] = int(row.n)
    return {survey_id: _taking(counts) for survey_id, counts in found.items()}


def _taking(counts: Mapping[str, int]) -> Taking:
    codes = (STARTED, DONE, OF_SAMPLE[STARTED], OF_SAMPLE[DONE])
    return Taking(*(counts.get(code, 0) for code in codes))


@dataclass(frozen=True, slots=True)
class Answered:
    """How often one answer was given, and what the numbers in it come to."""

    n: int
    total: float


async def whole(db: Reads, survey_id: str) -> dict[str, dict[str, Answered]]:
    """Return how often what was answered, by question and answer."""
    c = survey_tallies.c
    found = await db.execute(
        select(c.question_id, c.code, func.sum(c.n).label("n"), func.sum(c.total).label("total"))
        .where(c.survey_id == survey_id, c.question_id != "")
        .group_by(c.question_id, c.code)
    )
    counted: dict[str, dict[str, Answered]] = {}
    for row in found:
        counted.setdefault(row.question_id, {})[row.code] = Answered(int(row.n), row.total)
    return counted


async def both(
    db: Reads, survey_id: str, by: str
) -> tuple[dict[str, dict[str, Answered]], dict[str, dict[tuple[str, str], int]]]:
    """Return what ``whole`` and ``split`` return, by one question to the database."""
    parts: dict[str, dict[tuple[str, str], int]] = {}
    whole_: dict[str, dict[str, Answered]] = {}
    for row in await _split(db, survey_id, by):
        parts.setdefault(row.question_id, {})[row.part, row.code] = int(row.n)
        counted = whole_.setdefault(row.question_id, {})
        before = counted.get(row.code, Answered(0, 0.0))
        counted[row.code] = Answered(before.n + int(row.n), before.total + row.total)
    return whole_, parts


async def split(db: Reads, survey_id: str, by: str) -> dict[str, dict[tuple[str, str], int]]:
    """Return how often what was answered by whom: by question, then by part and answer.

    *by*: one of ``SPLITS``.
    """
    return (await both(db, survey_id, by))[1]


async def _split(db: Reads, survey_id: str, by: str) -> Sequence[Any]:
    c, part = survey_tallies.c, survey_tallies.c[by]
    found = await db.execute(
        select(
            c.question_id,
            c.code,
            part.label("part"),
            func.sum(c.n).label("n"),
            func.sum(c.total).label("total"),
        )
        .where(c.survey_id == survey_id, c.question_id != "")
        .group_by(c.question_id, c.code, part)
    )
    return found.all()
