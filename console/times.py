"""How moments are told to staff: «3 h left», «2 days over», «Tue 12 May, 17:00».

Every function takes the moment *now*; none reads a clock.
"""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from babel.dates import format_date, format_datetime, get_day_names

from locales import N_, ngettext, translate

#: What waits for a minute waits for long: below, seconds are named.
NAME_SECONDS_BELOW: Final = timedelta(minutes=1)

#: Up to here minutes are named, then hours, then days: what a reader can still act on.
NAME_MINUTES_BELOW: Final = timedelta(hours=1)
NAME_HOURS_BELOW: Final = timedelta(hours=48)


@lru_cache(maxsize=4096)  # a case's page tells thirty of them, the same ones each time
def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """Return the day and hour in the forum's own time: «Tue 12 May, 17:00»."""
    return format_datetime(at, "EEE d MMM, HH:mm", tzinfo=zone, locale=language)


def day(at: datetime, zone: tzinfo, language: str) -> str:
    """Return the day with its year: «12 May 2026»."""
    return format_datetime(at, "d MMM y", tzinfo=zone, locale=language)


def calendar_day(at: datetime, zone: tzinfo, language: str) -> str:
    """Return the day without its year, for rows that follow each other: «12 May»."""
    return format_datetime(at, "d MMM", tzinfo=zone, locale=language)


def full_date(on: date, language: str) -> str:
    """Return a day of the calendar: «Friday 25 December»."""
    return format_date(on, "EEEE d MMMM", locale=language)


def year_date(on: date, language: str) -> str:
    """Return a day of the calendar with its year: «25 Dec 2026»."""
    return format_date(on, "d MMM y", locale=language)


def month_name(on: date, language: str) -> str:
    """Return the month that *on* lies in, with its year: «December 2026»."""
    return format_date(on, "LLLL y", locale=language)


def weekday(number: int, language: str) -> str:
    """Return what a day of the week is called; Monday is 0."""
    name: str = get_day_names("wide", locale=language)[number]
    return name


def time_left(due: datetime, now: datetime, language: str) -> str:
    """Return how long there is until *due*, or for how long it has been over."""
    left = due - now
    if left >= timedelta(0):
        return _left(left, language)
    return _over(-left, language)


def ago(at: datetime, now: datetime, language: str) -> str:
    """Return how long ago *at* was."""
    number, unit = _rounded(max(now - at, timedelta(0)))
    if number == 0:
        return translate(N_("just now"), language, domain="console")
    if unit == "minutes":
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", number, language) % {"n": number}
    if unit == "hours":
        return ngettext("%(n)s hour ago", "%(n)s hours ago", number, language) % {"n": number}
    return ngettext("%(n)s day ago", "%(n)s days ago", number, language) % {"n": number}


def waited(since: datetime, now: datetime, language: str) -> str:
    """Return for how long something has waited: «40 s», «3 min», «2 h», «5 days»."""
    span = max(now - since, timedelta(0))
    if span < NAME_SECONDS_BELOW:
        seconds = int(span.total_seconds())
        return ngettext("%(n)s s", "%(n)s s", seconds, language) % {"n": seconds}
    return lasted(span, language)


def lasted(span: timedelta, language: str) -> str:
    """Return how long something took, rounded down: «3 min», «2 h», «5 days»."""
    number, unit = _rounded(span)
    if unit == "minutes":
        return ngettext("%(n)s min", "%(n)s min", number, language) % {"n": number}
    if unit == "hours":
        return ngettext("%(n)s h", "%(n)s h", number, language) % {"n": number}
    return ngettext("%(n)s day", "%(n)s days", number, language) % {"n": number}


def _left(span: timedelta, language: str) -> str:
    number, unit = _rounded(span)
    if unit == "minutes":
        return ngettext("%(n)s min left", "%(n)s min left", number, language) % {"n": number}
    if unit == "hours":
        return ngettext("%(n)s h left", "%(n)s h left", number, language) % {"n": number}
    return ngettext("%(n)s day left", "%(n)s days left", number, language) % {"n": number}


def _over(span: timedelta, language: str) -> str:
    number, unit = _rounded(span)
    if unit == "minutes":
        return ngettext("%(n)s min over", "%(n)s min over", number, language) % {"n": number}
    if unit == "hours":
        return ngettext("%(n)s h over", "%(n)s h over", number, language) % {"n": number}
    return ngettext("%(n)s day over", "%(n)s days over", number, language) % {"n": number}


def _rounded(span: timedelta) -> tuple[int, str]:
    """Round down: a deadline is never made to look further away than it is."""
    if span < NAME_MINUTES_BELOW:
        return int(span.total_seconds() // 60), "minutes"
    if span < NAME_HOURS_BELOW:
        return int(span.total_seconds() // 3600), "hours"
    return span.days, "days"
