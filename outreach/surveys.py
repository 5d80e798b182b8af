"""Surveys and quizzes: what is asked, when, and which round of what. Nothing here holds an answer.

Once it is open a questionnaire is not changed any more: its answers would mean two things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from forum import audit, keyholders
from outreach import rule_changes
from outreach.questionnaire import Kind, Mode, Option, Question, Questionnaire, Words, blocked
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring
from vault.seals import new_pair

surveys = Table(
    "surveys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("code", String(8), nullable=False, unique=True),  # what a phone sends to begin
    Column("mode", String(8), nullable=False),
    Column("name", String(100), nullable=False),
    Column("language", String(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("free", Boolean, nullable=False),  # to answer costs nothing, by SMS too
    Column("rule", String(64)),  # of a quiz: the reference of what it is about
    Column("site_id", String(32)),  # the site that it is about; null: it is about none by itself
    Column("round_of", String(32)),  # the first round; null: this is it
    Column("round", Integer, nullable=False),
    Column("note", String(500), nullable=False),  # how people were chosen, in somebody's words
    Column("population", Integer, nullable=False),  # in the audience when the sample was drawn
    Column("drawn", Integer, nullable=False),  # of them into the sample
    Column("seed", String(32)),  # where the draw began
    Column("by_site", Boolean, nullable=False),
    Column("audience", Text),
    Column("public_key", LargeBinary),  # to which words are sealed, from its opening on
    Column("made_at", Instant, nullable=False),
    Column("opens_at", Instant),
    Column("expires_at", Instant),
    Index("ix_surveys_round_of", "round_of"),
)

survey_questions = Table(
    "survey_questions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("survey_id", String(32), ForeignKey("surveys.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("origin", String(32), nullable=False),  # the question of the first round
    Column("part", String(64)),  # of a rule, by its digit: told again after a wrong answer
)

survey_options = Table(
    "survey_options",
    metadata,
    Column("question_id", String(32), ForeignKey("survey_questions.id"), primary_key=True),
    Column("code", String(8), primary_key=True),
    Column("goes_to", String(32)),
    Column("right", Boolean, nullable=False),
    Column("origin", String(32), nullable=False, server_default=""),  # of an earlier round
)

#: What is read on a phone: meant for everybody, so in clear.
survey_texts = Table(
    "survey_texts",
    metadata,
    Column("owner", String(48), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("survey_id", String(32), ForeignKey("surveys.id"), nullable=False, index=True),
    Column("full", Text, nullable=False),
    Column("short", Text, nullable=False),
)

# Asked with every answer that comes, so made once (``storage.upsert`` says why).
_BY_ID = select(surveys).where(surveys.c.id == bindparam("its_id"))
_BY_CODE = select(surveys).where(surveys.c.code == bindparam("its_code"))

#: The least number that a phone can send to begin: two digits, so that none is a menu's.
FIRST_CODE: Final = 11


class State(StrEnum):
    """How far it is. Whether an open one still listens is a matter of time: ``Survey.listens``."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class CannotOpen(Exception):
    """Something about the questions must be mended first."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One round of a survey, or a quiz; *round* counts from 1."""

    id: str
    code: str
    mode: Mode
    name: str
    language: str
    state: State
    free: bool
    rule: str | None
    site_id: str | None
    round_of: str | None
    round: int
    note: str
    population: int
    drawn: int
    seed: str | None
    by_site: bool
    audience: str | None
    public_key: bytes | None
    made_at: datetime
    opens_at: datetime | None
    expires_at: datetime | None

    @property
    def draft(self) -> bool:
        """Whether it can still be changed."""
        return self.state is State.DRAFT

    @property
    def first_round(self) -> str:
        """The id of the round that this one repeats, or its own."""
        return self.round_of or self.id

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    def listens(self, now: datetime) -> bool:
        """Whether an answer counts at *now*."""
        return self.state is State.OPEN and not self.expired(now)


async def create(
    db: Transaction,
    *,
    mode: Mode,
    name: str,
    language: str,
    by: str,
    now: datetime,
    rule: str | None = None,
) -> str:
    """Begin a draft; return its id. *rule*: the reference of the one that a quiz is about."""
    values = {"mode": mode, "name": name, "language": language, "rule": rule, "round": 1}
    return await _insert(db, values, by=by, now=now)


