"""What a report can be about: categories in the groups of a digit menu, as a forum has them.

A taxonomy is a value; ``grievances.categories`` keeps the forum's, which the console changes. Here
stands also the one that a fresh installation begins with: fourteen categories and «other».

Of which risks of annex II each can be a sign, and to which of the IGF's areas it belongs, is our
reading of both guides (``grievances.category`` names them); a forum may read them otherwise.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from forum.suppression import K_GRAVE
from grievances.category import Area, Category, Group, Risk
from grievances.severity import Severity
from locales import N_

S1, S2, S3, S4 = Severity

#: The lane of survivors of sexual violence: a few trained people and nobody else.
SURVIVOR: Final = "survivor"

#: Every lane that a category may put its cases into.
LANES: Final = (SURVIVOR,)

#: Digits of the first level. 9 is «call me back» wherever somebody is.
GROUP_DIGITS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 0)

#: What cannot be sorted goes here, so it can be neither retired nor moved.
OTHER: Final = "OTHER"
OTHER_GROUP: Final = 0


class _Known(dict[str, Category]):
    """Categories by key. One that another process has just added is shown by its bare key."""

    def __missing__(self, key: str) -> Category:
        return Category(key, 0, OTHER_GROUP, S3, key, (), k=K_GRAVE, retired=True)


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """All categories, retired ones too, and the groups that have a name. *edition* counts changes.

    Compared by identity: a process makes one when it reads, and keeps it until the next.
    """

    every: tuple[Category, ...]
    groups: tuple[Group, ...]
    edition: int = 0

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        """Every category by its key, retired ones too: what is shown of a case is looked up here.

        A key that is not known is no member, and still found: ``categories[key]`` never fails.
        """
        return _Known({one.key: one for one in self.every})

    @cached_property
    def offered(self) -> Mapping[str, Category]:
        """The categories that can be chosen, by key."""
        return {one.key: one for one in self.every if not one.retired}

    @cached_property
    def grave(self) -> frozenset[str]:
        """Those that are published late, and from ten cases on."""
        return frozenset(one.key for one in self.every if one.k == K_GRAVE)

    def behind(self, digit: int) -> tuple[Category, ...]:
        """Return what can be chosen behind a digit of the first level, in order."""
        there = [one for one in self.offered.values() if one.group == digit]
        return tuple(sorted(there, key=lambda one: (one.position, one.number)))

    def named(self, digit: int) -> Group | None:
        """Return the group of *digit*; None: it has no name, and holds nothing."""
        return next((group for group in self.groups if group.digit == digit), None)

    def with_category(self, category: Category) -> "Taxonomy":
        """Return the taxonomy in which *category* stands in place of the one of its key.

        Those of its group make room for its position, counted from 1.
        """
        line = [one for one in self.behind(category.group) if one.key != category.key]
        if not category.retired:
            line.insert(max(category.position - 1, 0), category)
        changed = {one.key: one for one in (*self.every, category)} | {
            one.key: replace(one, position=place) for place, one in enumerate(line, start=1)
        }
        every = sorted(changed.values(), key=lambda one: (one.number == 0, one.number))
        return replace(self, every=tuple(every))

    def with_group(self, group: Group) -> "Taxonomy":
        """Return the taxonomy in which *group* stands in place of the one of its digit."""
        others = [one for one in self.groups if one.digit != group.digit]
        ordered = sorted([*others, group], key=lambda one: GROUP_DIGITS.index(one.digit))
        return replace(self, groups=tuple(ordered))


def _of(*areas: Area) -> frozenset[Area]:
    return frozenset(areas)


def _signs(*risks: Risk) -> frozenset[Risk]:
    return frozenset(risks)


_FIRST: Final = (
    Category(
        "DANGER",
        1,
        1,
        S2,
        N_("Accident and safety"),
        ("mines", "health"),
        areas=_of(Area.SAFETY),
    ),
    Category(
        "CHILD",
        2,
        2,
        S2,
        N_("Child labour"),
        ("labour", "welfare", "ngo"),
        risks=_signs(Risk.CHILD_LABOUR),
        areas=_of(Area.RIGHTS, Area.LABOUR),
    ),
    Category(
        "FORCED",
        3,
        2,
        S2,
        N_("Forced labour or trafficking"),
        ("labour", "ngo"),
        risks=_signs(Risk.FORCED_LABOUR),
        areas=_of(Area.RIGHTS, Area.LABOUR),
    ),
    Category(
        "PAY",
        4,
        2,
        S3,
        N_("Wages and working conditions"),
        ("labour", "miners"),
        areas=_of(Area.LABOUR),
    ),
    Category(
        "ABUSE",
        5,
        2,
        S1,
        N_("Sexual or gender-based violence"),
        ("survivors",),
        lane=SURVIVOR,
        k=K_GRAVE,
        risks=_signs(Risk.VIOLATIONS),
        areas=_of(Area.RIGHTS, Area.GENDER),
    ),
    Category(
        "SOLDIERS",
        6,
        3,
        S2,
        N_("Abuse by security forces"),
        ("rights",),
        quarantine=True,
        k=K_GRAVE,
        risks=_signs(Risk.TORTURE, Risk.VIOLATIONS, Risk.SECURITY_FORCES),
        areas=_of(Area.RIGHTS),
    ),
    Category(
        "GUNS",
        7,
        3,
        S2,
        N_("Armed groups or roadblocks"),
        ("independent",),
        quarantine=True,
        k=K_GRAVE,
        risks=_signs(Risk.WAR_CRIMES, Risk.ARMED_GROUPS, Risk.SECURITY_FORCES),
        areas=_of(Area.RIGHTS),
    ),
    Category(
        "BRIBE",
        8,
        3,
        S3,
        N_("Licence or corruption"),
        ("integrity", "independent"),
        quarantine=True,
        k=K_GRAVE,
        risks=_signs(Risk.BRIBERY, Risk.LAUNDERING, Risk.DUES),
        areas=_of(Area.ECONOMY),
    ),
    Category(
        "LAND",
        9,
        4,
        S3,
        N_("Land or a large mine"),
        ("land", "company"),
        areas=_of(Area.RIGHTS, Area.ECONOMY),
    ),
    Category(
        "MOVING",
        10,
        4,
        S3,
        N_("Resettlement or closure"),
        ("secretariat",),
        areas=_of(Area.RIGHTS, Area.ECONOMY),
    ),
    Category(
        "MERCURY",
        11,
        5,
        S2,
        N_("Mercury, cyanide, chemicals"),
        ("environment", "health"),
        areas=_of(Area.ENVIRONMENT, Area.SAFETY),
    ),
    Category(
        "WATER",
        12,
        5,
        S3,
        N_("Water, forest, dust"),
        ("environment",),
        areas=_of(Area.ENVIRONMENT),
    ),
    Category(
        "PRICE",
        13,
        6,
        S3,
        N_("Cheating by buyers"),
        ("market",),
        areas=_of(Area.ECONOMY),
    ),
    Category(
        "LEFTOUT",
        14,
        6,
        S3,
        N_("Discrimination or exclusion"),
        ("secretariat",),
        areas=_of(Area.RIGHTS, Area.GENDER),
    ),
    Category(OTHER, 0, OTHER_GROUP, S4, N_("Other"), ("secretariat",)),
)


def _placed(several: tuple[Category, ...]) -> tuple[Category, ...]:
    """Return *several* with their positions within each group, as they are written above."""
    last: Counter[int] = Counter()
    placed = []
    for one in several:
        last[one.group] += 1
        placed.append(replace(one, position=last[one.group]))
    return tuple(placed)


#: What a fresh installation begins with.
DEFAULT: Final = Taxonomy(
    _placed(_FIRST),
    tuple(Group(digit) for digit in GROUP_DIGITS if any(one.group == digit for one in _FIRST)),
)

#: Its categories by key. What a forum has made of them is in ``Taxonomy.categories``.
CATEGORIES: Final = DEFAULT.categories
