"""Who answers a survey, and what: one respondent a contact, partial answers kept as they come.

A respondent is a pseudonym of this one survey: two surveys cannot be joined by it, nor a survey
and a case. Numbers and choices are in clear; words are sealed to the survey's own key pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from channels.base import Address
from forum import attachments
from forum.attachments import Offer
from locales import BASE
from outreach import subscribers, survey_invitations, survey_reading, survey_tallies
from outreach.questionnaire import CHOSEN, SKIPPED, TOLD, Kind, Question, Questionnaire
from outreach.survey_tallies import ASKED, CAME, DONE, OF_SAMPLE, STARTED, Profile
from outreach.surveys import Survey, surveys
from storage.among import among
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_or_set
from vault import codes
from vault.keyring import Keyring, Purpose
from vault.seals import seal, unseal

survey_respondents = Table(
    "survey_respondents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("survey_id", String(32), ForeignKey("surveys.id"), nullable=False),
    Column("contact", String(32), nullable=False, unique=True),
    Column("channel", String(32), nullable=False),
    Column("site_id", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("gender", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("sampled", Boolean, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("done_at", Instant),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("respondent_id", String(32), ForeignKey("survey_respondents.id"), primary_key=True),
    Column("question_id", String(32), primary_key=True),
    Column("code", String(16), nullable=False),
    Column("number", Float),
    Column("day", String(10)),
    Column("at", Instant, nullable=False),
)

#: What was written or told: answers in words, and remarks where a digit was asked for.
survey_words = Table(
    "survey_words",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("survey_id", String(32), ForeignKey("surveys.id"), nullable=False),
    Column("question_id", String(32), nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_survey_words_at", "survey_id", "at", "id"),
)

# What every turn asks, made once (``storage.upsert`` says why).
_RESPONDENT = select(survey_respondents).where(
    survey_respondents.c.contact == bindparam("its_contact")
)
_WENT_ON = update(survey_respondents).where(survey_respondents.c.id == bindparam("its_id"))
_THEIRS = survey_answers.c.respondent_id == bindparam("whose")
_ANSWERED = select(survey_answers.c.question_id, survey_answers.c.code).where(_THEIRS)
_BEFORE = select(survey_answers.c.code, survey_answers.c.number).where(
    _THEIRS, survey_answers.c.question_id == bindparam("question")
)

#: How an answer in words is counted: that there is one.
GIVEN: Final = "given"

#: Numbers are counted in bands, each up to and with its number; what is more is in the last.
BANDS: Final = (0, 2, 5, 10, 20, 50, 100, 500)
MORE: Final = "more"

#: Rows of words on a page.
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who answers. *fresh*: they have just begun."""

    id: str
    profile: Profile
    channel: str
    sampled: bool
    done: bool
    fresh: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """What somebody gave as an answer: a *code* that was on offer, or *words*, or files."""

    code: str | None = None
    words: str = ""
    attachments: Sequence[Offer] = ()


async def begin(
    db: Transaction,
    keyring: Keyring,
    survey: Survey,
    address: Address,
    *,
    language: str,
    now: datetime,
) -> Respondent:
    """Return who answers from *address*, with what is known of them from now on."""
    contact = _contact_of(keyring, survey.id, address)
    row = (await db.execute(_RESPONDENT, {"its_contact": contact})).one_or_none()
    if row is not None:
        return _respondent(row)
    known = await subscribers.find(db, keyring, address)
    drawn = None
    if known is not None:
        state = survey_invitations.State.STARTED
        drawn = await survey_invitations.heed(db, survey.id, known.id, state)
    values = {
        "id": uuid4().hex,
        "survey_id": survey.id,
        "contact": contact,
        "channel": address.channel,
        "site_id": (known and known.site_id) or "",
        "role": (known and known.role) or "",
        "gender": (known and known.gender) or "",
        "language": language,
        "sampled": drawn is not None,
        "started_at": now,
        "last_at": now,
    }
    await db.execute(insert(survey_respondents), values)
    made = _respondent((await db.execute(_RESPONDENT, {"its_contact": contact})).one(), fresh=True)
    await _count_person(db, survey, made, STARTED, drawn)
    return made


async def erase(db: Transaction, keyring: Keyring, address: Address) -> None:
    """Erase who answered from *address*, and what each time; what was counted stays counted.

    Each survey knows a telephone by a key of its own, so there is one to look for in each.
    """
    every = (await db.execute(select(surveys.c.id))).scalars()
    keys = [_contact_of(keyring, survey_id, address) for survey_id in every]
    theirs = select(survey_respondents.c.id).where(among(survey_respondents.c.contact, "keys"))
    ids = (await db.execute(theirs, {"keys": keys})).scalars().all()
    await db.execute(delete(survey_answers).where(survey_answers.c.respondent_id.in_(ids)))
    await db.execute(delete(survey_respondents).where(survey_respondents.c.id.in_(ids)))


def _contact_of(keyring: Keyring, survey_id: str, address: Address) -> str:
    return keyring.pseudonym(Purpose.SURVEY, survey_id, address.channel, address.value)


async def answers_of(db: Reads, respondent: Respondent) -> dict[str, str]:
    """Return what somebody answered until now, by question."""
    found = await db.execute(_ANSWERED, {"whose": respondent.id})
    return {row.question_id: row.code for row in found}


