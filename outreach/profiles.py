"""What somebody may tell of themselves, each of it or none: work, gender, papers.

Nothing of it is a condition for being heard or told, and nothing of it says who somebody is. A
telephone may be shared: what contradicts is told by another person, not by the same one anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

#: What somebody does at a site. The bot asks with seven of them and «other».
ROLES: Final = (
    *("digger", "washer", "hauler", "processor", "service", "leader", "owner", "buyer"),
    *("licence", "community", "other"),
)

GENDERS: Final = ("woman", "man")

#: Whether the work is on paper, as somebody says it; «unsaid»: asked, and not for others to know.
FORMALITIES: Final = ("formal", "in_process", "informal", "unsaid")

#: The part of the way from the ground to the market.
PHASES: Final = ("exploration", "extraction", "processing", "transport", "trade", "support")

#: What a role says of it, where nothing else is told. A land owner or a neighbour has none.
PHASE_OF: Final[Mapping[str, str]] = {
    "digger": "extraction",
    "leader": "extraction",
    "washer": "processing",
    "processor": "processing",
    "hauler": "transport",
    "buyer": "trade",
    "service": "support",
}

#: By these two people on one telephone are told apart.
_TELLING: Final = ("site_id", "role", "gender")


@dataclass(frozen=True, slots=True)
class Profile:
    """One person as they told of themselves; None: not told."""

    site_id: str | None = None
    role: str | None = None
    gender: str | None = None
    formality: str | None = None
    phase: str | None = None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Self:
        """Return the profile that stands among the columns of a row."""
        return cls(**{name: row[name] for name in TRAITS})

    def traits(self) -> dict[str, str | None]:
        """Return all of it, by its column."""
        return {name: getattr(self, name) for name in TRAITS}

    def known(self) -> dict[str, str]:
        """Return what is told, by its column."""
        return {name: value for name, value in self.traits().items() if value is not None}

    def contradicts(self, other: Self) -> bool:
        """Whether somebody else must be speaking: both told one thing, and it differs."""
        mine, theirs = self.known(), other.known()
        return any(mine[name] != theirs.get(name, mine[name]) for name in _TELLING if name in mine)

    def with_phase(self) -> Self:
        """Return it with the phase that its role says, if none was told."""
        phase = self.phase or PHASE_OF.get(self.role or "")
        return type(self)(self.site_id, self.role, self.gender, self.formality, phase)


#: The columns of whatever table keeps a profile.
TRAITS: Final = tuple(field.name for field in fields(Profile))
