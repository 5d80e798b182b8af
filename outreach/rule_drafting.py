"""How a rule change comes to be: it is drafted, put into words, published, and perhaps withdrawn.

Whoever keeps something says which edition they saw, and how often it had been kept by then; what
somebody else kept meanwhile is never written over unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, func, insert, literal, select, update

from forum import audit
from outreach import recordings, rule_dates, rule_texts
from outreach.rule_changes import (
    Facts,
    RuleChange,
    State,
    editions,
    row_of,
    rule_changes,
)
from outreach.rule_dates import Misplaced
from outreach.rule_texts import Part, Texts, Variant
from storage import upsert
from storage.unit_of_work import Transaction

#: Where a rule change may go from each state. A published one is published again as its next
#: edition; a withdrawn one comes back as it was, or as its next edition.
MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.PUBLISHED}),
    State.PUBLISHED: frozenset({State.PUBLISHED, State.WITHDRAWN}),
    State.WITHDRAWN: frozenset({State.PUBLISHED}),
}

#: What a save of one language brings: its texts; an empty one takes the text away.
Written = Mapping[tuple[Part, Variant], str]


class Changed(Exception):
    """Somebody else kept something meanwhile, or it is not in the state for this."""


@dataclass(frozen=True, slots=True)
class Unready:
    """What an edition still needs: *unset* and *misplaced* days, *parts* in its base language."""

    unset: tuple[str, ...]
    misplaced: Mapping[str, Misplaced]
    parts: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.unset or self.misplaced or self.parts)


class NotReady(Exception):
    """It cannot be published yet; *unready* says why."""

    def __init__(self, unready: Unready) -> None:
        super().__init__("something is missing")
        self.unready = unready


def unready(facts: Facts, texts: Texts) -> Unready:
    """Return what keeps an edition from being published; nothing in it: it can be."""
    dates = facts.dates
    return Unready(
        rule_dates.unset(dates),
        rule_dates.misplaced(dates),
        rule_texts.lacking(texts, facts.base),
    )


async def draft(db: Transaction, facts: Facts, *, by: str, now: datetime) -> str:
    """Begin a rule change and return its id. *by*: a member's id, here and below."""
    rule_id = uuid4().hex
    number = await _number(db, rule_id)
    await db.execute(
        insert(editions).values(
            rule_id=rule_id, edition=1, saves=1, saved_at=now, saved_by=by, **row_of(facts)
        )
    )
    await _record(db, number, by, now, act="rules.added")
    return rule_id


async def change(
    db: Transaction, seen: RuleChange, facts: Facts, *, by: str, now: datetime
) -> None:
    """Keep other facts. Raises ``Changed`` if *seen* is not the newest any more."""
    edition = await _opened(db, seen, by, now)
    ours = (editions.c.rule_id == seen.id) & (editions.c.edition == edition)
    await db.execute(update(editions).where(ours).values(**row_of(facts)))
    await _record(db, seen.number, by, now, act="rules.changed")


async def write(
    db: Transaction, seen: RuleChange, language: str, written: Written, *, by: str, now: datetime
) -> None:
    """Keep the texts of one language; those not in *written* stay. Raises ``Changed``."""
    edition = await _opened(db, seen, by, now)
    its = {"rule_id": seen.id, "edition": edition, "language": language}
    for (part, variant), text in written.items():
        key = {**its, "part": part, "variant": variant}
        await db.execute(
            delete(rule_texts.rule_texts).where(
                *(rule_texts.rule_texts.c[name] == value for name, value in key.items())
            )
        )
        if text:
            await db.execute(insert(rule_texts.rule_texts).values(**key, text=text))
    await _record(db, seen.number, by, now, act="rules.written")


