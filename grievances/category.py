"""One kind of grievance, with all that follows from it, and a forum's own words for it.

The risks are those of the OECD's due diligence guidance (Due Diligence Guidance for Responsible
Supply Chains of Minerals from Conflict-Affected and High-Risk Areas, third edition, 2016, annex
II, by paragraph), and the areas the six principal ones of artisanal mining (IGF, Guidance for
Governments: Managing Artisanal and Small-Scale Mining, 2017, section 2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self, TypeAlias

from forum.suppression import K
from grievances.severity import Severity
from locales import BASE, languages


class Risk(StrEnum):
    """A risk of annex II."""

    TORTURE = "torture"  # 1 i: torture, cruel, inhuman and degrading treatment
    FORCED_LABOUR = "forced"  # 1 ii
    CHILD_LABOUR = "child"  # 1 iii: its worst forms
    VIOLATIONS = "violations"  # 1 iv: other gross violations, such as sexual violence
    WAR_CRIMES = "war"  # 1 v
    ARMED_GROUPS = "armed"  # 3: support to non-state armed groups
    SECURITY_FORCES = "security"  # 5: public or private
    BRIBERY = "bribery"  # 11: and false statements of origin
    LAUNDERING = "money"  # 12
    DUES = "dues"  # 13: taxes, fees and royalties


class Area(StrEnum):
    """One of the IGF's six areas."""

    ENVIRONMENT = "environment"
    RIGHTS = "rights"
    LABOUR = "labour"
    SAFETY = "safety"  # health and safety
    GENDER = "gender"
    ECONOMY = "economy"  # socio-economic benefits and sustainable development


@dataclass(frozen=True, slots=True)
class Name:
    """What a forum itself calls something in one language; empty: it has no word of its own.

    *label* is what staff read, *choice* what a miner chooses, *short* the same in an SMS, where it
    must be shorter.
    """

    label: str = ""
    choice: str = ""
    short: str = ""


#: A forum's own words by language. Where they say nothing, the catalogues do.
Names: TypeAlias = Mapping[str, Name]


@dataclass(frozen=True, slots=True)
class Label:
    """A text that a forum may word itself: *msgid* for the catalogues, its own by language."""

    msgid: str
    own: tuple[tuple[str, str], ...] = ()

    def in_language(self, language: str) -> str | None:
        """Return the forum's own words; None: those of the catalogues count."""
        return own_words(dict(self.own), language, known=bool(self.msgid))


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of grievance.

    *key* is ASCII and at most 8 letters, so that a list of them fits one SMS. *floor* is the
    mildest severity that a case of this kind may have without a second person. *routes* are kinds
    of body, best first. *quarantine*: only those who triage see it until one of them passes it on.
    Counts below *k* are not published (``suppression``). *position* orders it within its group.

    *retired*: nobody can choose it any more; cases that have it keep it. *lowered_by*: the member
    who made the floor milder than *lowered_from*, and does not judge by it.
    """

    key: str
    number: int
    group: int
    floor: Severity
    msgid: str
    routes: tuple[str, ...]
    quarantine: bool = False
    lane: str | None = None
    k: int = K
    risks: frozenset[Risk] = frozenset()
    areas: frozenset[Area] = frozenset()
    position: int = 0
    names: Names = field(default_factory=dict)
    retired: bool = False
    lowered_from: Severity | None = None
    lowered_by: str | None = None

    @property
    def label(self) -> Label:
        """What staff read."""
        own = ((tag, name.label or self._instead(name)) for tag, name in self.names.items())
        return Label(self.msgid, tuple((tag, words) for tag, words in own if words))

    def _instead(self, name: Name) -> str:
        """Return what staff read where the forum wrote nothing for them."""
        return "" if self.msgid else name.choice

    def floor_for(self, member_id: str) -> Severity:
        """Return the mildest severity that this member alone may give.

        Whoever made the floor milder judges by the one before: it takes somebody else to use it.
        """
        if member_id == self.lowered_by and self.lowered_from is not None:
            return self.floor if self.floor.graver_than(self.lowered_from) else self.lowered_from
        return self.floor

    def given_floor(self, floor: Severity, by: str) -> Self:
        """Return the category with another floor, by the hand of a member."""
        changed = replace(self, floor=floor)
        if self.floor.graver_than(floor):
            before = self.floor_for(by)
            return replace(changed, lowered_from=before, lowered_by=by)
        if self.lowered_from is not None and not self.lowered_from.graver_than(floor):
            return replace(changed, lowered_from=None, lowered_by=None)
        return changed


@dataclass(frozen=True, slots=True)
class Group:
    """A line of the first level of the menu: a digit, and the forum's own words for it."""

    digit: int
    names: Names = field(default_factory=dict)


def own_words(own: Mapping[str, str], language: str, *, known: bool) -> str | None:
    """Return a forum's own words in *language*, or in the nearest of its chain; None: it has none.

    *known*: the catalogues have a text for it, which is better than one in a strange language.
    Else the base language's words serve, or any.
    """
    near = languages()[language].chain if language in languages() else ()
    last = () if known else (BASE, *own)
    return next((own[tag] for tag in (language, *near, *last) if own.get(tag)), None)
