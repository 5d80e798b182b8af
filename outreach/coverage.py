"""Coverage: of the people at each site who speak a language, who was told each part of a rule.

Telephones are counted one by one (``outreach.told``), each for the language that its owner speaks:
who was told in another was not told. What was told by radio, at a visit, in a
training or at a counter comes as numbers, is added and marked as such, and never makes more than
there are people. See docs/decisions/coverage.md for what each number means.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, case, func, select

from forum import bodies
from forum.bodies import Site
from outreach import audiences, events, populations
from outreach.audiences import Audience
from outreach.events import Event, Kind
from outreach.populations import Population
from outreach.rule_changes import RuleChange
from outreach.subscribers import subscribers
from outreach.told import rule_told
from storage.unit_of_work import Reads

#: The parts of a rule change, by the digits that miners send for them.
PARTS: Final = (1, 2, 3, 4, 5)

#: People on the list by whom a site and language can be judged where nobody has stated how many
#: there are: of fewer, one person with some telephones of their own would be most.
LEAST_LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class Until:
    """A day's end: *day* is the last that counts, *at* when the next one begins in the forum."""

    day: date
    at: datetime

    @classmethod
    def end_of(cls, day: date, zone: tzinfo) -> "Until":
        """Return the end of *day* in *zone*."""
        return cls(day, datetime.combine(day + timedelta(days=1), time(), zone))


#: A site's id, and a language.
Key: TypeAlias = tuple[str, str]


class Baseline(StrEnum):
    """What a share is a share of."""

    STATED = "stated"  # the people at the site, as somebody stated
    SUBSCRIBERS = "subscribers"  # those on the list of subscribers
    NOBODY = "nobody"  # nobody is known there, so nobody can be shown to have been told


@dataclass(frozen=True, slots=True)
class Heard:
    """Telephones of one site and language: how many there are, and who was told what.

    *parts*, *unreported*, *called*: by part, how many of them by a channel that reports no
    delivery, and how many heard it in a call. *whole*: who was told all five. *own*: the same of
    those alone who came on the list by their own word, or before the edition was published; None:
    they are all.
    """

    listed: int = 0
    parts: Mapping[int, int] = field(default_factory=dict)
    unreported: Mapping[int, int] = field(default_factory=dict)
    whole: int = 0
    called: Mapping[int, int] = field(default_factory=dict)
    own: "Heard | None" = None


