"""Questions that come by themselves, some days after something: asked once each, or expired.

A check is a follow-up with a memory. It is planned, then asked, and it is over once the reporter
has answered or has been silent for too long. What each sort of check means for a case is in
``monitoring`` and ``retaliation``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Exists, exists, select, update

from grievances import entries, followups
from grievances.entries import SYSTEM, Audience, Draft
from grievances.followups import FollowUp, Kind
from storage.unit_of_work import Reads, Transaction

#: How long after it fell due a check is still worth asking; later the next one comes soon.
STALE_AFTER: Final = timedelta(days=14)

#: How long its answer is waited for. A silence about somebody's safety is looked at sooner.
PATIENCE: Final = {Kind.CHECK_IN: timedelta(days=14), Kind.RETALIATION: timedelta(days=7)}

#: How long one question about a case stands alone: a «1» that answers two of them answers neither.
APART: Final = timedelta(days=1)


class Answer(StrEnum):
    """What a reporter said to a check."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. *days*: how long after what it follows it was due."""

    id: str
    case_id: str
    kind: Kind
    days: int
    due_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    answer: Answer | None
    expired_at: datetime | None
    done_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it was asked, and neither answered nor given up."""
        return self.asked_at is not None and self.done_at is None

    def stale(self, now: datetime) -> bool:
        """Whether it was not asked in time, and is not worth asking any more."""
        return self.asked_at is None and now - self.due_at > STALE_AFTER


async def plan(
    db: Transaction, case_id: str, kind: Kind, after: Iterable[int], start: datetime
) -> None:
    """Have the reporter asked so many days after *start*, each time once."""
    for days in after:
        await followups.plan(db, case_id, kind, start + timedelta(days=days), days=days)


async def resume(
    db: Transaction, case_id: str, kind: Kind, after: Iterable[int], start: datetime
) -> None:
    """Plan, of what is asked after *start*, all that was not asked since: it was dropped once."""
    known = {
        each.days
        for each in await of_case(db, case_id, kind)
        if each.done_at is None or (each.asked_at is not None and each.asked_at >= start)
    }
    await plan(db, case_id, kind, [days for days in after if days not in known], start)


async def drop(db: Transaction, case_id: str, kind: Kind, now: datetime) -> None:
    """Ask nothing more of this sort, and wait for no answer; what was asked stays known.

    One that is being asked at this moment is left to whoever asks, who looks at the case again.
    """
    await expire(db, _of_case(case_id, kind), now)
    await followups.cancel(db, case_id, kind)


async def of_case(db: Reads, case_id: str, kind: Kind) -> Sequence[Check]:
    """Return the checks of one sort, the first to be asked first."""
    its = (_C.case_id == case_id) & (_C.kind == kind)
    found = await db.execute(select(*_SHOWN).where(its).order_by(_C.due_at, _C.days, _C.id))
    return [_check(row) for row in found]


async def get(db: Reads, followup: FollowUp) -> Check:
    """Return the check behind a follow-up that was claimed."""
    found = await db.execute(select(*_SHOWN).where(_C.id == followup.id))
    return _check(found.one())


async def waits(db: Reads, case_id: str, kind: Kind) -> bool:
    """Whether a check of this sort was asked and still waits for its answer."""
    return any(each.waits for each in await of_case(db, case_id, kind))


def outstanding(case_id: ColumnElement[str], kind: Kind) -> Exists:
    """Return the condition that a case has a check that is to be asked, or to be answered."""
    its = (_C.case_id == case_id) & (_C.kind == kind)
    return exists().where(its, _C.done_at.is_(None))


async def asked(db: Transaction, check: Check, now: datetime) -> None:
    """Note that it is asked now; an older one that was never answered is waited for no more.

    Its row is due again when the patience with it ends. The caller holds the case.
    """
    older = _of_case(check.case_id, check.kind) & (_C.id != check.id)
    await expire(db, older, now)
    again = now + PATIENCE[check.kind]
    free = {"claimed_by": None, "claimed_at": None, "done_at": None, "attempts": 0}
    await db.execute(
        update(followups.followups)
        .where(_C.id == check.id)
        .values(asked_at=now, due_at=again, expires_at=again + followups.LASTS[check.kind], **free)
    )


async def crowded(db: Reads, check: Check, now: datetime) -> bool:
    """Whether the reporter was asked something else about the case just now, and may answer it."""
    others = (_C.case_id == check.case_id) & (_C.kind != check.kind) & _C.done_at.is_(None)
    lately = exists().where(others, _C.asked_at > now - APART)
    return bool((await db.execute(select(lately))).scalar())


async def postpone(db: Transaction, check: Check, now: datetime) -> None:
    """Ask it another day."""
    free = {"claimed_by": None, "claimed_at": None, "done_at": None, "attempts": 0}
    later = update(followups.followups).where(_C.id == check.id)
    await db.execute(later.values(due_at=now + APART, **free))


async def answered(
    db: Transaction, case_id: str, kind: Kind, answer: Answer, now: datetime
) -> Check | None:
    """Keep the answer with the check that was asked last; None: that one has an answer already.

    An answer that comes after the patience has ended counts too.
    """
    last = max(
        (each for each in await of_case(db, case_id, kind) if each.asked_at is not None),
        key=lambda each: (each.asked_at, each.days),
        default=None,
    )
    if last is None or last.answer is not None:
        return None
    await db.execute(
        update(followups.followups)
        .where(_C.id == last.id)
        .values(answer=answer, answered_at=now, done_at=now)
    )
    return last


async def expire(db: Transaction, which: ColumnElement[bool], now: datetime) -> None:
    """Wait no more for the answers to some checks that were asked."""
    still = _C.asked_at.is_not(None) & _C.done_at.is_(None)
    await db.execute(
        update(followups.followups).where(which, still).values(expired_at=now, done_at=now)
    )


async def give_up(db: Transaction, check: Check, now: datetime) -> None:
    """Note that a check is over without an answer, whether it was asked or not."""
    await db.execute(
        update(followups.followups)
        .where(_C.id == check.id, _C.answered_at.is_(None))
        .values(expired_at=now, done_at=now)
    )


async def tell_staff(
    db: Transaction, case_id: str, public_key: bytes, msgid: str, now: datetime
) -> None:
    """Write into the thread, for staff, what became of a check."""
    draft = Draft(msgid, entries.Kind.STATUS, SYSTEM, Audience.INTERNAL)
    await entries.write(db, case_id, public_key, draft, now)


_C = followups.followups.c
_SHOWN = tuple(_C[name] for name in Check.__dataclass_fields__)


def _of_case(case_id: str, kind: Kind) -> ColumnElement[bool]:
    return (_C.case_id == case_id) & (_C.kind == kind)


def _check(row: Any) -> Check:
    answer = Answer(row.answer) if row.answer else None
    values = {**row._asdict(), "kind": Kind(row.kind), "days": row.days or 0, "answer": answer}
    return Check(**values)