async def publish(db: Transaction, seen: RuleChange, *, by: str, now: datetime) -> None:
    """Let miners hear the newest edition, which changes no more from now on.

    Raises ``NotReady``, and ``Changed`` if *seen* is not what would be published.
    """
    missing = unready(seen.facts, await rule_texts.texts_of(db, seen.id, seen.edition.number))
    if missing:
        raise NotReady(missing)
    edition = seen.edition
    ours = (editions.c.rule_id == seen.id) & (editions.c.edition == edition.number)
    unchanged = (editions.c.saves == edition.saves) & editions.c.published_at.is_(None)
    frozen = update(editions).where(ours, unchanged)
    _one((await db.execute(frozen.values(published_at=now, published_by=by))).rowcount)
    whole = {"told": edition.number, "withdrawn_at": None, "withdrawn_by": None}
    newest = rule_changes.c.edition == edition.number
    await _move(db, seen, State.PUBLISHED, newest, **whole)
    await _record(db, seen.number, by, now, act="rules.published")


async def withdraw(db: Transaction, seen: RuleChange, *, by: str, now: datetime) -> None:
    """Tell it to nobody any more. Raises ``Changed``."""
    told = rule_changes.c.told == seen.told
    await _move(db, seen, State.WITHDRAWN, told, withdrawn_at=now, withdrawn_by=by)
    await _record(db, seen.number, by, now, act="rules.withdrawn")


async def restore(db: Transaction, seen: RuleChange, *, by: str, now: datetime) -> None:
    """Tell a withdrawn one again, as it was. Raises ``Changed``."""
    if seen.state is not State.WITHDRAWN:
        raise Changed
    told = rule_changes.c.told == seen.told
    await _move(db, seen, State.PUBLISHED, told, withdrawn_at=None, withdrawn_by=None)
    await _record(db, seen.number, by, now, act="rules.restored")


async def _number(db: Transaction, rule_id: str) -> int:
    """Add the rule change under the next number that nobody takes at the same time."""
    while True:
        taken = await db.execute(select(func.coalesce(func.max(rule_changes.c.number), 0)))
        number = int(taken.scalar_one()) + 1
        row = {"id": rule_id, "number": number, "state": State.DRAFT, "edition": 1}
        added = await db.execute(upsert.insert_new(db, rule_changes), row)
        if added.rowcount == 1:
            return number


async def _opened(db: Transaction, seen: RuleChange, by: str, now: datetime) -> int:
    """Return the edition to write to: the one that was *seen*, or its copy if that is frozen."""
    edition = seen.edition
    if edition.frozen:
        return await _next(db, seen, by, now)
    ours = (editions.c.rule_id == seen.id) & (editions.c.edition == edition.number)
    unchanged = (editions.c.saves == edition.saves) & editions.c.published_at.is_(None)
    kept = {"saves": edition.saves + 1, "saved_at": now, "saved_by": by}
    _one((await db.execute(update(editions).where(ours, unchanged).values(**kept))).rowcount)
    return edition.number


async def _next(db: Transaction, seen: RuleChange, by: str, now: datetime) -> int:
    """Begin the edition after the one that was *seen*: its facts, its words, its recordings."""
    number = seen.edition.number + 1
    newest = (rule_changes.c.id == seen.id) & (rule_changes.c.edition == number - 1)
    _one((await db.execute(update(rule_changes).where(newest).values(edition=number))).rowcount)
    its = {"rule_id": seen.id, "edition": number, "saves": 1, "saved_at": now, "saved_by": by}
    await db.execute(insert(editions).values(**its, **row_of(seen.facts)))
    texts = rule_texts.rule_texts
    columns = [literal(number) if each is texts.c.edition else each for each in texts.c]
    before = (texts.c.rule_id == seen.id) & (texts.c.edition == number - 1)
    await db.execute(
        insert(texts).from_select([each.name for each in texts.c], select(*columns).where(before))
    )
    await recordings.carry_over(db, seen.id, number)
    return number


async def _move(db: Transaction, seen: RuleChange, to: State, *where: Any, **values: Any) -> None:
    if to not in MOVES[seen.state]:
        raise Changed
    ours = (rule_changes.c.id == seen.id) & (rule_changes.c.state == seen.state)
    moved = update(rule_changes).where(ours, *where).values(state=to, **values)
    _one((await db.execute(moved)).rowcount)


def _one(changed: int) -> None:
    """Raise ``Changed`` unless one row was."""
    if changed != 1:
        raise Changed


async def _record(db: Transaction, number: int, by: str, now: datetime, *, act: str) -> None:
    await audit.record(db, actor=by, act=act, subject=f"R{number}", now=now)
