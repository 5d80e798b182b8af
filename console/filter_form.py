"""The filter of the queue as a form, and what is chosen in it as words that can be taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from console.words import CHANNELS, ESCALATED, LANES, SEVERITIES, STATES, in_words
from forum import bodies, members
from forum.members import Member, Right
from grievances import filters
from grievances.category import Label
from grievances.filters import ME, NOBODY, UNSORTED, Due, Filter, Show
from grievances.orders import Order
from grievances.taxonomy import Taxonomy
from locales import N_, languages
from storage.unit_of_work import Reads

SHOWS: Final[Mapping[Show, str]] = {
    Show.OPEN: N_("All open"),
    Show.MINE: N_("Mine"),
    Show.UNASSIGNED: N_("Nobody has it"),
    Show.UNANSWERED: N_("Not answered"),
    Show.OVERDUE: N_("Overdue"),
    Show.ENDED: N_("Closed"),
}

#: For those who see only what is assigned to them, «mine» and «nobody has it» say nothing.
TRIAGERS_ONLY: Final = frozenset({Show.MINE, Show.UNASSIGNED})

ORDERS: Final[Mapping[Order, str]] = {
    Order.DUE: N_("least time left"),
    Order.NEWEST: N_("newest"),
    Order.GRAVEST: N_("most grave"),
}

DUES: Final[Mapping[Due, str]] = {
    Due.OVERDUE: N_("past due"),
    Due.TODAY: N_("today"),
    Due.WEEK: N_("this week"),
}

LABELS: Final[Mapping[str, str]] = {
    "state": N_("Where it stands"),
    "severity": N_("How grave"),
    "category": N_("What it is about"),
    "site": N_("Site"),
    "district": N_("District"),
    "language": N_("Language"),
    "channel": N_("Came by"),
    "lane": N_("Lane"),
    "handler": N_("With whom"),
    "level": N_("Escalation"),
    "unanswered": N_("Last word"),
    "due": N_("Due"),
}

_REPORTERS: Final = N_("the reporter's")
_UNSORTED: Final = N_("Not sorted yet")
_HANDLERS: Final = {ME: N_("me"), NOBODY: N_("nobody")}

#: What nothing chosen looks like.
_PLAIN: Final = Filter()


@dataclass(frozen=True, slots=True)
class Field:
    """One choice of the form: *options* are pairs of value and text, in the page's language."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that is chosen, and the query of the list without it."""

    label: str
    text: str
    without: str


def shows(member: Member) -> list[Show]:
    """Return the parts of the cases that are worth a tab to *member*."""
    return [show for show in SHOWS if member.may(Right.TRIAGE) or show not in TRIAGERS_ONLY]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a member can choose: for each field its values and their texts, in one language."""

    language: str
    options: Mapping[str, Mapping[str, str]]

    def fields(self, chosen: Filter) -> list[Field]:
        """Return the form's choices, each with what is chosen now."""
        said = filters.written(chosen)
        return [
            Field(name, self._label(name), list(options.items()), said.get(name, ""))
            for name, options in self.options.items()
        ]

    def chips(self, chosen: Filter) -> list[Chip]:
        """Return what is chosen; a value that is not offered is shown as «?»."""
        said = filters.written(chosen)
        return [
            Chip(
                self._label(name),
                self.options.get(name, {}).get(said[name], "?"),
                filters.address(replace(chosen, **{name: getattr(_PLAIN, name)})),
            )
            for name in LABELS
            if name in said
        ]

    def _label(self, name: str) -> str:
        return in_words(LABELS[name], self.language)


async def offer(db: Reads, member: Member, language: str, taxonomy: Taxonomy) -> Offer:
    """Return what *member* is offered.

    It comes from the forum's own lists, never from the cases: a word that only a hidden case has
    must not give it away.
    """
    sites = await bodies.all_sites(db)
    people = await members.everyone(db) if member.may(Right.TRIAGE) else []

    def words(texts: Mapping[Any, str | Label]) -> dict[str, str]:
        return {str(value): in_words(text, language) for value, text in texts.items()}

    options = {
        "state": words(STATES),
        "severity": {key: f"{key} · {text}" for key, text in words(SEVERITIES).items()},
        "category": words({UNSORTED: _UNSORTED, **_categories(taxonomy)}),
        "site": {site.id: f"{site.code} · {site.name}" for site in sites},
        "district": {name: name for name in sorted({site.district for site in sites})},
        "language": {tag: each.name for tag, each in languages().items()},
        "channel": words(CHANNELS),
        "lane": words(LANES),
        "handler": words(_HANDLERS)
        | {one.id: one.name for one in people if one.may(Right.HANDLE)},
        "level": words(ESCALATED),
        "unanswered": words({"yes": _REPORTERS}),
        "due": words(DUES),
    }
    if not member.may(Right.TRIAGE):
        del options["handler"]
    return Offer(language, {name: each for name, each in options.items() if each})


def _categories(taxonomy: Taxonomy) -> dict[str, Label]:
    # Those that are no longer offered, too: there are cases of theirs.
    return {key: category.label for key, category in taxonomy.categories.items()}
