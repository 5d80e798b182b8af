"""Series of lessons: all of them, and one with its lessons, its editions and what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from console import lesson_names, lesson_results, sheets
from console.access import VISIT, member_of
from console.lesson_names import CHOOSE, DAYS, FULL, MEND, NO_NAME
from console.lesson_results import Results
from console.notices import Notice
from console.pages.case import NOTHING
from console.pages.coverage import number
from console.responses import field, go, page
from console.services import services_of
from forum.members import printable
from locales import languages
from outreach import learners, lessons
from outreach.lessons import LONGEST_EVERY, CannotOpen, Course, Full, Moved, Series, Words
from outreach.rule_texts import Variant, clean
from outreach.wording import cost
from storage.unit_of_work import Reads

#: Characters of a name.
NAME: Final = 80

#: Days between two lessons where nobody says otherwise.
USUAL: Final = "3"

#: What is done to a series as a whole.
Act = Callable[..., Awaitable[None]]


async def show(request: web.Request) -> web.Response:
    """List all of them."""
    return await _list(request)


async def create(request: web.Request) -> web.Response:
    """Begin one."""
    form, services = await request.post(), services_of(request)
    name, language = printable(field(form, "name")), field(form, "language")
    every, errors = number(field(form, "every"), LONGEST_EVERY), {}
    if not 0 < len(name) <= NAME:
        errors["name"] = NO_NAME
    if every < 1:
        errors["every"] = DAYS
    if language not in languages():
        errors["language"] = CHOOSE
    if errors:
        return await _list(request, _typed(form), errors)
    async with services.database.transaction() as db:
        given = acting(request)
        made = await lessons.create(db, name=name, language=language, every=every, **given)
    return go(request, f"/lessons/{made}", Notice("lessons_begun"))


async def _list(
    request: web.Request,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    services = services_of(request)
    async with services.database.reading() as db:
        every = await lessons.every(db)
        found = [(one, await _newest(db, one)) for one in every]
    return await page(
        request,
        "lessons.html",
        status=422 if errors else 200,
        rows=found,
        states=lesson_names.STATES,
        spoken=languages(),
        values=values or {"language": services.default_language, "every": USUAL},
        errors=errors,
    )


async def _newest(db: Reads, series: Series) -> Results | None:
    if not series.edition:
        return None
    course = await lessons.course_of(db, series.id, series.edition)
    return await lesson_results.results_of(db, series.id, series.edition, course)


# --- one ----------------------------------------------------------------------------------------


async def wanted(request: web.Request, db: Reads) -> Series:
    """Return the series that the address names, or 404."""
    series = await lessons.get(db, request.match_info["series"])
    if series is None:
        raise web.HTTPNotFound
    return series


def acting(request: web.Request) -> dict[str, Any]:
    """Return who changes something, and when, as every change is told."""
    return {"by": member_of(request).member.id, "now": services_of(request).now()}


async def show_one(request: web.Request) -> web.Response:
    """Show its lessons, and what came of it."""
    return await _one(request)


async def entitle(request: web.Request) -> web.Response:
    """Keep its name, its days and its titles."""
    form, services = await request.post(), services_of(request)
    async with services.database.reading() as db:
        series = await wanted(request, db)
    name, every = printable(field(form, "name")), number(field(form, "every"), LONGEST_EVERY)
    errors = {}
    if not 0 < len(name) <= NAME:
        errors["name"] = NO_NAME
    if every < 1:
        errors["every"] = DAYS
    if errors:
        return await _one(request, _typed(form), errors)
    titles = {
        tag: Words(
            clean(field(form, f"title-{tag}"), Variant.FULL),
            clean(field(form, f"short-{tag}"), Variant.SMS),
            bool(field(form, f"machine-{tag}")),
        )
        for tag in languages()
    }
    try:
        async with services.database.transaction() as db:
            given: dict[str, Any] = {
                "name": name,
                "every": every,
                "titles": titles,
                **acting(request),
            }
            await lessons.entitle(db, series, **given)
    except Moved:
        return go(request, f"/lessons/{series.id}", Notice("gone_on_lessons"))
    return go(request, f"/lessons/{series.id}", Notice("lessons_kept"))


async def release(request: web.Request) -> web.Response:
    """Let people learn from what is written."""
    return await _turned(request, lessons.release, "lessons_opened")


async def revise(request: web.Request) -> web.Response:
    """Begin the next edition."""
    return await _turned(request, lessons.revise, "lessons_revised")


async def close(request: web.Request) -> web.Response:
    """Take no new people."""
    return await _turned(request, lessons.turn, "lessons_closed", closed=True)


async def reopen(request: web.Request) -> web.Response:
    """Take new people again."""
    return await _turned(request, lessons.turn, "lessons_opened", closed=False)


async def _turned(request: web.Request, act: Act, said: str, **how: Any) -> web.Response:
    services = services_of(request)
    async with services.database.reading() as db:
        series = await wanted(request, db)
    try:
        async with services.database.transaction() as db:
            await act(db, series, **how, **acting(request))
    except (CannotOpen, Full) as wrong:
        return await _one(request, errors={"open": FULL if isinstance(wrong, Full) else MEND})
    except Moved:
        return go(request, f"/lessons/{series.id}", Notice("gone_on_lessons"))
    return go(request, f"/lessons/{series.id}", Notice(said))


async def as_csv(request: web.Request) -> web.Response:
    """Hand out what came of it."""
    async with services_of(request).database.reading() as db:
        series = await wanted(request, db)
        found = await _results(db, series)
    grid = lesson_results.grid_of(found, request[VISIT].language)
    return web.Response(
        body=sheets.as_csv(grid),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="lessons.csv"'},
    )


async def _results(db: Reads, series: Series) -> list[Results]:
    """Return what came of each edition, the newest first."""
    found = []
    for edition in range(series.edition, 0, -1):
        course = await lessons.course_of(db, series.id, edition)
        found.append(await lesson_results.results_of(db, series.id, edition, course))
    return found


def _kept(series: Series, course: Course) -> dict[str, str]:
    values = {"name": series.name, "every": str(series.every)}
    for tag, words in course.titles.items():
        values |= {f"title-{tag}": words.full, f"short-{tag}": words.short}
        values |= {f"machine-{tag}": "1"} if words.machine else {}
    return values


def _typed(form: Mapping[str, Any]) -> dict[str, str]:
    return {name: field(form, name) for name in form}


async def _one(
    request: web.Request,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        series = await wanted(request, db)
        course = await lessons.course_of(db, series.id, series.shown)
        results = await _results(db, series)
        everybody = await learners.standing(db, series.id)
    return await page(
        request,
        "lesson_series.html",
        status=422 if errors else 200,
        series=series,
        course=course,
        flaws=lessons.flaws(course, series.language),
        results=results,
        anybody=everybody.everybody > 0,
        names=lesson_names,
        cost=cost,
        spoken=languages(),
        room=len(course.lessons) < lessons.MOST_LESSONS,
        values=values or _kept(series, course),
        errors=errors,
    )
