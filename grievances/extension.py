"""Feedback that takes longer: once for each case, for a reason, and the reporter is told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from forum import audit
from forum.members import Member
from grievances import correspondence, deadlines, reckonings
from grievances.calendars import add_months
from grievances.case import hold
from grievances.deadlines import EXTENDED_MONTHS, Deadline, Step
from grievances.reckonings import Why
from grievances.states import ENDED
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


class NotNow(Exception):
    """Feedback was given, or put off once already, or the case has ended."""


class OutOfRange(Exception):
    """It must be later than what was promised, and within six months of the report."""


def latest(of_case: Iterable[Deadline]) -> datetime | None:
    """Return until when feedback on a case can be put off; None: it cannot, any more."""
    clocks = {each.step: each for each in of_case}
    feedback, total = clocks.get(Step.FEEDBACK), clocks.get(Step.TOTAL)
    if feedback is None or total is None:
        return None
    if feedback.met_at or total.met_at or total.extended_at:
        return None
    return add_months(total.started_at, EXTENDED_MONTHS)


async def extend(
    db: Transaction,
    keyring: Keyring,
    *,
    member: Member,
    case_id: str,
    until: datetime,
    reason: str,
    now: datetime,
) -> None:
    """Put feedback off to *until*, and write *reason* to the reporter, in the words given.

    Raises ``NotNow``, ``OutOfRange`` and ``NoSuchCase``.
    """
    held = await hold(db, case_id)
    clocks = {each.step: each for each in await deadlines.of_case(db, case_id)}
    last = latest(clocks.values())
    if held.state in ENDED or last is None:
        raise NotNow
    feedback, total = clocks[Step.FEEDBACK], clocks[Step.TOTAL]
    if not max(feedback.due_at, now) < until <= last:
        raise OutOfRange
    before = [feedback, total]
    after = [_put_off(feedback, until, now), _put_off(total, max(until, total.due_at), now)]
    await deadlines.rewrite(db, after, now)
    await reckonings.record(db, before, after, Why.EXTENSION, now)
    await audit.record(db, actor=member.id, act="case.extended", subject=case_id, now=now)
    await correspondence.answer(
        db, keyring, member=member, case_id=case_id, text=reason, feedback=False, now=now
    )


def _put_off(deadline: Deadline, until: datetime, now: datetime) -> Deadline:
    if deadline.due_at == until:
        return replace(deadline, extended_at=now)
    return replace(deadline, due_at=until, escalates_at=until, overdue_at=None, extended_at=now)
