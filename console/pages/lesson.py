"""One lesson of what is being written: all languages beside each other, and its question."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console import lesson_names
from console.lesson_names import CHOOSE, FLAWS, WORDS
from console.notices import Notice
from console.pages.case import NOTHING
from console.pages.coverage import number
from console.pages.lessons import acting, wanted
from console.responses import field, go, page
from console.services import services_of
from locales import languages
from outreach import lessons
from outreach.lessons import DIGITS, MOST_LESSONS, Course, Flaw, Lesson, Moved, Part, Series, Words
from outreach.rule_texts import Variant, clean
from outreach.wording import cost

#: What a lesson can say; the title stands on the page of the series.
PARTS = (Part.LESSON, Part.QUESTION, Part.WRONG)


async def show(request: web.Request) -> web.Response:
    """Show a lesson, or the form of the next one."""
    series, course, position = await _place(request)
    return await _form(request, series, position, _kept(course.lesson(position)))


async def keep(request: web.Request) -> web.Response:
    """Keep it, or add it behind the last."""
    form, services = await request.post(), services_of(request)
    series, _, position = await _place(request)
    lesson, errors = _read(form, position, series.language)
    typed = {name: field(form, name) for name in form}
    if errors:
        return await _form(request, series, position, typed, errors)
    try:
        async with services.database.transaction() as db:
            await lessons.put(db, series, lesson, **acting(request))
    except Moved:
        return go(request, _path(series), Notice("gone_on_lessons"))
    return go(request, f"{_path(series)}#lesson-{position}", Notice("lesson_kept"))


async def remove(request: web.Request) -> web.Response:
    """Take it away; those behind it move up."""
    series, course, position = await _place(request, there=True)
    order = [one.position for one in course.lessons if one.position != position]
    return await _ordered(request, series, order, "lesson_removed")


async def up(request: web.Request) -> web.Response:
    """Put it before the one that stands before it."""
    series, course, position = await _place(request, there=True)
    order = [one.position for one in course.lessons]
    place = order.index(position)
    if place:
        order[place - 1], order[place] = order[place], order[place - 1]
    return await _ordered(request, series, order, "lesson_moved")


async def _ordered(
    request: web.Request, series: Series, order: list[int], said: str
) -> web.Response:
    try:
        async with services_of(request).database.transaction() as db:
            await lessons.reorder(db, series, order, **acting(request))
    except Moved:
        return go(request, _path(series), Notice("gone_on_lessons"))
    return go(request, _path(series), Notice(said))


async def _place(request: web.Request, *, there: bool = False) -> tuple[Series, Course, int]:
    """Return the lesson that the address names; 404 where nothing is written there."""
    position = number(request.match_info["position"], MOST_LESSONS)
    async with services_of(request).database.reading() as db:
        series = await wanted(request, db)
        course = await lessons.course_of(db, series.id, series.drafting)
    most = len(course.lessons) + (0 if there else 1)
    if not series.drafting or not 1 <= position <= most:
        raise web.HTTPNotFound
    return series, course, position


def _path(series: Series) -> str:
    return f"/lessons/{series.id}"


def _read(form: Mapping[str, Any], position: int, base: str) -> tuple[Lesson, dict[str, str]]:
    """Return the lesson that was typed, and what is wrong with it by field."""
    errors, right = {}, field(form, "right")
    if right and right not in tuple(DIGITS):
        errors["right"] = CHOOSE
    texts = {}
    for tag in languages():
        machine = bool(field(form, f"machine-{tag}"))
        for part in PARTS:
            full = clean(field(form, f"{part}-full-{tag}"), Variant.FULL)
            short = clean(field(form, f"{part}-short-{tag}"), Variant.SMS)
            if full or short:
                texts[part, tag] = Words(full or short, short, machine)
    lesson = Lesson(position, right, texts)
    if not texts:
        errors[f"{Part.LESSON}-full-{base}"] = WORDS
    found = lessons.flaws(Course({base: Words("-")}, [lesson]), base)
    for (_, part, tag), flaw in found.items():
        if flaw is Flaw.LONG:
            errors[f"{part}-short-{tag}"] = FLAWS[flaw]
    return lesson, errors


def _kept(lesson: Lesson | None) -> dict[str, str]:
    if lesson is None:
        return {}
    values = {"right": lesson.right}
    for (part, tag), words in lesson.texts.items():
        values |= {f"{part}-full-{tag}": words.full, f"{part}-short-{tag}": words.short}
        values |= {f"machine-{tag}": "1"} if words.machine else {}
    return values


async def _form(
    request: web.Request,
    series: Series,
    position: int,
    values: Mapping[str, str],
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    return await page(
        request,
        "lesson.html",
        status=422 if errors else 200,
        series=series,
        position=position,
        parts=PARTS,
        names=lesson_names,
        digits=tuple(DIGITS),
        spoken=languages(),
        cost=cost,
        values=values,
        errors=errors,
    )