@dataclass(frozen=True, slots=True)
class Offline:
    """People told without a telephone, by part; *whole*: all five at one occasion."""

    parts: Mapping[int, int] = field(default_factory=dict)
    whole: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One site and language."""

    site: Site
    language: str
    people: int
    baseline: Baseline
    stated: Population | None
    heard: Heard
    offline: Offline

    def reached(self, part: int) -> int:
        """Return how many were told *part*, by telephone or without; no more than there are."""
        both = self.heard.parts.get(part, 0) + self.offline.parts.get(part, 0)
        return min(self.people, both)

    @property
    def whole(self) -> int:
        """How many were told all five parts."""
        least = min(self.reached(part) for part in PARTS)
        return min(least, self.heard.whole + self.offline.whole)

    @property
    def unheard(self) -> int:
        """How many of those were told without a telephone, as far as it can be told apart."""
        return max(0, self.whole - self.heard.whole)

    def share(self, part: int) -> float:
        """Return which share was told *part*, 0 to 1; of nobody none was."""
        return self.reached(part) / self.people if self.people else 0.0

    @property
    def unjudged(self) -> bool:
        """Whether it is a gap whoever was told: nobody is known, or too few by the list alone."""
        by_list = self.baseline is Baseline.SUBSCRIBERS and self.stated is None
        return self.people == 0 or (by_list and self.people < LEAST_LISTED)

    def lacking(self, threshold: int) -> tuple[int, ...]:
        """Return the parts that fewer than *threshold* percent were told."""
        return tuple(part for part in PARTS if not self.enough(part, threshold))

    def enough(self, part: int, threshold: int) -> bool:
        """Whether *part* was told to *threshold* percent; where nobody is known, it was not."""
        return self.people > 0 and self.reached(part) * 100 >= threshold * self.people


@dataclass(frozen=True, slots=True)
class Coverage:
    """All sites and languages of a rule. *elsewhere*: telephones that told no site of it.

    *sites*: where it applies. *unspoken*: statements by which nobody there has to be told in a
    language, so that there is no cell.
    """

    cells: Sequence[Cell]
    elsewhere: int = 0
    sites: Sequence[Site] = ()
    unspoken: Sequence[Population] = ()


def places(audience: Audience, sites: Iterable[Site]) -> list[Site]:
    """Return the sites to which a rule for *audience* applies."""
    return [
        site
        for site in sites
        if all(
            not wanted or value in wanted
            for wanted, value in (
                (audience.sites, site.id),
                (audience.districts, site.district),
                (audience.minerals, site.mineral),
                (audience.methods, site.method),
                (audience.deposits, site.deposit),
                (audience.scales, site.scale),
            )
        )
    ]


#: What tells apart the people at a site. A rule for some of them is not for its population.
_OF_PEOPLE: Final = (
    *("phases", "roles", "genders", "formalities", "channels"),
    *("heard", "answered", "not_reached", "cohorts"),
)


def for_some(audience: Audience) -> bool:
    """Whether a rule for *audience* is for some of the people at a site only."""
    return any(getattr(audience, name) for name in _OF_PEOPLE)


def reckon(
    audience: Audience,
    base: str,
    sites: Sequence[Site],
    heard: Mapping[Key, Heard],
    stated: Mapping[Key, Population],
    told: Sequence[Event],
) -> list[Cell]:
    """Return a cell for each site of *sites* and each language that is known there.

    A site of which nothing is known has one, in the language *base*, with nobody in it.
    """
    whole = not for_some(audience)
    known = {key: one for key, one in stated.items() if whole and _in(audience, key[1])}
    found = []
    for site in sites:
        tongues = {tag for at, tag in (*heard, *known) if at == site.id}
        for language in sorted(tongues or {base}):
            key = (site.id, language)
            there = heard.get(key, Heard())
            cell = _cell(site, language, there, known.get(key))
            # Stated as nobody: nobody has to be told.
            if cell.people or there.listed or not tongues:
                found.append(cell)
    offline = _offline(found, told)
    return [replace(cell, offline=offline[cell.site.id, cell.language]) for cell in found]


def _in(audience: Audience, language: str) -> bool:
    return not audience.languages or language in audience.languages


def _cell(site: Site, language: str, heard: Heard, stated: Population | None) -> Cell:
    """Where more listen than were stated, the statement is too low: the larger number counts.

    Whom staff have put on the list since the edition was published makes the list no longer: one
    person could list their own telephones, and tell those.
    """
    if stated and stated.people >= heard.listed:
        return Cell(site, language, stated.people, Baseline.STATED, stated, heard, Offline())
    own = heard.own or heard
    if stated and stated.people and stated.people >= own.listed:
        return Cell(site, language, stated.people, Baseline.STATED, stated, own, Offline())
    baseline = Baseline.SUBSCRIBERS if heard.listed else Baseline.NOBODY
    return Cell(site, language, own.listed, baseline, stated, own, Offline())


def _offline(cells: Sequence[Cell], told: Sequence[Event]) -> Mapping[Key, Offline]:
    """Add up what events told at each site and language.

    Who was there is added up. Of several radios only the largest counts, for each part: they have
    the same listeners. What told a whole district is shared out by the people of its sites,
    rounded down.
    """
    there: defaultdict[Key, Counter[int]] = defaultdict(Counter)
    on_air: defaultdict[Key, Counter[int]] = defaultdict(Counter)
    for event in told:
        parts = {int(digit) for digit in event.told.tells}
        if parts == set(PARTS):
            parts.add(_WHOLE)
        for key, people in _shared(cells, event).items():
            for part in parts:
                if event.told.kind == Kind.RADIO:
                    on_air[key][part] = max(on_air[key][part], people)
                else:
                    there[key][part] += people
    found: defaultdict[Key, Offline] = defaultdict(Offline)
    for key in {*there, *on_air}:
        both = there[key] + on_air[key]
        parts_of = {part: both[part] for part in PARTS if both[part]}
        found[key] = Offline(parts_of, both[_WHOLE])
    return found


#: Stands beside the parts for all five at one occasion.
_WHOLE: Final = 0


def _shared(cells: Sequence[Cell], event: Event) -> Mapping[Key, int]:
    told = event.told
    its = [
        cell
        for cell in cells
        if cell.language == told.language
        and (cell.site.id == told.site_id or cell.site.district == told.district)
    ]
    total = sum(cell.people for cell in its)
    if not total:
        return {}
    return {
        (cell.site.id, cell.language): told.people * cell.people // total
        if told.district
        else told.people
        for cell in its
    }


# --- what is known -------------------------------------------------------------------------------


async def read(db: Reads, rule: RuleChange, *, until: Until | None = None) -> Coverage:
    """Return the coverage of the edition through which *rule* is seen, as it is now.

    With *until*, of what had been told by then, among the people there are now.
    """
    audience, edition = rule.facts.applies, rule.edition.number
    sites = places(audience, await bodies.all_sites(db))
    heard = await _heard(db, rule, until)
    stated = await populations.every(db)
    told = await events.of_rule(db, rule.id, edition)
    if until is not None:
        told = [event for event in told if event.told.day <= until.day]
    ours = {site.id for site in sites}
    elsewhere = sum(one.listed for (site, _), one in heard.items() if site not in ours)
    cells = reckon(audience, rule.facts.base, sites, heard, stated, told)
    shown = {(cell.site.id, cell.language) for cell in cells if cell.people}
    unspoken = [
        one
        for (site, tongue), one in sorted(stated.items())
        if not one.people and site in ours and (site, tongue) not in shown
    ]
    return Coverage(cells, elsewhere, sites, unspoken)


async def _heard(db: Reads, rule: RuleChange, until: Until | None) -> Mapping[Key, Heard]:
    """Count the telephones of a rule's audience, in two questions however many there are."""
    fits = audiences.fits(rule.facts.applies)
    its = (rule_told.c.rule_id == rule.id) & (rule_told.c.edition == rule.edition.number)
    its &= rule_told.c.language == subscribers.c.language
    if until is not None:
        its &= rule_told.c.told_at < until.at
    by = (subscribers.c.site_id, subscribers.c.language)
    n, own = func.count().label("n"), _own(rule.edition.published_at)
    person = (
        select(
            *by,
            func.max(own).label("own"),
            *(func.sum(bits).label(name) for name, bits in _noted().items()),
        )
        .select_from(rule_told.join(subscribers, subscribers.c.id == rule_told.c.subscriber_id))
        .where(its, fits)
        .group_by(subscribers.c.id, *by)
        .subquery()
    )
    total = func.sum(own).label("own")
    listed = await db.execute(select(*by, n, total).where(fits).group_by(*by))
    found: defaultdict[Key, _Counting] = defaultdict(_Counting)
    ours: defaultdict[Key, _Counting] = defaultdict(_Counting)
    for row in await db.execute(select(*person.c, n).group_by(*person.c)):
        for counting in (found, ours) if row.own else (found,):
            counting[_key(row)].add(row, int(row.n))
    return {
        key: replace(found[key].heard(int(row.n)), own=ours[key].heard(int(row.own)))
        for row in listed
        for key in [_key(row)]
    }