async def _insert(db: Transaction, values: Mapping[str, Any], *, by: str, now: datetime) -> str:
    survey_id = uuid4().hex
    plain = {"free": False, "rule": None, "round_of": None, "note": ""}
    undrawn = {"population": 0, "drawn": 0, "by_site": False}
    await db.execute(
        insert(surveys).values(
            {
                "id": survey_id,
                "code": await _new_code(db),
                "state": State.DRAFT,
                "made_at": now,
                **plain,
                **undrawn,
                **values,
            }
        )
    )
    await audit.record(db, actor=by, act="survey.begun", subject=survey_id, now=now)
    return survey_id


async def _new_code(db: Transaction) -> str:
    """Return the next number; a unique index keeps two at once from having the same."""
    longest = func.max(func.length(surveys.c.code))
    length = (await db.execute(select(longest))).scalar_one()
    if length is None:
        return str(FIRST_CODE)
    highest = select(func.max(surveys.c.code)).where(func.length(surveys.c.code) == length)
    return str(int((await db.execute(highest)).scalar_one()) + 1)


async def get(db: Reads, survey_id: str) -> Survey | None:
    """Return one; None: there is none."""
    row = (await db.execute(_BY_ID, {"its_id": survey_id})).one_or_none()
    return None if row is None else _survey(row)


async def by_code(db: Reads, code: str) -> Survey | None:
    """Return the one that a phone means by *code*; None: there is none."""
    row = (await db.execute(_BY_CODE, {"its_code": code})).one_or_none()
    return None if row is None else _survey(row)


async def recent(db: Reads, *, limit: int, before: str | None = None) -> list[Survey]:
    """Return a page of them, the newest first; *before*: the code of the last one before."""
    code, digits = surveys.c.code, func.length(surveys.c.code)
    page = select(surveys).order_by(digits.desc(), code.desc()).limit(limit)
    if before is not None:
        shorter = digits < len(before)
        page = page.where(shorter | ((digits == len(before)) & (code < before)))
    return [_survey(row) for row in await db.execute(page)]


async def quiz_of(db: Reads, rule: str) -> Survey | None:
    """Return the newest opened quiz of the rule that is called *rule*; None: there is none."""
    c = surveys.c
    its = (c.mode == Mode.QUIZ) & (c.state != State.DRAFT)
    same = func.upper(func.trim(c.rule)) == rule.upper()
    newest = select(surveys).where(its, same).order_by(func.length(c.code).desc(), c.code.desc())
    row = (await db.execute(newest.limit(1))).one_or_none()
    return None if row is None else _survey(row)


