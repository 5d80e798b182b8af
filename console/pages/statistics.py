"""How it goes with the cases: in full for who may see them, and as it may be shown to anybody."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from console import charts, sheets, statistics_words
from console.access import VISIT, member_of
from console.published_table import grid_of
from console.responses import page
from console.services import Services, services_of
from console.words import DEADLINES, LEVELS, SEVERITIES
from forum import audit
from forum.members import Member
from grievances import hotspots, indicators, inflow, limits, releases, spans
from grievances.inflow import Flow
from grievances.periods import Quarter, Week, closed_quarters, quarter_named, weeks_up_to
from grievances.releases import Part, Release, Tally
from grievances.spans import Wait
from grievances.survival import MEDIAN, Waited, quantile
from grievances.taxonomy import Taxonomy
from storage.unit_of_work import Reads

#: Periods that one can choose, in weeks: about a month, a quarter, half a year, a year.
PERIODS: Final = (4, 13, 26, 52)
USUAL: Final = 13

#: Limits of the law that passed, on one page; they should be none at all.
LIMITS: Final = 100

#: Two years of published tables.
QUARTERS: Final = 8


async def show(request: web.Request) -> web.Response:
    """Show everything."""
    services, member = services_of(request), member_of(request).member
    now, period = services.now(), _period(request)
    quarter = _quarter(request, services)
    weeks = weeks_up_to(now, services.zone, period)
    await _release_what_is_due(services)
    async with services.database.reading() as db:
        full = await _in_full(db, member, weeks, services)
        tallies = await _tallies(db, member, quarter, services)
    tables = await asyncio.to_thread(_reckoned, tallies, services.taxonomy)
    language = request[VISIT].language
    return await page(
        request,
        "statistics.html",
        **full,
        period=period,
        periods=PERIODS,
        quarter=quarter,
        quarters=closed_quarters(now, services.zone, most=QUARTERS),
        tables=[(one, grid_of(one, language, services.taxonomy)) for one in tables],
        words=statistics_words,
        severities=SEVERITIES,
        steps=DEADLINES,
        levels=LEVELS,
        categories=services.taxonomy.categories,
    )


async def as_csv(request: web.Request) -> web.Response:
    """Hand out a table that may be shown to anybody, as CSV."""
    release = await _exported(request)
    body = sheets.as_csv(_grid(request, release))
    return _file(release, body, sheets.CSV, "csv")


async def as_xlsx(request: web.Request) -> web.Response:
    """Hand out a table that may be shown to anybody, as a workbook."""
    release = await _exported(request)
    grid = _grid(request, release)
    body = await asyncio.to_thread(sheets.as_xlsx, grid, release.quarter.name)
    return _file(release, body, sheets.XLSX, "xlsx")


def _grid(request: web.Request, release: Release) -> sheets.Grid:
    return grid_of(release, request[VISIT].language, services_of(request).taxonomy)


# --- in full -------------------------------------------------------------------------------------


async def _in_full(
    db: Reads, member: Member, weeks: Sequence[Week], services: Services
) -> dict[str, Any]:
    now = services.now()
    flows = await inflow.flows(db, member, weeks)
    waits = {wait: await spans.waits(db, member, wait, weeks, now) for wait in Wait}
    figures = [
        *indicators.quantiles(waits),
        *await indicators.counted(db, member, weeks, now),
        *indicators.not_known(),
    ]
    answered = _by_week(waits[Wait.ANSWER], len(weeks))
    return {
        "figures": figures,
        "rows": list(zip(flows, answered, strict=True)),
        "received": sum(flow.received for flow in flows),
        "any_case": any(flow.received or flow.open for flow in flows),
        "drawn": _drawn(flows, answered),
        "hot_spots": await hotspots.hot_spots(db, member, now),
        "limits": await limits.passed(db, member, weeks[0].starts, now, most=LIMITS),
    }


def _by_week(waits: Sequence[Waited], weeks: int) -> list[int | None]:
    """Return the median wait, in minutes, of the cases that came in each week."""
    by_week: list[list[Waited]] = [[] for _ in range(weeks)]
    for each in waits:
        by_week[each.week].append(each)
    return [quantile(of_week, MEDIAN) for of_week in by_week]


def _drawn(flows: Sequence[Flow], answered: Sequence[int | None]) -> dict[str, charts.Row]:
    return {
        "inflow": charts.row_of([flow.received for flow in flows]),
        "backlog": charts.row_of([flow.open for flow in flows]),
        "answer": charts.row_of(answered),
    }


# --- what may be shown to anybody ----------------------------------------------------------------


async def _release_what_is_due(services: Services) -> None:
    """Count the quarters that are over, once for all; most times there is nothing to do."""
    now, zone = services.now(), services.zone
    async with services.database.reading() as db:
        waiting = await releases.due(db, now, zone)
    if not waiting:
        return
    async with services.database.transaction() as db:
        for quarter, part in waiting:
            await releases.release(db, quarter, part, now, zone, services.taxonomy)


async def _tallies(
    db: Reads, member: Member, quarter: Quarter, services: Services
) -> Sequence[Tally]:
    now, zone = services.now(), services.zone
    out = [part for part in Part if releases.over(quarter, part, now, zone)]
    return [await releases.tally(db, member, quarter, part) for part in out]


def _reckoned(tallies: Sequence[Tally], taxonomy: Taxonomy) -> list[Release]:
    return [releases.reckoned(one, taxonomy) for one in tallies]


async def _exported(request: web.Request) -> Release:
    """Return the table that the address names, and note who took it; 404 before it is out."""
    services, member = services_of(request), member_of(request).member
    quarter = quarter_named(request.query.get("quarter", ""))
    part = next((one for one in Part if one == request.query.get("part")), None)
    now, zone = services.now(), services.zone
    if quarter is None or part is None or not releases.over(quarter, part, now, zone):
        raise web.HTTPNotFound
    await _release_what_is_due(services)
    async with services.database.transaction() as db:
        tally = await releases.tally(db, member, quarter, part)
        subject = f"{quarter.name} {part}"
        await audit.record(
            db, actor=member.id, act="statistics.exported", subject=subject, now=now
        )
    return await asyncio.to_thread(releases.reckoned, tally, services.taxonomy)


def _file(release: Release, body: bytes, kind: str, suffix: str) -> web.Response:
    name = f"baraza-{release.quarter.name}-{release.part}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=kind, headers=headers)


# --- what is asked for ---------------------------------------------------------------------------


def _period(request: web.Request) -> int:
    wished = request.query.get("weeks", "")
    return next((weeks for weeks in PERIODS if str(weeks) == wished), USUAL)


def _quarter(request: web.Request, services: Services) -> Quarter:
    offered = closed_quarters(services.now(), services.zone, most=QUARTERS)
    wished = quarter_named(request.query.get("quarter", ""))
    return wished if wished and wished in offered else offered[0]
