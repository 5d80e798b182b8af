"""Which cases may tell of the same as this one: by what stands in clear first, then by words.

What stands in clear costs one query. Words are compared afterwards, over few cases, with the key
of whoever looks: nothing else on this machine could.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import add
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, or_, select

from forum import keyholders
from forum.bodies import sites
from forum.members import Member
from grievances import entries
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.leading import STANDS, links
from grievances.severity import Severity
from grievances.states import State
from storage.unit_of_work import Reads

#: What came further apart than this is not suggested.
WITHIN: Final = timedelta(days=14)

#: Cases whose words are compared, and of those how many are suggested.
COMPARED: Final = 20
SHOWN: Final = 5

#: Words of so many letters say something; so many of them in common, and so large a share of the
#: shorter text, say that two tell of the same. Tried on the planted reports in the tests.
LETTERS: Final = 4
IN_COMMON: Final = 3
SHARE: Final = 0.25

#: From how many texts on a word is taken for one that everybody uses, if half of them have it.
MANY: Final = 6

_WORD = re.compile(rf"[^\W\d_]{{{LETTERS},}}")


class Reason(StrEnum):
    """Why a case may tell of the same."""

    PHONE = "phone"  # they came from one phone
    SITE = "site"
    DISTRICT = "district"
    CATEGORY = "category"
    WORDS = "words"


#: How much each says. One phone says most; a district or a kind alone says too little.
WEIGHTS: Final[Mapping[Reason, int]] = {
    Reason.PHONE: 8,
    Reason.SITE: 4,
    Reason.DISTRICT: 2,
    Reason.CATEGORY: 2,
    Reason.WORDS: 4,
}
ENOUGH: Final = 4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A case that may tell of the same, why, and how long before or after it came."""

    id: str
    reference: str
    state: State
    severity: Severity
    category: str | None
    site_name: str | None
    received_at: datetime
    apart: timedelta
    reasons: frozenset[Reason]

    @property
    def weight(self) -> int:
        """How much speaks for it."""
        return sum(WEIGHTS[reason] for reason in self.reasons)


async def suggest(
    db: Reads,
    member: Member,
    private: bytes,
    case_id: str,
    received_at: datetime,
    *,
    same_phone: Collection[str],
) -> Sequence[Suggestion]:
    """Return the cases that may tell of the same, the likeliest first, as *member* may see them.

    *private* is the member's own key; *same_phone* are the routes that lead to the reporter's
    phone (``correspondence.same_phone``).
    """
    found = await alike(db, member, case_id, received_at, same_phone)
    ids = [case_id, *(each.id for each in found)]
    shares = await keyholders.shares_of(db, ids, member.id)
    said = await entries.first_words(db, ids)
    words = await asyncio.to_thread(_words, shares, said, member.id, private)
    common = in_common(case_id, words)
    judged = [
        replace(each, reasons=each.reasons | {Reason.WORDS}) if each.id in common else each
        for each in found
    ]
    likely = [each for each in judged if each.weight >= ENOUGH]
    return sorted(likely, key=lambda each: (-each.weight, each.apart, each.id))[:SHOWN]


async def alike(
    db: Reads,
    member: Member,
    case_id: str,
    received_at: datetime,
    same_phone: Collection[str],
) -> Sequence[Suggestion]:
    """Return at most ``COMPARED`` cases of those days, with what they have in common in clear."""
    this = cases.alias("this")
    shared: dict[Reason, ColumnElement[bool]] = {
        Reason.PHONE: cases.c.route_id.in_(same_phone),
        Reason.SITE: cases.c.site_id == this.c.site_id,
        Reason.DISTRICT: cases.c.district == this.c.district,
        Reason.CATEGORY: cases.c.category == this.c.category,
    }
    flags = {reason: case((same, 1), else_=0) for reason, same in shared.items()}
    weight = reduce(add, (WEIGHTS[reason] * flag for reason, flag in flags.items()))
    found = await db.execute(
        select(
            cases.c.id,
            cases.c.reference,
            cases.c.state,
            cases.c.severity,
            cases.c.category,
            sites.c.name.label("site_name"),
            cases.c.received_at,
            *(flag.label(f"same_{reason}") for reason, flag in flags.items()),
        )
        .select_from(
            cases.join(this, this.c.id == case_id).outerjoin(sites, sites.c.id == cases.c.site_id)
        )
        .where(
            visible_to(member),
            cases.c.id != case_id,
            cases.c.state.not_in((State.DUPLICATE, State.WITHDRAWN)),
            cases.c.received_at.between(received_at - WITHIN, received_at + WITHIN),
            ~_linked(case_id),
        )
        .order_by(weight.desc(), cases.c.received_at.desc(), cases.c.id)
        .limit(COMPARED)
    )
    return [_suggestion(row, received_at) for row in found]


def in_common(case_id: str, words: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return which of the other texts say much the same as that of *case_id*, by their ids.

    Words that half of the texts have, where there are many, say nothing.
    """
    counted = Counter(word for said in words.values() for word in said)
    usual = {word for word, n in counted.items() if len(words) >= MANY and n * 2 > len(words)}
    telling = {each: said - usual for each, said in words.items()}
    own = telling.get(case_id, frozenset())
    return frozenset(
        each for each, said in telling.items() if each != case_id and _much_the_same(own, said)
    )


def _much_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one & other)
    return both >= IN_COMMON and both >= SHARE * min(len(one), len(other))


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text that may say something, in small letters."""
    return frozenset(_WORD.findall(text.casefold()))


def _words(
    shares: Sequence[tuple[str, bytes]],
    said: Sequence[entries.SealedWords],
    member_id: str,
    private: bytes,
) -> Mapping[str, frozenset[str]]:
    """Open what opens, and take it apart. Slow: for a thread of its own."""
    keys = keyholders.open_shares(shares, member_id, private)
    words: dict[str, frozenset[str]] = {}
    for each in said:
        text = each.opened(keys[each.case_id]) if each.case_id in keys else None
        words[each.case_id] = words.get(each.case_id, frozenset()) | words_of(text or "")
    return words


def _linked(case_id: str) -> ColumnElement[bool]:
    """Whether somebody has said already what the two are to each other."""
    there = and_(links.c.case_id == case_id, links.c.other_id == cases.c.id)
    back = and_(links.c.other_id == case_id, links.c.case_id == cases.c.id)
    return exists().where(STANDS, or_(there, back))


def _suggestion(row: Any, received_at: datetime) -> Suggestion:
    found = row._asdict()
    reasons = {reason for reason in Reason if found.pop(f"same_{reason}", 0)}
    if Reason.SITE in reasons:
        reasons.discard(Reason.DISTRICT)  # that a site lies in its district says nothing more
    judged = {"state": State(row.state), "severity": Severity(row.severity)}
    apart = abs(row.received_at - received_at)
    return Suggestion(**{**found, **judged}, apart=apart, reasons=frozenset(reasons))
