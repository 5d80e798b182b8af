"""By day: the hours at which people may be written to of whom nobody waits for an answer."""

from datetime import datetime, time, timedelta, tzinfo
from typing import Final

#: In minutes after midnight, where people are, unless who writes says otherwise.
OPENS: Final = 8 * 60
CLOSES: Final = 20 * 60


def is_open(opens: int, closes: int, zone: tzinfo, at: datetime) -> bool:
    """Return whether *at* is between two minutes after midnight in *zone*; equal: always."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if opens <= closes:
        return opens == closes or opens <= minute < closes
    return minute >= opens or minute < closes  # over midnight


def next_open(opens: int, closes: int, zone: tzinfo, at: datetime) -> tuple[bool, datetime]:
    """Return whether it is a decent hour in *zone* at *at*, and when that changes."""
    if opens == closes:
        return True, datetime.max.replace(tzinfo=at.tzinfo)
    open_now, today = is_open(opens, closes, zone, at), at.astimezone(zone).date()
    edge = clock(closes if open_now else opens)
    days = (today + timedelta(days=n) for n in range(3))
    edges = (datetime.combine(one, edge, zone).astimezone(at.tzinfo) for one in days)
    return open_now, min(one for one in edges if one > at)


def decent(zone: tzinfo, at: datetime) -> datetime:
    """Return *at* where it is a decent hour in *zone* by the usual hours, else when it next is."""
    open_now, changes = next_open(OPENS, CLOSES, zone, at)
    return at if open_now else changes


def clock(minutes: int) -> time:
    """Return the time of day so many minutes after midnight."""
    return time(minutes // 60, minutes % 60)