async def rounds(db: Reads, survey: Survey) -> list[Survey]:
    """Return all rounds of the same survey, the first first."""
    first = survey.first_round
    theirs = (surveys.c.id == first) | (surveys.c.round_of == first)
    found = await db.execute(select(surveys).where(theirs).order_by(surveys.c.round))
    return [_survey(row) for row in found]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the questions, as its form has it."""

    name: str
    language: str
    free: bool
    rule: str | None
    note: str
    expires_at: datetime | None
    opening: Mapping[str, Words]
    closing: Mapping[str, Words]
    site_id: str | None = None


async def frame(db: Transaction, survey: Survey, kept: Frame, *, by: str, now: datetime) -> None:
    """Keep what stands around the questions of a draft."""
    values = {
        "name": kept.name,
        "language": kept.language,
        "free": kept.free,
        "rule": kept.rule,
        "note": kept.note,
        "expires_at": kept.expires_at,
        "site_id": kept.site_id,
    }
    await db.execute(update(surveys).where(surveys.c.id == survey.id).values(values))
    await write(db, survey.id, {"opening": kept.opening, "closing": kept.closing})
    await audit.record(db, actor=by, act="survey.changed", subject=survey.id, now=now)


async def write(db: Transaction, survey_id: str, texts: Mapping[str, Mapping[str, Words]]) -> None:
    """Keep *texts*, by owner; what an owner said before in any language is gone.

    «opening» and «closing» are the survey's own.
    """
    owners = {_owner(survey_id, name): spoken for name, spoken in texts.items()}
    await db.execute(survey_texts.delete().where(survey_texts.c.owner.in_(owners)))
    rows = [
        {
            "owner": owner,
            "language": tag,
            "survey_id": survey_id,
            "full": words.full,
            "short": words.short,
        }
        for owner, spoken in owners.items()
        for tag, words in spoken.items()
        if words.full
    ]
    if rows:
        await db.execute(insert(survey_texts), rows)


def _owner(survey_id: str, name: str) -> str:
    return f"{survey_id}-{name}" if name in {"opening", "closing"} else name


# --- what is asked ------------------------------------------------------------------------------


async def questionnaire(db: Reads, survey: Survey) -> Questionnaire:
    """Return everything that a survey asks: three questions to the database, of a quiz four."""
    texts: dict[str, dict[str, Words]] = {}
    c = survey_texts.c
    written = select(c.owner, c.language, c.full, c.short).where(c.survey_id == survey.id)
    for row in await db.execute(written):
        texts.setdefault(row.owner, {})[row.language] = Words(row.full, row.short)
    offered = await _options(db, survey, texts)
    asked = (
        select(survey_questions)
        .where(survey_questions.c.survey_id == survey.id)
        .order_by(survey_questions.c.position)
    )
    return Questionnaire(
        survey.language,
        survey.mode,
        tuple(_question(row, texts, offered) for row in await db.execute(asked)),
        texts.get(_owner(survey.id, "opening"), {}),
        texts.get(_owner(survey.id, "closing"), {}),
        await _told(db, survey),
    )


async def _told(db: Reads, survey: Survey) -> bool | None:
    """Return whether the rule that a quiz is about is published; None: it is about none."""
    if survey.mode is not Mode.QUIZ or survey.rule is None:
        return None
    return await rule_changes.by_reference(db, survey.rule) is not None


async def _options(
    db: Reads, survey: Survey, texts: Mapping[str, Mapping[str, Words]]
) -> dict[str, list[Option]]:
    theirs = survey_questions.c.survey_id == survey.id
    joined = survey_options.join(survey_questions)
    found = await db.execute(
        select(survey_options)
        .select_from(joined)
        .where(theirs)
        .order_by(survey_options.c.question_id, survey_options.c.code)
    )
    offered: dict[str, list[Option]] = {}
    for row in found:
        said = texts.get(f"{row.question_id}-{row.code}", {})
        offered.setdefault(row.question_id, []).append(
            Option(row.code, said, row.goes_to, row.right, row.origin)
        )
    return offered


def _question(
    row: Row[Any],
    texts: Mapping[str, Mapping[str, Words]],
    offered: Mapping[str, Sequence[Option]],
) -> Question:
    return Question(
        row.id,
        row.position,
        Kind(row.kind),
        texts.get(row.id, {}),
        tuple(offered.get(row.id, ())),
        texts.get(f"{row.id}-why", {}),
        row.part,
        row.origin,
    )


@dataclass(slots=True)
class Shelf:
    """The questionnaires that a process has read since it started. What is open never changes."""

    _read: dict[str, Questionnaire] = field(default_factory=dict)

    async def questionnaire(self, db: Reads, survey: Survey) -> Questionnaire:
        """Return what *survey* asks; of a draft always anew."""
        if survey.draft:
            return await questionnaire(db, survey)
        if survey.id not in self._read:
            self._read[survey.id] = await questionnaire(db, survey)
        return self._read[survey.id]


# --- open and closed ----------------------------------------------------------------------------


async def begin(
    db: Transaction,
    keyring: Keyring,
    survey: Survey,
    *,
    expires_at: datetime,
    by: str,
    now: datetime,
) -> None:
    """Let a draft listen until *expires_at*. Raises ``CannotOpen``.

    From now on words can be sealed: to a pair of its own, whose private half goes to those who
    triage, as that of a voice does.
    """
    if blocked(await questionnaire(db, survey)) or expires_at <= now:
        raise CannotOpen
    pair = new_pair()
    drafted = (surveys.c.id == survey.id) & (surveys.c.state == State.DRAFT)
    begun = await db.execute(
        update(surveys)
        .where(drafted)
        .values(state=State.OPEN, opens_at=now, expires_at=expires_at, public_key=pair.public)
    )
    if begun.rowcount != 1:
        raise CannotOpen
    await keyholders.share_out(db, keyring, survey.id, pair, now)
    await audit.record(db, actor=by, act="survey.opened", subject=survey.id, now=now)


async def close(db: Transaction, survey: Survey, *, by: str, now: datetime) -> None:
    """Let it listen no more. What was answered stays."""
    await db.execute(
        update(surveys)
        .where(surveys.c.id == survey.id, surveys.c.state == State.OPEN)
        .values(state=State.CLOSED)
    )
    await audit.record(db, actor=by, act="survey.closed", subject=survey.id, now=now)


async def extend(
    db: Transaction, survey: Survey, until: datetime, *, by: str, now: datetime
) -> bool:
    """Let it listen until *until*, also when it was closed; False: that is past, or it is a draft.

    Partial answers can then be gone on with.
    """
    if survey.draft or until <= now:
        return False
    await db.execute(
        update(surveys).where(surveys.c.id == survey.id).values(state=State.OPEN, expires_at=until)
    )
    await audit.record(db, actor=by, act="survey.extended", subject=survey.id, now=now)
    return True


async def discard(db: Transaction, survey: Survey, *, by: str, now: datetime) -> bool:
    """Delete a draft and its questions; False: it was opened, or another round repeats it.

    A sample that was drawn for it must be gone (``survey_invitations.put_back``).
    """
    here = (surveys.c.id == survey.id) & (surveys.c.state == State.DRAFT)
    repeated = select(surveys.c.id).where(surveys.c.round_of == survey.id)
    if (await db.execute(repeated.limit(1))).first() is not None:
        return False
    present = select(surveys.c.id).where(here).with_for_update()
    if (await db.execute(present)).first() is None:
        return False
    theirs = select(survey_questions.c.id).where(survey_questions.c.survey_id == survey.id)
    await db.execute(delete(survey_texts).where(survey_texts.c.survey_id == survey.id))
    await db.execute(delete(survey_options).where(survey_options.c.question_id.in_(theirs)))
    await db.execute(delete(survey_questions).where(survey_questions.c.survey_id == survey.id))
    await db.execute(delete(surveys).where(here))
    await audit.record(db, actor=by, act="survey.discarded", subject=survey.id, now=now)
    return True


async def repeat(db: Transaction, survey: Survey, *, by: str, now: datetime) -> str:
    """Begin another round with the same questions; return its id."""
    asked = await questionnaire(db, survey)
    first = survey.first_round
    theirs = (surveys.c.id == first) | (surveys.c.round_of == first)
    last = (await db.execute(select(func.max(surveys.c.round)).where(theirs))).scalar_one()
    same = {"mode": survey.mode, "name": survey.name, "language": survey.language}
    values = {**same, "free": survey.free, "rule": survey.rule, "note": survey.note}
    values |= {"site_id": survey.site_id}
    again = await _insert(db, {**values, "round_of": first, "round": last + 1}, by=by, now=now)
    await write(db, again, {"opening": asked.opening, "closing": asked.closing})
    ids = {question.id: uuid4().hex for question in asked.questions}
    for question in asked.questions:
        await put(db, again, _copied(question, ids))
    return again


def _copied(question: Question, ids: Mapping[str, str]) -> Question:
    options = (
        replace(one, goes_to=ids.get(one.goes_to or "", one.goes_to), origin=one.root)
        for one in question.options
    )
    return Question(
        ids[question.id],
        question.position,
        question.kind,
        question.texts,
        tuple(options),
        question.why,
        question.part,
        question.origin,
    )


async def put(db: Transaction, survey_id: str, question: Question) -> None:
    """Write a question down with its answers and its words."""
    await db.execute(
        insert(survey_questions).values(
            id=question.id,
            survey_id=survey_id,
            position=question.position,
            kind=question.kind,
            origin=question.origin or question.id,
            part=question.part,
        )
    )
    await put_words(db, survey_id, question)


async def put_words(db: Transaction, survey_id: str, question: Question) -> None:
    """Write down what a question says and offers, instead of what it said before."""
    here = survey_options.c.question_id == question.id
    before = (await db.execute(select(survey_options.c.code).where(here))).scalars().all()
    await db.execute(survey_options.delete().where(here))
    rows = [
        {
            "question_id": question.id,
            "code": one.code,
            "goes_to": one.goes_to,
            "right": one.right,
            "origin": one.origin,
        }
        for one in question.options
    ]
    if rows:
        await db.execute(insert(survey_options), rows)
    gone: dict[str, Mapping[str, Words]] = {f"{question.id}-{code}": {} for code in before}
    labels = {f"{question.id}-{one.code}": one.texts for one in question.options}
    own = {question.id: question.texts, f"{question.id}-why": question.why}
    await write(db, survey_id, {**gone, **labels, **own})


def _survey(row: Row[Any]) -> Survey:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    return Survey(**{**values, "mode": Mode(row.mode), "state": State(row.state)})
