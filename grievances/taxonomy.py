"""What a report can be about: fourteen categories and «other», in six groups of a digit menu."""

from collections.abc import Mapping
from dataclasses import dataclass

from grievances.severity import Severity
from locales import N_

S1, S2, S3, S4 = Severity


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of grievance.

    *key* is ASCII and at most 8 letters, so that a list of them fits one SMS. *floor* is the
    mildest severity that a case of this kind may have. *routes* are kinds of body, best first.
    *quarantine*: only those who triage see it until one of them passes it on.
    """

    key: str
    number: int
    group: int
    floor: Severity
    label: str
    routes: tuple[str, ...]
    quarantine: bool = False
    lane: str | None = None


#: The lane of survivors of sexual violence: a few trained people and nobody else.
SURVIVOR = "survivor"

_ALL = (
    Category("DANGER", 1, 1, S2, N_("Accident and safety"), ("mines", "health")),
    Category("CHILD", 2, 2, S2, N_("Child labour"), ("labour", "welfare", "ngo")),
    Category("FORCED", 3, 2, S2, N_("Forced labour or trafficking"), ("labour", "ngo")),
    Category("PAY", 4, 2, S3, N_("Wages and working conditions"), ("labour", "miners")),
    Category(
        "ABUSE", 5, 2, S1, N_("Sexual or gender-based violence"), ("survivors",), lane=SURVIVOR
    ),
    Category("SOLDIERS", 6, 3, S2, N_("Abuse by security forces"), ("rights",), quarantine=True),
    Category(
        "GUNS", 7, 3, S2, N_("Armed groups or roadblocks"), ("independent",), quarantine=True
    ),
    Category(
        "BRIBE",
        8,
        3,
        S3,
        N_("Licence or corruption"),
        ("integrity", "independent"),
        quarantine=True,
    ),
    Category("LAND", 9, 4, S3, N_("Land or a large mine"), ("land", "company")),
    Category("MOVING", 10, 4, S3, N_("Resettlement or closure"), ("secretariat",)),
    Category("MERCURY", 11, 5, S2, N_("Mercury, cyanide, chemicals"), ("environment", "health")),
    Category("WATER", 12, 5, S3, N_("Water, forest, dust"), ("environment",)),
    Category("PRICE", 13, 6, S3, N_("Cheating by buyers"), ("market",)),
    Category("LEFTOUT", 14, 6, S3, N_("Discrimination or exclusion"), ("secretariat",)),
    Category("OTHER", 0, 0, S4, N_("Other"), ("secretariat",)),
)

#: Every category by its key.
CATEGORIES: Mapping[str, Category] = {category.key: category for category in _ALL}

#: The first level of the digit menu: the group's digit and the categories behind it.
GROUPS: Mapping[int, tuple[Category, ...]] = {
    digit: tuple(category for category in _ALL if category.group == digit)
    for digit in sorted({category.group for category in _ALL})
}
