"""What a survey found: whole, in parts, round by round; and what was written, for who triages."""

import asyncio
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from console import sheets, survey_about, survey_bars, survey_table
from console import survey_words as words
from console.access import VISIT, member_of
from console.casefile import private_key
from console.pages.attachments import SHOWN
from console.pages.surveys import state_of, wanted
from console.responses import page
from console.services import services_of
from console.survey_about import FEW
from console.words import ATTACHMENTS
from forum import attachments, audit, bodies
from forum.attachments import Attachment
from forum.members import Right
from outreach import survey_answers, survey_response, survey_results, survey_tallies, surveys
from outreach.questionnaire import Questionnaire
from outreach.survey_answers import SealedWords
from outreach.survey_response import Response
from outreach.survey_results import Compared, Result
from outreach.survey_tallies import Taking
from outreach.surveys import Survey
from storage.unit_of_work import Reads
from vault.seals import CannotOpen


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that the page and the files show."""

    survey: Survey
    asked: Questionnaire
    results: Sequence[Result]
    compared: Sequence[Compared]
    rounds: Sequence[Survey]
    taking: Taking
    response: Response | None  # None: no sample was drawn
    sites: dict[str, str]
    split: str | None


async def _found(request: web.Request) -> Found:
    wished = request.query.get("by", "")
    async with services_of(request).database.reading() as db:
        survey = await wanted(request, db)
        split = wished if wished in words.splits_of(survey) else None
        rounds = [
            one
            for one in await surveys.rounds(db, survey)
            if one == survey or (one.round < survey.round and not one.draft)
        ]
        read = [
            (
                await surveys.questionnaire(db, one),
                await survey_results.tally(db, one.id, split if one == survey else None),
            )
            for one in rounds
        ]
        taking = (await survey_tallies.taking(db, [survey.id])).get(survey.id, Taking())
        told_apart = survey.drawn and split and split != "sampled"
        sample = await survey_tallies.drawn(db, survey.id, split) if told_apart and split else {}
        sites = {site.id: site.name for site in await bodies.all_sites(db)}
    results = await asyncio.to_thread(_reckoned, read, split=split is not None)
    return Found(
        survey,
        read[-1][0],
        results[-1],
        survey_results.compared(results) if len(results) > 1 else (),
        rounds,
        taking,
        survey_response.response(taking, survey.drawn, sample) if survey.drawn else None,
        sites,
        split,
    )


def _reckoned(
    rounds: Sequence[tuple[Questionnaire, survey_results.Tally]], *, split: bool
) -> list[list[Result]]:
    """Reckon all *rounds*; the last one, which is looked at, is told apart if *split*."""
    last = len(rounds) - 1
    return [
        survey_results.reckoned(asked, tally, split=split and n == last)
        for n, (asked, tally) in enumerate(rounds)
    ]


async def show(request: web.Request) -> web.Response:
    """Show everything."""
    shown = _shown(request, await _found(request))
    return await page(request, "survey_results.html", **shown)


async def live(request: web.Request) -> web.Response:
    """Show what was found, and nothing around it: a page that is open asks for it.

    Nothing at all where it is what that page shows already.
    """
    shown = _shown(request, await _found(request))
    if request.query.get("was") == shown["mark"]:
        return web.Response(status=204)
    return await page(request, "parts/survey_findings.html", **shown)


def _shown(request: web.Request, found: Found) -> dict[str, Any]:
    language, now = request[VISIT].language, services_of(request).now()
    return {
        "found": found,
        "survey": found.survey,
        "splits": words.splits_of(found.survey),
        "state": state_of(found.survey, now),
        "live": found.survey.listens(now),
        "mark": _mark(found, listens=found.survey.listens(now)),
        "label": lambda question, code: words.label_of(found.asked, question, code, language),
        "group": lambda name: words.group_of(found.split or "", name, found.sites, language),
        "said": lambda texts: found.asked.said(texts, language).full,
        "patterns": survey_bars.PATTERNS,
        "bar": survey_bars.bar_of,
        "letter": survey_bars.letter_of,
        "pattern": survey_bars.pattern_of,
        "few": FEW,
        "may_read": member_of(request).may(Right.TRIAGE),
        "words": words,
    }


def _mark(found: Found, *, listens: bool) -> str:
    """Return what is the same as long as the page would show the same."""
    counted = [(one.n, one.skipped, one.lines, one.mean, one.groups) for one in found.results]
    return f"{zlib.crc32(repr((counted, found.taking, found.response, listens)).encode()):08x}"


# --- files --------------------------------------------------------------------------------------


async def as_csv(request: web.Request) -> web.Response:
    """Hand the counts out as CSV."""
    found = await _exported(request)
    return _file(found, sheets.as_csv(_grid(request, found)), sheets.CSV, "csv")


async def as_xlsx(request: web.Request) -> web.Response:
    """Hand the counts out as a workbook."""
    found = await _exported(request)
    grid = _grid(request, found)
    body = await asyncio.to_thread(sheets.as_xlsx, grid, f"survey {found.survey.code}")
    return _file(found, body, sheets.XLSX, "xlsx")


async def as_json(request: web.Request) -> web.Response:
    """Hand the counts out for a program."""
    found = await _exported(request)
    survey, taking = found.survey, found.taking
    few = taking.started < FEW
    tree: dict[str, Any] = {
        "survey": survey.code,
        "name": survey.name,
        "round": survey.round,
        "sample": survey_about.sample_tree(survey, None if few else found.response, found.sites),
        "started": None if few else taking.started,
        "done": None if few else taking.done,
        "by": found.split,
        "questions": survey_table.tree_of(found.asked, found.results, found.sites, found.split),
        "rounds": survey_about.rounds_tree(found.asked, found.compared, found.rounds),
    }
    body = json.dumps(tree, ensure_ascii=False, indent=1).encode()
    return _file(found, body, "application/json", "json")


def _grid(request: web.Request, found: Found) -> sheets.Grid:
    language = request[VISIT].language
    split, sites = found.split, found.sites
    return [
        *survey_table.grid_of(found.asked, found.results, split, sites, language),
        *survey_about.rows_of_rounds(found.asked, found.compared, found.rounds, language),
        *survey_about.rows_about(
            found.survey, found.taking, found.response, split, sites, language
        ),
    ]


async def _exported(request: web.Request) -> Found:
    """Return what was found, and note who took it."""
    found = await _found(request)
    await _record(request, "survey.exported", found.survey)
    return found


async def _record(request: web.Request, act: str, survey: Survey) -> None:
    """Write down who took or read something of a survey."""
    services, actor = services_of(request), member_of(request).member.id
    async with services.database.transaction() as db:
        await audit.record(db, actor=actor, act=act, subject=survey.id, now=services.now())


def _file(found: Found, body: bytes, kind: str, suffix: str) -> web.Response:
    by = f"-{found.split}" if found.split else ""
    name = f"baraza-survey-{found.survey.code}{by}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=kind, headers=headers)


# --- what was written ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """What somebody wrote or told, opened; *text* None: this member has no key to it."""

    held: SealedWords
    text: str | None
    attachments: Sequence[Attachment]


async def _words_page(
    request: web.Request, db: Reads, survey: Survey, skip: int
) -> dict[str, Any]:
    """Return a page of what was written, opened with the member's key."""
    private = await private_key(request, db, survey.id)
    listed = await survey_answers.words(db, survey.id, skip=skip)
    files = await attachments.of_entries(db, survey.id, [one.id for one in listed.rows])
    read = [Read(one, _opened(private, one), files.get(one.id, ())) for one in listed.rows]
    return {"read": read, "next_page": listed.next}


def _opened(private: bytes | None, held: SealedWords) -> str | None:
    try:
        return None if private is None else survey_answers.opened(private, held)
    except CannotOpen:
        return None


async def written(request: web.Request) -> web.Response:
    """Show what was written to a survey, the newest first."""
    services, skip = services_of(request), _skip(request)
    async with services.database.reading() as db:
        survey = await wanted(request, db)
        asked = await surveys.questionnaire(db, survey)
        shown = await _words_page(request, db, survey, skip)
    await _record(request, "survey.read", survey)
    return await page(
        request,
        "survey_words.html",
        survey=survey,
        first_page=skip == 0,
        questions={one.id: one for one in asked.questions},
        said=lambda texts: asked.said(texts, request[VISIT].language).full,
        attachment_names=ATTACHMENTS,
        shown=SHOWN,
        opened=request.query.get("open", ""),
        **shown,
    )


def _skip(request: web.Request) -> int:
    """Return how many rows stand before the page that is asked for."""
    typed = request.query.get("page", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < len("1000000") else 0
