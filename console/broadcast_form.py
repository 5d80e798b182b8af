"""The form of a broadcast: what can be chosen beside its words, read and filled in."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, tzinfo
from typing import Any, Final

from multidict import MultiMapping

from console.audience_form import Offer
from console.outreach_words import CRITERIA
from console.responses import field
from forum.members import printable
from locales import N_, languages
from outreach.announcements import MOST_PARTS, Draft, Fallback
from outreach.audiences import Audience
from outreach.schedules import (
    LONGEST_APART,
    LONGEST_BEFORE,
    LONGEST_EVERY,
    LONGEST_LASTS,
    MOST_REMINDERS,
    MOST_TIMES,
    Schedule,
)

TITLE_CHARACTERS: Final = 120

NO_TITLE: Final = N_("Give it a name by which colleagues find it, of at most 120 characters.")
CHOOSE: Final = N_("Choose one of these.")
NO_DAY: Final = N_("Write a day and an hour, or neither.")
WRONG: Final[Mapping[str, str]] = {
    "hours": N_("Write two hours, such as 08:00 and 20:00."),
    "lasts": N_("Write a number of hours from 1 to 336."),
    "every": N_("Write a number of days from 1 to 90."),
    "times": N_("Write a number from 1 to 12."),
    "apart": N_(
        "Write a number of days from 0 to 14. Messages on different days come once, without "
        "reminders."
    ),
    "day": N_("Choose the day that the reminders come before."),
    "before": N_("Write up to six numbers of days, such as 90, 30, 7."),
}

#: The numbers of the form, and the largest of each.
_NUMBERS: Final = {"lasts": LONGEST_LASTS, "every": LONGEST_EVERY, "times": MOST_TIMES}


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of an audience, by its msgid, and what may be chosen in it: values with names."""

    name: str
    label: str
    options: Mapping[str, str]


def choices(offer: Offer) -> list[Choice]:
    """Return what an audience can be chosen by."""
    return [Choice(name, CRITERIA[name], options) for name, options in offer.items() if options]


def told(audience: Audience, offer: Offer) -> list[tuple[str, list[str]]]:
    """Return who was chosen: each field's msgid, and the names of its values."""
    return [
        (CRITERIA[name], [offer[name].get(one, one) for one in sorted(values)])
        for name, values in audience.chosen().items()
        if values
    ]


def filled(draft: Draft, zone: tzinfo) -> dict[str, Any]:
    """Return *draft* as its form shows it."""
    schedule = draft.schedule
    starts = None if schedule.starts_at is None else schedule.starts_at.astimezone(zone)
    return {
        "title": draft.title,
        "language": draft.language,
        "parts": str(draft.parts),
        "fallback": str(draft.fallback),
        "calls": "yes" if draft.calls else "",
        "sounds": "yes" if draft.sounds else "",
        "start_day": "" if starts is None else starts.date().isoformat(),
        "start_hour": "" if starts is None else f"{starts:%H:%M}",
        "opens": _hour(schedule.opens),
        "closes": _hour(schedule.closes),
        "lasts": str(schedule.lasts),
        "every": str(schedule.every or ""),
        "times": str(schedule.times),
        "apart": str(schedule.apart),
        "day": "" if schedule.day is None else schedule.day.isoformat(),
        "before": ", ".join(str(days) for days in schedule.before),
        **{f"to_{name}": sorted(values) for name, values in draft.audience.chosen().items()},
    }


def typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed, as the form shows it again."""
    several = {name for name in form if name.startswith("to_")}
    plain = {name: field(form, name) for name in form if name not in several}
    every = {f"to_{one.name}": _ticked(form, f"to_{one.name}") for one in fields(Audience)}
    return {**plain, **every}


def read(form: Mapping[str, Any], kept: Draft, zone: tzinfo) -> tuple[Draft, dict[str, str]]:
    """Return the draft that was typed, and what is wrong, by field."""
    errors: dict[str, str] = {}
    title = printable(field(form, "title"))
    if not 0 < len(title) <= TITLE_CHARACTERS:
        errors["title"] = NO_TITLE
    chosen: dict[str, tuple[Collection[str], str]] = {
        "language": (languages(), field(form, "language")),
        "parts": ([str(n) for n in range(1, MOST_PARTS + 1)], field(form, "parts")),
        "fallback": (list(Fallback), field(form, "fallback")),
    }
    errors |= {name: CHOOSE for name, (known, value) in chosen.items() if value not in known}
    schedule, wrong = _schedule(form, zone)
    errors |= wrong
    if errors:
        return kept, errors
    draft = replace(
        kept,
        title=title,
        language=chosen["language"][1],
        parts=int(chosen["parts"][1]),
        fallback=Fallback(chosen["fallback"][1]),
        calls=bool(field(form, "calls")) if field(form, "asks_calls") else kept.calls,
        sounds=bool(field(form, "sounds")) if field(form, "asks_sounds") else kept.sounds,
        schedule=schedule,
        audience=audience(form, kept.audience),
    )
    return draft, {}


def _schedule(form: Mapping[str, Any], zone: tzinfo) -> tuple[Schedule, dict[str, str]]:
    errors: dict[str, str] = {}
    numbers = {name: _number(field(form, name), most) for name, most in _NUMBERS.items()}
    opens, closes = _minutes(field(form, "opens")), _minutes(field(form, "closes"))
    starts, start_wrong = _starts(field(form, "start_day"), field(form, "start_hour"), zone)
    if start_wrong:
        errors["start_day"] = NO_DAY
    day = _day(field(form, "day"))
    before = _before(field(form, "before"))
    given_apart = field(form, "apart")
    apart = _number(given_apart, LONGEST_APART) if given_apart.strip("0") else 0
    missing = {
        "hours": opens is None or closes is None,
        "day": bool(field(form, "day")) and day is None,
        "before": before is None,
        "lasts": numbers["lasts"] is None,
        "times": numbers["times"] is None and bool(field(form, "times")),
        "every": numbers["every"] is None and bool(field(form, "every")),
        "apart": apart is None,
    }
    errors |= {name: WRONG[name] for name, it_is in missing.items() if it_is}
    if errors:
        return Schedule(), errors
    times = numbers["times"] or 1
    schedule = Schedule(
        starts_at=starts,
        opens=opens or 0,
        closes=closes or 0,
        lasts=numbers["lasts"] or 0,
        every=(numbers["every"] or 0) if times > 1 else 0,
        times=times,
        day=day,
        before=before or (),
        apart=apart or 0,
    )
    return schedule, {name: WRONG[name] for name in sorted(schedule.flaws())}


def audience(form: Mapping[str, Any], kept: Audience) -> Audience:
    """Return who was chosen; a field that the form does not have stays as it is."""
    asked = set(_ticked(form, "asks"))
    return replace(
        kept,
        **{
            one.name: frozenset(_ticked(form, f"to_{one.name}"))
            for one in fields(Audience)
            if one.name in asked
        },
    )


def _ticked(form: Mapping[str, Any], name: str) -> list[str]:
    given = form.getall(name, []) if isinstance(form, MultiMapping) else []
    return [printable(one)[:100] for one in given if isinstance(one, str)]


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in sorted({value for value in values if value})]


def _number(text: str, most: int) -> int | None:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    return number if 1 <= number <= most else None


def _minutes(text: str) -> int | None:
    try:
        at = time.fromisoformat(text)
    except ValueError:
        return None
    return at.hour * 60 + at.minute


def _hour(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _starts(day: str, hour: str, zone: tzinfo) -> tuple[datetime | None, bool]:
    """Return the moment of a day and an hour in *zone*, and whether they are wrong."""
    if not day and not hour:
        return None, False
    on, minutes = _day(day), _minutes(hour)
    if on is None or minutes is None:
        return None, True
    local = datetime.combine(on, time(minutes // 60, minutes % 60), zone)
    try:
        local.timestamp()
    except (OverflowError, ValueError):
        return None, True
    return local, False


def _before(text: str) -> tuple[int, ...] | None:
    """Return the days of reminders, the most first; None: they are no days."""
    given = text.replace(",", " ").split()
    if len(given) > MOST_REMINDERS or not all(one.isascii() and one.isdecimal() for one in given):
        return None
    days = sorted({int(one) for one in given}, reverse=True)
    return tuple(days) if all(one <= LONGEST_BEFORE for one in days) else None
