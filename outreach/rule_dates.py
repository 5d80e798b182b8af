"""The days of a rule change, and whether they can follow each other.

People are told before they are punished (IGF, Guidance for Governments: Managing Artisanal and
Small-scale Mining, 3.1): outreach starts before enforcement does, and grace is over by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Dates:
    """Days in the forum's own calendar, in the order in which they come; None: not set yet.

    *grace_until* is the last day on which nobody is punished; a change may do without it.
    """

    announced_on: date | None = None
    outreach_from: date | None = None
    in_force_on: date | None = None
    grace_until: date | None = None
    enforcement_from: date | None = None

    def given(self) -> Mapping[str, date]:
        """Return the days that are set, by the name of their field, in order."""
        days = {name: getattr(self, name) for name in FIELDS}
        return {name: day for name, day in days.items() if day is not None}


NO_DATES: Final = Dates()

FIELDS: Final = tuple(field.name for field in fields(Dates))

#: Without these a rule change cannot be published.
NEEDED: Final = tuple(name for name in FIELDS if name != "grace_until")

#: What may not even fall on the same day as enforcement.
_BEFORE_ENFORCEMENT: Final = frozenset({"outreach_from", "grace_until"})


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A day that comes too early. *strictly*: it may not be the same day as *than* either."""

    than: str  # the field whose day it may not come before
    strictly: bool = False


def misplaced(dates: Dates) -> Mapping[str, Misplaced]:
    """Return each field whose day comes before one that has to be over by then.

    Days that are not set are passed over, so that a draft can be kept half-filled.
    """
    found: dict[str, Misplaced] = {}
    earlier: list[tuple[str, date]] = []
    for name, day in dates.given().items():
        for than, before in earlier:
            strictly = name == "enforcement_from" and than in _BEFORE_ENFORCEMENT
            if day < before or (strictly and day == before):
                found[name] = Misplaced(than, strictly)
        earlier.append((name, day))
    return found


def unset(dates: Dates) -> tuple[str, ...]:
    """Return the fields that a rule change still needs before it can be published."""
    return tuple(name for name in NEEDED if name not in dates.given())
