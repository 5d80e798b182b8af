"""Which rule somebody was told last, so that a digit by itself reads a part of it again."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all

from channels.ledger import BROADCAST, State, outbox, standing
from outreach import rule_changes
from outreach.announcements import State as Stage
from outreach.announcements import announcements
from outreach.copies import announcement_broadcasts
from outreach.subscribers import State as Listening
from outreach.subscribers import subscribers
from outreach.told import rule_told
from storage.unit_of_work import Reads

#: For how long a digit by itself is taken for the wish to read a part of what was told.
FRESH: Final = timedelta(days=30)

#: What may lie on somebody's telephone. A delivery report can come after the answer.
_LEFT: Final = standing(State.SUBMITTING, State.ACCEPTED, State.UNKNOWN, State.DELIVERED)


async def newest(
    db: Reads, route_id: str, now: datetime, *, after: datetime | None = None
) -> str | None:
    """Return the reference of the rule that was told last to whoever *route_id* leads to.

    None: none within ``FRESH``, or not *after* that moment. The ledger knows of it at once and
    forgets it within days; what ``told`` notes comes later and stays.
    """
    since = max(after, now - FRESH) if after else now - FRESH
    both = union_all(_sent(route_id, since), _noted(route_id)).subquery()
    rule = rule_changes.rule_changes.c
    found = (
        select(rule.number)
        .join_from(rule_changes.rule_changes, both, both.c.rule_id == rule.id)
        .where(rule.state == rule_changes.State.PUBLISHED, both.c.at > since)
        .order_by(both.c.at.desc(), rule.number.desc())
        .limit(1)
    )
    number = (await db.execute(found)).scalar()
    return None if number is None else rule_changes.reference(number)


def _telling(since: datetime) -> ColumnElement[bool]:
    """Return the condition that a broadcast told of a rule, and not all of it before *since*."""
    of = announcements.c
    going = or_(of.state.in_([Stage.APPROVED, Stage.PAUSED]), of.moved_at > since)
    return of.rule_id.is_not(None) & (of.tells != "") & going


def _sent(route_id: str, since: datetime) -> Select[Any]:
    its, of = announcement_broadcasts.c, announcements.c
    mine = BROADCAST & (outbox.c.broadcast == its.broadcast) & (outbox.c.route_id == route_id)
    return (
        select(of.rule_id, func.coalesce(outbox.c.submitted_at, outbox.c.moved_at).label("at"))
        .join_from(announcements, announcement_broadcasts, its.announcement == of.id)
        .join(outbox, mine & _LEFT)
        .where(_telling(since))
    )


def _noted(route_id: str) -> Select[Any]:
    its = rule_told.c
    # Named by state, so that the index over the list of subscribers leads to them.
    person = subscribers.c.state.in_(list(Listening)) & (subscribers.c.route_id == route_id)
    theirs = its.subscriber_id == subscribers.c.id
    return (
        select(its.rule_id, its.told_at.label("at"))
        .join_from(subscribers, rule_told, theirs)
        .where(person)
    )
