"""The order of the house as its visitors see it: sections, and the pages in each.

Both rows of links come from here: the one at the top of every page, and the one below it where a
section has several pages. A link is shown to those whom its page lets in, and to nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from console.access import SignedIn
from forum.members import CASE_RIGHTS, Right
from locales import N_


@dataclass(frozen=True, slots=True)
class Place:
    """A page that a link leads to, for whoever has one of these rights; none asked: all."""

    path: str
    name: str  # an English text of the catalogue
    rights: frozenset[Right] = frozenset()

    @property
    def key(self) -> str:
        """The first part of the address, which all pages under it share."""
        return self.path.split("/")[1]


@dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together; the first one that is open to somebody stands for all."""

    name: str
    places: tuple[Place, ...]

    def leads_from(self, path: str) -> bool:
        """Whether the page at *path* shows the ways to the others of this section."""
        return len(self.places) > 1 and any(place.path == path for place in self.places)


_CASES = CASE_RIGHTS
_TRIAGE = frozenset({Right.TRIAGE})
_DELIVERY = frozenset({Right.WATCH_DELIVERY})
_OUTREACH = frozenset({Right.BROADCAST})
_SURVEYS = frozenset({Right.SEE_SURVEYS})
_FORUM = frozenset({Right.MANAGE_MEMBERS})
_AUDIT = frozenset({Right.AUDIT})
_RULES = frozenset({Right.READ_RULES})

SECTIONS: Final = (
    Section(
        N_("Cases"),
        (
            Place("/cases", N_("List"), _CASES),
            Place("/board", N_("Board"), _CASES),
            Place("/due", N_("Due dates"), _CASES),
            Place("/actions", N_("To be done"), _CASES),
            Place("/referrals", N_("Sent elsewhere"), _TRIAGE),
            Place("/workload", N_("Workload"), _TRIAGE),
            Place("/search", N_("Search in their words"), _CASES),
            Place("/views", N_("Views"), _CASES),
            Place("/answers", N_("Ready answers"), _TRIAGE),
        ),
    ),
    Section(N_("File a report"), (Place("/file", N_("File a report"), frozenset({Right.FILE})),)),
    Section(N_("Rules"), (Place("/rules", N_("Rules"), _RULES),)),
    Section(
        N_("Voices"),
        (
            Place("/voices", N_("Voices"), _TRIAGE),
            Place("/themes", N_("Themes"), _TRIAGE),
            Place("/quotes", N_("Quotes")),
            Place("/discussions", N_("Report-back"), _TRIAGE),
        ),
    ),
    Section(N_("Statistics"), (Place("/statistics", N_("Statistics"), _TRIAGE),)),
    Section(N_("Broadcasts"), (Place("/broadcasts", N_("Broadcasts"), _DELIVERY),)),
    Section(
        N_("Outreach"),
        (
            Place("/subscribers", N_("Subscribers"), _OUTREACH),
            Place("/audiences", N_("Audiences"), _OUTREACH),
            Place("/events", N_("Without a telephone"), _RULES),
            Place("/lessons", N_("Lessons"), _OUTREACH),
        ),
    ),
    Section(N_("Surveys"), (Place("/surveys", N_("Surveys"), _SURVEYS),)),
    Section(
        N_("Delivery"),
        (
            Place("/channels", N_("Channels"), _DELIVERY),
            Place("/deliveries", N_("Did it arrive?"), _DELIVERY),
            Place("/dead-letters", N_("Did not arrive"), _DELIVERY),
        ),
    ),
    Section(
        N_("Forum"),
        (
            Place("/members", N_("Members"), _FORUM),
            Place("/bodies", N_("Bodies and seats"), _FORUM),
            Place("/sites", N_("Sites"), _FORUM | _OUTREACH),
            Place("/routing", N_("Routing"), _FORUM),
            Place("/taxonomy", N_("Categories"), _FORUM),
            Place("/calendar", N_("Calendar"), _FORUM),
            Place("/escalation", N_("Escalation"), _FORUM),
            Place("/terms", N_("Limits and prices"), _FORUM),
        ),
    ),
    Section(
        N_("Audit"),
        (Place("/audit", N_("Audit log"), _AUDIT), Place("/explanations", N_("Routing"), _AUDIT)),
    ),
    Section(N_("Keys"), (Place("/keys", N_("Keys"), _TRIAGE),)),
)

#: Only where the rehearsal phones are switched on.
REHEARSAL: Final = Section(N_("Phones"), (Place("/simulator", N_("Phones")),))


def open_to(signed_in: SignedIn, *, simulator: bool) -> Sequence[Section]:
    """Return what a member sees of the house, in its order."""
    found = [*SECTIONS, *([REHEARSAL] if simulator else [])]
    seen = [Section(one.name, _open(one.places, signed_in)) for one in found]
    return [section for section in seen if section.places]


def where(sections: Sequence[Section], key: str) -> Section | None:
    """Return the section in which a page is, by the first part of its address."""
    of_key = (one for one in sections if any(place.key == key for place in one.places))
    return next(of_key, None)


def _open(places: Sequence[Place], signed_in: SignedIn) -> tuple[Place, ...]:
    return tuple(
        place
        for place in places
        if not place.rights or any(signed_in.may(right) for right in place.rights)
    )