def reading(
    question: Question, given: Given, now: datetime, language: str = BASE, *, again: bool = False
) -> str | float | datetime | None:
    """Return what *given* says to a question: a code, a number, a day; None: nothing that counts.

    Words to a question that asks for words are ``GIVEN``. Who tells only a month or a year is
    counted by that. *again*: they have been asked once already.
    """
    if given.code == SKIPPED:
        return SKIPPED
    if question.kind in CHOSEN:
        return given.code if question.option(given.code) else None
    if question.kind in TOLD:
        return GIVEN if given.words.strip() or given.attachments else None
    if question.kind is Kind.NUMBER:
        return survey_reading.number(given.words, language, again=again)
    day = survey_reading.day(given.words, now.date(), language)
    if day is None:
        return survey_reading.period(given.words, now.date(), language)
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


async def keep(
    db: Transaction,
    survey: Survey,
    respondent: Respondent,
    question: Question,
    read: str | float | datetime | None,
    now: datetime,
) -> None:
    """Keep an answer; one to the same question from before counts no more. None: a blank."""
    code, number, day = _stored(read)
    here = {"whose": respondent.id, "question": question.id}
    before = (await db.execute(_BEFORE, here)).one_or_none()
    values = {"code": code, "number": number, "day": day, "at": now}
    await db.execute(
        insert_or_set(db, survey_answers, *values),
        {"respondent_id": respondent.id, "question_id": question.id, **values},
    )
    if before is not None:
        await survey_tallies.count(
            db,
            survey.id,
            question.id,
            before.code,
            respondent.profile,
            by=-1,
            total=-(before.number or 0.0),
        )
    await survey_tallies.count(
        db, survey.id, question.id, code, respondent.profile, total=number or 0.0
    )


def _stored(read: str | float | datetime | None) -> tuple[str, float | None, str | None]:
    """Return how an answer is counted, and the number or the day that it was."""
    if read is None:
        return SKIPPED, None, None
    if isinstance(read, datetime):
        return f"{read:%Y-%m}", None, f"{read:%Y-%m-%d}"
    if isinstance(read, str):
        return read, None, None
    return band(read), read, None


def band(number: float) -> str:
    """Return the band in which a number is counted: its upper end."""
    return next((str(end) for end in BANDS if number <= end), MORE)


async def hold_words(
    db: Transaction,
    keyring: Keyring,
    survey: Survey,
    respondent: Respondent,
    question: Question,
    given: Given,
    now: datetime,
) -> None:
    """Keep what was written or told, so that only those who triage can read it."""
    if survey.public_key is None or not (given.words.strip() or given.attachments):
        return
    words_id = uuid4().hex
    bare, _ = codes.cut(given.words)
    await db.execute(
        insert(survey_words).values(
            id=words_id,
            survey_id=survey.id,
            question_id=question.id,
            sealed=seal(
                survey.public_key, bare.encode("utf-8", "replace"), context=_context(words_id)
            ),
            at=now,
        )
    )
    await attachments.expect(
        db,
        keyring,
        given.attachments,
        subject=survey.id,
        public_key=survey.public_key,
        channel=respondent.channel,
        now=now,
        entry_id=words_id,
    )


async def go_on(
    db: Transaction,
    keyring: Keyring,
    survey: Survey,
    asked: Questionnaire,
    respondent: Respondent,
    address: Address,
    now: datetime,
) -> Question | None:
    """Return what waits for somebody; None: nothing, and from now on they are done."""
    waits = asked.open_to(await answers_of(db, respondent))
    done = waits is None and not respondent.done
    values: dict[str, Any] = {"last_at": now, **({"done_at": now} if done else {})}
    await db.execute(_WENT_ON, {"its_id": respondent.id, **values})
    if done:
        known = await subscribers.find(db, keyring, address) if respondent.sampled else None
        drawn = None
        if known is not None:
            state = survey_invitations.State.DONE
            drawn = await survey_invitations.heed(db, survey.id, known.id, state)
        await _count_person(db, survey, respondent, DONE, drawn)
    return waits


async def _count_person(
    db: Transaction, survey: Survey, respondent: Respondent, what: str, drawn: Profile | None
) -> None:
    """Count a person; *drawn*: who they were when they were drawn, None: nobody knows any more."""
    await survey_tallies.count(db, survey.id, "", what, respondent.profile)
    if respondent.sampled:
        await survey_tallies.count(db, survey.id, "", OF_SAMPLE[what], drawn or respondent.profile)


def _respondent(row: Row[Any], *, fresh: bool = False) -> Respondent:
    sampled = ASKED if row.sampled else CAME
    profile = Profile(row.site_id, row.role, row.gender, row.language, sampled)
    return Respondent(row.id, profile, row.channel, row.sampled, row.done_at is not None, fresh)


# --- what was written or told -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class SealedWords:
    """What somebody wrote to a question, still sealed."""

    id: str
    question_id: str
    sealed: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was written, the newest first; *next*: where the next page begins, or None."""

    rows: Sequence[SealedWords]
    next: int | None


async def words(db: Reads, survey_id: str, *, skip: int = 0) -> Page:
    """Return a page of what was written to the questions of a survey, without *skip* rows."""
    c = survey_words.c
    found = await db.execute(
        select(c.id, c.question_id, c.sealed, c.at)
        .where(c.survey_id == survey_id)
        .order_by(c.at.desc(), c.id)
        .limit(PAGE + 1)
        .offset(skip)
    )
    rows = [SealedWords(*row) for row in found]
    return Page(rows[:PAGE], skip + PAGE if len(rows) > PAGE else None)


def opened(private: bytes, held: SealedWords) -> str:
    """Return the words, opened with the survey's private key. Raises ``CannotOpen``."""
    return unseal(private, held.sealed, context=_context(held.id)).decode()


def _context(words_id: str) -> str:
    return f"survey_words.sealed|{words_id}"
