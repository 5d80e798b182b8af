"""A broadcast once more, to those whom it did not reach: by which channels, and what that takes.

Each gets only the parts that did not arrive. It is a broadcast of its own then, and needs an
approval of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from channels.ledger import DEAD
from channels.routing import CALLS, NUMBERED
from channels.ways import Way
from outreach import estimates, progress
from outreach.announcements import Again, Announcement, Draft
from outreach.estimates import Estimate
from outreach.recipients import Zones
from outreach.schedules import Schedule
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to try again, and what it would take if it left now."""

    by: Again
    estimate: Estimate


def drafted(this: Announcement, by: Again) -> Draft:
    """Return what is chosen of *this*, for those whom it did not reach."""
    draft, schedule = this.draft, this.draft.schedule
    again_by = draft.again_by if by is Again.SAME else by
    calls = {Again.SAME: draft.calls, Again.SMS: False, Again.CALL: True}
    return replace(
        draft,
        schedule=Schedule(opens=schedule.opens, closes=schedule.closes, lasts=schedule.lasts),
        follows=None,
        again_of=this.id,
        again_by=again_by,
        calls=calls[by],
    )


async def choices(
    db: Reads, this: Announcement, *, ways: Mapping[str, Way], zones: Zones, now: datetime
) -> Sequence[Choice]:
    """Return each way by which somebody can be tried again; none once the ledger forgot them."""
    found = []
    for by in await _thinkable(db, this, ways):
        tried = replace(this, draft=drafted(this, by))
        taken = await estimates.estimate(db, tried, ways=ways, zones=zones, now=now)
        if taken.people:
            found.append(Choice(by, taken))
    return found


async def _thinkable(db: Reads, this: Announcement, ways: Mapping[str, Way]) -> list[Again]:
    """Return by the sums, the ways that may lead to somebody: of no others is the ledger asked."""
    counts = (await progress.read(db, this.id)).counts
    failed = {one.channel for one in counts if one.state in DEAD}
    draft = this.draft
    may_be = {
        Again.SAME: bool(failed),
        Again.SMS: bool(failed & {*CALLS, *NUMBERED}),
        Again.CALL: bool(failed - {*CALLS} and draft.tells and ways.keys() & CALLS.keys()),
    }
    return [by for by, it_may in may_be.items() if it_may and (not by or by != draft.again_by)]
