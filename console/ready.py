"""The answers that are kept ready, as the page of a case offers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from channels import segments
from console.access import VISIT
from console.casefile import CaseFile
from console.services import services_of
from grievances import ready_answers
from grievances.deadlines import Step
from grievances.ready_answers import Ready

#: The longest that may come where a text has a place to fill, for counting what it costs.
SAMPLES: Mapping[str, str] = {"date": "30/09/2026", "days": "90"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be picked for one case. *others* are not in the reporter's language."""

    theirs: Sequence[Ready]
    others: Sequence[Ready]


@dataclass(frozen=True, slots=True)
class Picked:
    """An answer that was picked; *language* is that of its *text*."""

    id: str
    text: str
    language: str


async def choice(request: web.Request, file: CaseFile) -> Choice:
    """Return what can be picked for this case, what is in the reporter's language apart."""
    async with services_of(request).database.reading() as db:
        offered = await ready_answers.offered(db, file.row.category)
    theirs = [each for each in offered if file.row.language in each.draft.texts]
    return Choice(theirs, [each for each in offered if each not in theirs and each.draft.texts])


def picked(request: web.Request, file: CaseFile, offered: Choice) -> Picked | None:
    """Return what the address asks for (``?answer=…``), filled for this case."""
    wished = request.query.get("answer", "")
    ready = next((one for one in (*offered.theirs, *offered.others) if one.id == wished), None)
    if ready is None:
        return None
    language = ready.in_language([file.row.language, request[VISIT].language])
    values = _values(request, file, language)
    return Picked(ready.id, ready_answers.filled(ready.draft.texts[language], **values), language)


def _values(request: web.Request, file: CaseFile, language: str) -> dict[str, str]:
    """Return by when the reporter hears what came of it, in words of their language."""
    services = services_of(request)
    clocks = {each.step: each for each in file.deadlines}
    feedback = clocks.get(Step.FEEDBACK)
    if feedback is None or feedback.met_at is not None:
        return {}
    due = feedback.due_at.astimezone(services.zone).date()
    days = (due - services.now().astimezone(services.zone).date()).days
    if days < 0:
        return {}  # a promise that is broken already is not made again
    return {"date": _date(due, language), "days": str(days)}


def _date(day: Any, language: str) -> str:
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return str(day.isoformat())
    return format_date(day, "short", locale=locale)


def length(text: str) -> segments.Count:
    """Return what *text* takes as an SMS when its places are filled as long as can be."""
    return segments.count(segments.fold(ready_answers.filled(text, **SAMPLES)))
