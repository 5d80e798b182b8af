"""A rule change becomes a broadcast: each part that is chosen is one message of it.

From here on it is a broadcast like any other, with a second person's approval. It remembers which
parts of which edition its messages are, so that those whom it reaches count as told of them, as
long as it says what the rule says (``own_words``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import case, func, select

from channels import ledger
from forum.members import Member
from outreach import announcements, own_words, rule_changes, rule_texts
from outreach.announcements import Announcement, Draft, Words
from outreach.announcements import State as Going
from outreach.progress import announcement_counts
from outreach.rule_drafting import Changed
from outreach.rule_texts import DIGITS, Part, Texts
from outreach.schedules import Schedule
from storage.unit_of_work import Reads, Transaction

#: Characters of a broadcast's title, as its table has them.
_TITLE = 120

#: Broadcasts that a page of one rule shows: more than anybody sends of one edition.
MOST_TOLD: Final = 50


@dataclass(frozen=True, slots=True)
class Told:
    """A broadcast that told a rule. *tells*: the digits of its parts; *began_at*: when it left.

    *messages*, *arrived*: as they were counted last (``progress``).
    """

    id: str
    title: str
    state: Going
    tells: str
    began_at: datetime
    messages: int
    arrived: int


async def begin(
    db: Transaction,
    rule_id: str,
    parts: Collection[str],
    *,
    by: Member,
    now: datetime,
    after: Announcement | None = None,
) -> str:
    """Draft a broadcast of the published edition's *parts* (digits), and return its id.

    It is for whom the rule applies to, or for those whom the one *after* which it comes in a
    series is for; and it speaks every language in which all those parts are written for an SMS.
    Raises ``Changed`` unless the rule is published, and ``ValueError`` where no part is chosen.
    """
    tells = in_order(parts)
    rule = await rule_changes.as_told(db, rule_id)
    if not tells:
        raise ValueError(parts)
    if rule is None:
        raise Changed
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    base = rule.facts.base
    title = rule_texts.words(texts, Part.TITLE, (base,), sms=False) or rule.reference
    draft = Draft(
        f"{rule.reference} {title}"[:_TITLE],
        base,
        parts=len(tells),
        audience=rule.facts.applies,
        rule_id=rule.id,
        rule_edition=rule.edition.number,
        tells=tells,
    )
    if after is not None:
        draft = _following(draft, after)
    return await announcements.create(db, draft, by=by, now=now, texts=_said(texts, tells))


async def untold(db: Transaction, this: Announcement) -> str:
    """Return the parts (digits) that nothing in the series of *this* tells of its rule.

    Of the edition that miners hear: of a newer one than *this* tells, all. Empty: nothing is left,
    or it tells of no rule that is published.
    """
    rule = (
        None if this.draft.rule_id is None else await rule_changes.as_told(db, this.draft.rule_id)
    )
    if rule is None:
        return ""
    its = (rule.id, rule.edition.number)
    drafts = [
        one.draft
        for one in await announcements.whole_series(db, this.id)
        if one.state is not Going.CANCELLED
    ]
    same = [draft for draft in drafts if (draft.rule_id, draft.rule_edition) == its]
    said = {digit for draft in same for digit in draft.tells[: draft.parts]}
    return "".join(digit for digit in DIGITS if digit not in said)


def _following(draft: Draft, after: Announcement) -> Draft:
    """Return *draft* for the same people as *after*, at the same hours."""
    before, its = after.draft, after.draft.schedule
    schedule = Schedule(opens=its.opens, closes=its.closes, lasts=its.lasts, apart=its.apart)
    return replace(
        draft,
        audience=before.audience,
        fallback=before.fallback,
        calls=before.calls,
        sounds=before.sounds,
        follows=after.id,
        schedule=schedule,
    )


async def by_broadcasts(db: Reads, rule_id: str, edition: int) -> Sequence[Told]:
    """Return the broadcasts that told this edition, the newest first, at most ``MOST_TOLD``.

    One query. What has not begun to leave has told nothing yet.
    """
    of, counted = announcements.announcements.c, announcement_counts.c
    delivered = case((counted.state == ledger.State.DELIVERED, counted.messages), else_=0)
    its = (of.rule_id == rule_id) & (of.rule_edition == edition) & of.began_at.is_not(None)
    found = (
        select(
            *(of.id, of.title, of.state, of.tells, of.began_at),
            func.coalesce(func.sum(counted.messages), 0).label("messages"),
            func.coalesce(func.sum(delivered), 0).label("arrived"),
        )
        .join_from(
            announcements.announcements,
            announcement_counts,
            counted.announcement == of.id,
            isouter=True,
        )
        .where(its)
        .group_by(of.id)
        .order_by(of.began_at.desc(), of.id)
        .limit(MOST_TOLD)
    )
    return [
        Told(
            row.id,
            row.title,
            Going(row.state),
            row.tells,
            row.began_at,
            int(row.messages),
            int(row.arrived),
        )
        for row in await db.execute(found)
    ]


def in_order(parts: Collection[str]) -> str:
    """Return the digits among *parts*, each once, in the order in which a rule is told."""
    return "".join(digit for digit in DIGITS if digit in parts)


def _said(texts: Texts, tells: str) -> announcements.Texts:
    said: dict[tuple[int, str], Words] = {}
    for language in sorted(rule_texts.begun(texts)):
        its = [own_words.of_rule(texts, DIGITS[digit], language) for digit in tells]
        if all(words.short for words in its):
            said |= {(number, language): words for number, words in enumerate(its)}
    return said
