"""What a broadcast will take, before anybody approves it: people, segments, money and hours.

Counted by the database in one question, by zone, channel and language; reckoned here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.base import Style
from channels.hours import next_open
from channels.routing import CALLS
from channels.ways import Way
from outreach import announcements, called, recipients, terms, wording
from outreach.announcements import Announcement, Draft, Fallback
from outreach.recipients import Group, Zones
from outreach.schedules import Schedule
from storage.unit_of_work import Reads

#: Openings and closings that are looked at before it counts as not done in time.
MOST_STEPS: Final = 5_000

#: What is left of a segment by rounding.
_NOTHING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """Those on one channel who read one language. *told_in*: the language that they get.

    *told_in* None: they get nothing. *units*: segments as SMS, else messages. *price*: in
    ten-thousandths; None: nobody has said what a message costs there.
    """

    channel: str
    language: str
    told_in: str | None
    people: int
    units: int
    price: int | None
    reachable: bool  # some line leads there


@dataclass(frozen=True, slots=True)
class Estimate:
    """*finishes*: when the last would have left, by channel; None: not all leave in time."""

    rows: Sequence[Row]
    finishes: Mapping[str, datetime | None]
    currency: str

    @property
    def calls(self) -> bool:
        """Whether anybody is called: the price is that of calls which are all answered."""
        return any(row.channel in CALLS and row.units for row in self.rows)

    @property
    def people(self) -> int:
        """Everybody who gets it."""
        return sum(row.people for row in self.rows if row.told_in and row.reachable)

    @property
    def units(self) -> int:
        """Segments and messages, all together."""
        return sum(row.units for row in self.rows)

    @property
    def price(self) -> int | None:
        """What it costs, in ten-thousandths; None: a price is not known."""
        known = [row.price for row in self.rows if row.units]
        return None if None in known else sum(price or 0 for price in known)

    @property
    def by_language(self) -> Mapping[str, int]:
        """How many people get it in which language."""
        told = Counter[str]()
        for row in self.rows:
            if row.told_in and row.reachable:
                told[row.told_in] += row.people
        return dict(sorted(told.items()))

    @property
    def left_out(self) -> int:
        """Whom it does not reach, though they are in its audience."""
        return sum(row.people for row in self.rows if not (row.told_in and row.reachable))

    @property
    def unspoken(self) -> int:
        """How many get it in another language than their own, or not at all for that."""
        return sum(row.people for row in self.rows if row.told_in != row.language)


async def estimate(
    db: Reads,
    announcement: Announcement,
    *,
    ways: Mapping[str, Way],
    zones: Zones,
    now: datetime,
) -> Estimate:
    """Reckon what one time of *announcement* would take if it left at *now* or at its hour.

    Of several times the dearest: a reminder says a line more.
    """
    draft = announcement.draft
    texts = await announcements.texts(db, announcement.id)
    groups = await groups_of(db, announcement, zones, ways, now=now, everybody=True)
    costs, settled = await terms.prices_of(db), await terms.read(db)
    minutes = await called.minutes(db, announcement)
    spoken = wording.spoken(texts)
    # A call is one, however many parts it plays.
    calls = {(tag, Style.VOICE): 1 for tag in spoken}
    units = {**wording.dearest(texts, draft.schedule), **calls}
    each = wording.each(texts)
    rows: dict[tuple[str, str], Row] = {}
    work: dict[str, list[Counter[str]]] = {}
    for group in groups:
        told_in = _told_in(group.language, draft.language, spoken, draft.fallback)
        way = ways.get(group.channel)
        rounds = _rounds(group, told_in, way, units, each, draft)
        price = costs.get(group.channel)
        if price is not None and group.channel in CALLS:
            price *= minutes.get(told_in or "", 1)
        row = _row(group, told_in, way, sum(rounds), price)
        rows[group.channel, group.language] = _both(rows.get((group.channel, group.language)), row)
        if way is not None and row.units:
            its = work.setdefault(group.channel, [Counter() for _ in range(draft.parts)])
            for number, taken in enumerate(rounds):
                its[number][group.zone] += taken
    begins = max(now, draft.schedule.starts_at or now)
    finishes = {
        channel: _finish(its, ways[channel].per_second, draft.schedule, begins)
        for channel, its in sorted(work.items())
    }
    return Estimate([rows[key] for key in sorted(rows)], finishes, settled.currency)


async def groups_of(
    db: Reads,
    announcement: Announcement,
    zones: Zones,
    ways: Mapping[str, Way],
    *,
    now: datetime,
    everybody: bool = False,
) -> list[Group]:
    """Count who gets *announcement* at *now*.

    *everybody*: those as well whose language it lacks.
    """
    spoken = wording.spoken(await announcements.texts(db, announcement.id))
    of_zone = await zones(db, announcement.draft.audience)
    calls = await called.calls(db, announcement, ways)
    missed = await recipients.missed(db, announcement)
    how: dict[str, Any] = {
        "now": now,
        "every_language": everybody,
        "calls": calls,
        "missed": missed,
    }
    chosen = {
        zone: recipients.chosen(announcement, spoken, found, **how)
        for zone, found in of_zone.items()
    }
    return await recipients.counted(db, chosen, missed)


def reached(groups: Sequence[Group], ways: Mapping[str, Way]) -> int:
    """Return how many of *groups* some line leads to."""
    return sum(group.people for group in groups if group.channel in ways)


def _finish(
    rounds: Sequence[Mapping[str, int]], per_second: float, schedule: Schedule, begins: datetime
) -> datetime | None:
    """Return when the last of *rounds* has left, each so many days after the one before it."""
    hours, at = (schedule.opens, schedule.closes), begins
    for number, work in enumerate(rounds):
        if not any(work.values()):
            continue
        day = begins + timedelta(days=number * schedule.apart)
        ends = day + timedelta(hours=schedule.lasts)
        done = finish(work, per_second, hours, max(at, day), ends)
        if done is None:
            return None
        at = done
    return at


def finish(
    work: Mapping[str, int],
    per_second: float,
    hours: tuple[int, int],
    begins: datetime,
    ends: datetime,
) -> datetime | None:
    """Return when all of *work* (units by zone) has left at *per_second*; None: not by *ends*.

    Zones in which it is a decent hour (*hours*: opens, closes) share the line.
    """
    left = {zone: float(units) for zone, units in work.items() if units}
    at = begins.astimezone(UTC)
    for _ in range(MOST_STEPS):
        if not left:
            return at
        if at >= ends:
            return None
        seen = {zone: next_open(*hours, ZoneInfo(zone), at) for zone in left}
        going = [zone for zone, (is_open, _) in seen.items() if is_open]
        turn = min(ends.astimezone(UTC), *(until for _, until in seen.values()))
        if not going:
            at = turn
            continue
        share = per_second / len(going)
        first_done = min(left[zone] for zone in going) / share
        seconds = min((turn - at).total_seconds(), first_done)
        left = {
            zone: units - (share * seconds if zone in going else 0.0)
            for zone, units in left.items()
        }
        left = {zone: units for zone, units in left.items() if units > _NOTHING}
        at += timedelta(seconds=seconds)
    return None


def _told_in(own: str, base: str, spoken: frozenset[str], fallback: Fallback) -> str | None:
    if own in spoken:
        return own
    return base if fallback is Fallback.BASE else None


def _rounds(
    group: Group,
    told_in: str | None,
    way: Way | None,
    units: Mapping[tuple[str, Style], int],
    each: Mapping[tuple[int, str, Style], int],
    draft: Draft,
) -> Sequence[int]:
    """Return what all of *group* take, at once or on each day on which a message leaves.

    *units*: what all of a broadcast takes; *each*: what every message of it does.
    """
    if way is None or told_in is None:
        return [0]
    at_once = not draft.schedule.apart
    if way.style is Style.VOICE or (at_once and not group.each):
        return [units.get((told_in, way.style), 0) * group.people]
    people = group.each or (group.people,) * draft.parts
    taken = [each.get((part, told_in, way.style), 0) * n for part, n in enumerate(people)]
    return [sum(taken)] if at_once else taken


def _row(group: Group, told_in: str | None, way: Way | None, total: int, price: int | None) -> Row:
    return Row(
        channel=group.channel,
        language=group.language,
        told_in=told_in,
        people=group.people,
        units=total,
        price=None if price is None else price * total,
        reachable=way is not None,
    )


def _both(one: Row | None, other: Row) -> Row:
    """Return two zones' rows as one."""
    if one is None:
        return other
    price = None if one.price is None or other.price is None else one.price + other.price
    return Row(
        other.channel,
        other.language,
        other.told_in,
        one.people + other.people,
        one.units + other.units,
        price,
        other.reachable,
    )
