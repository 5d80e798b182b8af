"""The questions of a draft: all languages of one beside each other, its answers and their ways."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final

from aiohttp import web

from console import survey_words as words
from console.notices import Notice
from console.pages.surveys import CHOOSE, NOTHING, acting, texts_of, wanted
from console.responses import field, go, page
from console.services import services_of
from forum.members import printable
from locales import N_, languages
from outreach import survey_building, surveys
from outreach.questionnaire import (
    CHOSEN,
    END,
    MOST_OPTIONS,
    SCALE,
    Kind,
    Mode,
    Option,
    Question,
    Questionnaire,
    Words,
)
from outreach.survey_building import NotDraft
from outreach.surveys import Survey

NO_TEXT = N_("Write the question in the first language.")
TOO_MANY = N_("A phone shows six answers at most.")

#: What parts an answer from what stands for it in an SMS.
BAR: Final = "|"

_NEW: Final = Question("", 0, Kind.CLOSED)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new question, of the kind that was chosen."""
    kind = {str(one): one for one in Kind}.get(request.query.get("kind", ""), Kind.CLOSED)
    return await _form(request, replace(_NEW, kind=kind))


async def show(request: web.Request) -> web.Response:
    """Show the form of a question."""
    return await _form(request, None)


async def add(request: web.Request) -> web.Response:
    """Add a question."""
    form, services = await request.post(), services_of(request)
    kind = {str(one): one for one in Kind}.get(field(form, "kind"))
    if kind is None:
        return await _form(request, _NEW, form, {"kind": CHOOSE})
    survey, asked = await _drafted(request)
    question, errors = _read(form, replace(_NEW, kind=kind), asked)
    if errors:
        return await _form(request, replace(_NEW, kind=kind), form, errors)
    given = acting(request)
    try:
        async with services.database.transaction() as db:
            await survey_building.add(db, survey, question, **given)
    except NotDraft:
        raise web.HTTPNotFound from None
    return go(request, f"/surveys/{survey.id}#questions", Notice("question_kept"))


async def change(request: web.Request) -> web.Response:
    """Keep a question as the form has it."""
    form, services = await request.post(), services_of(request)
    survey, asked = await _drafted(request)
    present = _present(request, asked)
    question, errors = _read(form, present, asked)
    if errors:
        return await _form(request, present, form, errors)
    given = acting(request)
    try:
        async with services.database.transaction() as db:
            await survey_building.change(db, survey, question, **given)
    except NotDraft:
        raise web.HTTPNotFound from None
    return go(request, f"/surveys/{survey.id}#questions", Notice("question_kept"))


async def up(request: web.Request) -> web.Response:
    """Put a question before the one that stands before it."""
    return await _move(request, up=True)


async def down(request: web.Request) -> web.Response:
    """Put a question behind the one that stands behind it."""
    return await _move(request, up=False)


async def _move(request: web.Request, *, up: bool) -> web.Response:
    services = services_of(request)
    survey, asked = await _drafted(request)
    given = acting(request)
    async with services.database.transaction() as db:
        await survey_building.move(db, survey, _present(request, asked).id, up=up, **given)
    return go(request, f"/surveys/{survey.id}#questions", Notice("question_moved"))


async def remove(request: web.Request) -> web.Response:
    """Take a question away."""
    services = services_of(request)
    survey, asked = await _drafted(request)
    given = acting(request)
    async with services.database.transaction() as db:
        await survey_building.remove(db, survey, _present(request, asked).id, **given)
    return go(request, f"/surveys/{survey.id}#questions", Notice("question_removed"))


async def _drafted(request: web.Request) -> tuple[Survey, Questionnaire]:
    """Return the draft that the address names and what it asks; 404 where it is none any more."""
    async with services_of(request).database.reading() as db:
        survey = await wanted(request, db)
        if not survey.draft:
            raise web.HTTPNotFound
        return survey, await surveys.questionnaire(db, survey)


def _present(request: web.Request, asked: Questionnaire) -> Question:
    question = asked.question(request.match_info["question"])
    if question is None:
        raise web.HTTPNotFound
    return question


# --- what was typed -----------------------------------------------------------------------------


def _read(
    form: Mapping[str, Any], present: Question, asked: Questionnaire
) -> tuple[Question, dict[str, str]]:
    """Return the question that was typed, and what is wrong with it by field."""
    texts, errors = texts_of(form, "text"), {}
    if asked.language not in texts:
        errors[f"text_{asked.language}"] = NO_TEXT
    options = _options(form, present.kind)
    if present.kind is Kind.CLOSED and len(options) > MOST_OPTIONS:
        errors[f"options_{asked.language}"] = TOO_MANY
    part = field(form, "part") or None
    if part is not None and part not in words.PARTS:
        errors["part"] = CHOOSE
    why = texts_of(form, "why")
    return replace(present, texts=texts, options=options, why=why, part=part), errors


def _options(form: Mapping[str, Any], kind: Kind) -> tuple[Option, ...]:
    """Return the answers: a line each in every language, in the same order."""
    if kind not in CHOSEN:
        return ()
    lines = {tag: _lines(field(form, f"options_{tag}")) for tag in languages()}
    rows = list(zip_longest(*lines.values(), fillvalue=Words("")))
    if kind is Kind.SCALE:
        rows = [rows[n] if n < len(rows) else () for n in range(len(SCALE))]
    right = field(form, "right")
    return tuple(
        Option(
            str(n),
            {tag: said for tag, said in zip(lines, row, strict=False) if said.full},
            field(form, f"goes_{n}") or None,
            right == str(n),
        )
        for n, row in enumerate(rows, start=1)
    )


def _lines(text: str) -> list[Words]:
    parts = (printable(line).partition(BAR) for line in text.splitlines())
    return [Words(full.strip(), short.strip()) for full, _, short in parts]


# --- what is shown ------------------------------------------------------------------------------


async def _form(
    request: web.Request,
    question: Question | None,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    survey, asked = await _drafted(request)
    question = question or _present(request, asked)
    later = [each for each in asked.questions if question.id and each.position > question.position]
    return await page(
        request,
        "survey_question.html",
        status=422 if errors else 200,
        survey=survey,
        question=question,
        asked=asked,
        later=later,
        values=form or _filled(question),
        errors=errors,
        kinds=words.KINDS,
        chosen=question.kind in CHOSEN,
        closed=question.kind is Kind.CLOSED,
        quiz=survey.mode is Mode.QUIZ,
        parts=words.PARTS,
        places=range(1, (MOST_OPTIONS if question.kind is Kind.CLOSED else len(SCALE)) + 1),
        end=END,
        spoken=languages(),
    )


def _filled(question: Question) -> dict[str, str]:
    filled = {"kind": str(question.kind), "part": question.part or ""}
    for owner, texts in (("text", question.texts), ("why", question.why)):
        for tag, said in texts.items():
            filled[f"{owner}_{tag}"] = said.full
            filled[f"{owner}short_{tag}"] = said.short
    for tag in languages():
        labels = [option.texts.get(tag, Words("")) for option in question.options]
        lines = [f"{one.full} {BAR} {one.short}" if one.short else one.full for one in labels]
        filled[f"options_{tag}"] = "\n".join(lines).rstrip()
    for option in question.options:
        filled[f"goes_{option.code}"] = option.goes_to or ""
        if option.right:
            filled["right"] = option.code
    return filled
