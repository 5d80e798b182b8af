"""The public register: anybody reads it, without signing in, in either language; and as CSV."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from console import coverage_words, rulefile, sheets
from console.access import VISIT
from console.responses import page
from console.rule_timeline import HEIGHT, WIDTH, stages
from console.services import services_of
from console.sheets import CSV, Grid, Value
from console.words import in_words
from forum.circulation import TOTAL
from forum.suppression import Shown
from locales import N_
from outreach import register
from outreach.guard import Stage
from outreach.register import MISSED, TOLD, Line
from storage.base import EPOCH

#: So long one reading of the tables serves all who look.
FRESH: Final = timedelta(minutes=1)

_HEADS: Final = (
    *(N_("Rule"), N_("Title"), N_("Law announced"), N_("Outreach starts"), N_("In force")),
    *(N_("Enforcement planned"), N_("Assistance began"), N_("Monitoring began")),
    *(N_("Enforcement began"), N_("Earlier editions, enforced from")),
    *(N_("Week from"), N_("District")),
    *(N_("Told all five parts"), N_("Not told"), N_("Of all told, without a telephone")),
    *(N_("Overrides"), N_("Reasons")),
)

HIDDEN: Final = N_("hidden")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule change, with its coverage as anybody may see it."""

    line: Line
    shown: Shown | None

    @property
    def offline(self) -> float | None:
        """Which share of those told was told without a telephone, where it may be shown.

        Only where it may be shown how many were told.
        """
        if self.line.week is None or self.shown is None or self.shown.at(TOTAL, TOLD) is None:
            return None
        return register.offline_share(self.line.week)


@dataclass(slots=True)
class Kept:
    """What was read last, and when; one reader fills it while the others wait."""

    entries: Sequence[Entry] = ()
    read_at: datetime = EPOCH
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


KEPT: Final = web.AppKey("register", Kept)


async def show(request: web.Request) -> web.Response:
    """Show every rule, who has been told, when enforcement began, and every override."""
    entries, language = await _entries(request), request[VISIT].language
    today = rulefile.today_of(request)
    return await page(
        request,
        "register.html",
        entries=[
            {
                "line": one.line,
                "shown": one.shown,
                "offline": one.offline,
                "title": rulefile.title_of(one.line.rule, one.line.texts, language),
                "stages": stages(
                    one.line.rule.dates,
                    one.line.days,
                    today,
                ),
            }
            for one in entries
        ],
        told=TOLD,
        missed=MISSED,
        words=coverage_words,
        today=today,
        width=WIDTH,
        height=HEIGHT,
    )


async def as_csv(request: web.Request) -> web.Response:
    """Hand the same over as a table: a row for each rule and district."""
    grid = _grid(await _entries(request), request[VISIT].language)
    body = await asyncio.to_thread(sheets.as_csv, grid)
    headers = {"Content-Disposition": 'attachment; filename="baraza-register.csv"'}
    return web.Response(body=body, content_type=CSV, headers=headers)


async def _entries(request: web.Request) -> Sequence[Entry]:
    kept, now = request.app[KEPT], services_of(request).now()
    async with kept.lock:
        if now - kept.read_at >= FRESH:
            async with services_of(request).database.reading() as db:
                lines = await register.read(db)
            kept.entries = await asyncio.to_thread(_shown, lines)
            kept.read_at = now
        return kept.entries


def _shown(lines: Sequence[Line]) -> list[Entry]:
    return [Entry(line, register.shown(line.week) if line.week else None) for line in lines]


def _grid(entries: Sequence[Entry], language: str) -> Grid:
    rows: list[list[Value]] = [[in_words(head, language) for head in _HEADS]]
    for one in entries:
        rows += _rows(one, language)
    return rows


def _rows(one: Entry, language: str) -> list[list[Value]]:
    line, dates = one.line, one.line.rule.dates
    days = (dates.announced_on, dates.outreach_from, dates.in_force_on, dates.enforcement_from)
    began, told = line.days, line.rule.edition.number
    earlier = {edition: one for edition, one in line.enforced.items() if edition != told}
    head: list[Value] = [
        line.rule.reference,
        rulefile.title_of(line.rule, line.texts, language),
        *(each.isoformat() if each else "" for each in days),
        *(began[stage].isoformat() if stage in began else "" for stage in Stage),
        " / ".join(f"{edition}: {one.day.isoformat()}" for edition, one in earlier.items()),
        line.week.monday.isoformat() if line.week else "",
    ]
    tail: list[Value] = [len(line.overrides), " / ".join(each.reason for each in line.overrides)]
    if one.shown is None:
        return [[*head, "", "", "", "", *tail]]
    offline = in_words(HIDDEN, language) if one.offline is None else f"{one.offline:.0%}"
    sides = {
        district: [_value(one.shown, district, each, language) for each in _SIDES]
        for district in one.shown.rows
    }
    return [[*head, district, *its, offline, *tail] for district, its in sides.items()]


_SIDES: Final = (TOLD, MISSED)


def _value(shown: Shown, district: str, side: str, language: str) -> Value:
    found = shown.at(district, side)
    return in_words(HIDDEN, language) if found is None else found