def _own(published_at: datetime | None) -> ColumnElement[int]:
    """Return 1 for who is on the list by their own word or was before that moment, or else 0."""
    theirs: ColumnElement[bool] = subscribers.c.consent_how.is_(None)
    if published_at is not None:
        theirs |= subscribers.c.since < published_at
    return case((theirs, 1), else_=0)


def _noted() -> Mapping[str, ColumnElement[int]]:
    """Return which parts a person was told, as bits: part 3 is 8. People of one kind are one row.

    A person has one row for each part (``told``), so that a sum is a set.
    """
    bit = case({part: 1 << part for part in PARTS}, value=rule_told.c.part)
    return {
        "told": bit,
        "reported": case((rule_told.c.receipt, bit), else_=0),
        "called": case((rule_told.c.called, bit), else_=0),
    }


#: All five parts, as bits.
_ALL: Final = sum(1 << part for part in PARTS)


@dataclass(slots=True)
class _Counting:
    """What is counted of one site and language."""

    parts: Counter[int] = field(default_factory=Counter)
    unreported: Counter[int] = field(default_factory=Counter)
    called: Counter[int] = field(default_factory=Counter)
    whole: int = 0

    def add(self, noted: Any, people: int) -> None:
        """Count so many *people* of whom the same is noted."""
        for counter, bits in (
            (self.parts, noted.told),
            (self.unreported, int(noted.told) & ~int(noted.reported)),
            (self.called, noted.called),
        ):
            counter.update({part: people for part in PARTS if int(bits) >> part & 1})
        self.whole += people if noted.told == _ALL else 0

    def heard(self, listed: int) -> Heard:
        """Return it as it is read, of *listed* people."""
        unreported, called = dict(self.unreported), dict(self.called)
        return Heard(listed, dict(self.parts), unreported, self.whole, called)


def _key(row: object) -> Key:
    return getattr(row, "site_id", None) or "", getattr(row, "language", "")
