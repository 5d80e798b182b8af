"""Changes the questions of a draft: one more, another text, one place up or down, one less."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update

from forum import audit
from outreach import surveys
from outreach.questionnaire import SCALE, Kind, Option, Question, Words
from outreach.surveys import Survey, survey_options, survey_questions, survey_texts
from storage.unit_of_work import Transaction


class NotDraft(Exception):
    """It is open, or was: its answers would mean two things."""


async def add(
    db: Transaction, survey: Survey, question: Question, *, by: str, now: datetime
) -> str:
    """Add a question behind the others; return its id. Raises ``NotDraft``."""
    positions = await _positions(db, survey)
    made = replace(_whole(question), id=uuid4().hex, position=len(positions) + 1)
    await surveys.put(db, survey.id, made)
    await _note(db, survey, by, now)
    return made.id


async def change(
    db: Transaction, survey: Survey, question: Question, *, by: str, now: datetime
) -> None:
    """Keep what a question says and offers. Raises ``NotDraft``."""
    if question.id not in await _positions(db, survey):
        return
    await db.execute(
        update(survey_questions)
        .where(survey_questions.c.id == question.id)
        .values(part=question.part)
    )
    traced = await _traced(db, question)
    await surveys.put_words(db, survey.id, _whole(traced))
    await _note(db, survey, by, now)


async def move(
    db: Transaction, survey: Survey, question_id: str, *, up: bool, by: str, now: datetime
) -> None:
    """Let a question change places with the one before or after it. Raises ``NotDraft``."""
    order = await _positions(db, survey)
    if question_id not in order:
        return
    place = order.index(question_id)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return
    order[place], order[other] = order[other], order[place]
    await _number(db, order)
    await _note(db, survey, by, now)


async def remove(
    db: Transaction, survey: Survey, question_id: str, *, by: str, now: datetime
) -> None:
    """Take a question away; the ways that led to it lead on in order. Raises ``NotDraft``."""
    order = await _positions(db, survey)
    if question_id not in order:
        return
    options, texts = survey_options.c, survey_texts.c
    await db.execute(
        update(survey_options).where(options.goes_to == question_id).values(goes_to=None)
    )
    await db.execute(survey_options.delete().where(options.question_id == question_id))
    await db.execute(survey_texts.delete().where(texts.owner.startswith(question_id)))
    await db.execute(survey_questions.delete().where(survey_questions.c.id == question_id))
    order.remove(question_id)
    await _number(db, order)
    await _note(db, survey, by, now)


def _whole(question: Question) -> Question:
    """Return the question with the answers that its kind has: a scale always has five."""
    if question.kind is Kind.CLOSED:
        return question
    if question.kind is not Kind.SCALE:
        return replace(question, options=())
    steps = (question.option(step) or Option(step) for step in SCALE)
    return replace(question, options=tuple(steps))


async def _traced(db: Transaction, question: Question) -> Question:
    """Return the question with the origin of each answer, by what it says in any round.

    So an answer that is put above others is not taken for another when rounds are compared. In the
    first round there is nothing to be compared with yet, and a step of a scale is its digit.
    """
    if question.kind is not Kind.CLOSED or question.origin == question.id:
        return question
    left = await _said_before(db, question.origin)
    traced = []
    for option in question.options:
        same = next((root for root, known in left if known.says_as(option)), None)
        left = [(root, known) for root, known in left if root != same]
        traced.append(replace(option, origin=same or uuid4().hex))
    return replace(question, options=tuple(traced))


async def _said_before(db: Transaction, origin: str) -> list[tuple[str, Option]]:
    """Return every answer that any round offers to a question, the newest first, by its root."""
    q, o, t = survey_questions.c, survey_options.c, survey_texts.c
    tables = (
        survey_options.join(survey_questions)
        .join(survey_texts, t.owner == o.question_id + "-" + o.code)
        .join(surveys.surveys, surveys.surveys.c.id == q.survey_id)
    )
    found = await db.execute(
        select(o.question_id, o.code, o.origin, t.language, t.full)
        .select_from(tables)
        .where(q.origin == origin)
        .order_by(surveys.surveys.c.round.desc(), o.code)
    )
    texts: dict[tuple[str, str, str], dict[str, Words]] = {}
    for row in found:
        key = (row.question_id, row.code, row.origin)
        texts.setdefault(key, {})[row.language] = Words(row.full)
    known = [Option(code, said, origin=root) for (_, code, root), said in texts.items()]
    return [(one.root, one) for one in known]


async def _positions(db: Transaction, survey: Survey) -> list[str]:
    """Return the questions' ids in order. Raises ``NotDraft``."""
    present = await surveys.get(db, survey.id)
    if present is None or not present.draft:
        raise NotDraft
    c = survey_questions.c
    found = await db.execute(select(c.id).where(c.survey_id == survey.id).order_by(c.position))
    return list(found.scalars())


async def _number(db: Transaction, order: list[str]) -> None:
    for position, question_id in enumerate(order, start=1):
        await db.execute(
            update(survey_questions)
            .where(survey_questions.c.id == question_id)
            .values(position=position)
        )


async def _note(db: Transaction, survey: Survey, by: str, now: datetime) -> None:
    await audit.record(db, actor=by, act="survey.changed", subject=survey.id, now=now)
