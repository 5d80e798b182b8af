"""Limits of the law that passed unmet: the line in the report that nobody can take out.

They are the seven days within which a person answers, and the three months (six where that was
justified and told) for feedback: EU 2019/1937, article 9. What rang stays (``bells``), whatever
becomes of the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from forum.members import Member
from grievances.bells import LEGAL, bells
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.deadlines import Step
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class Passed:
    """A limit that passed: of which case, what was to be done, until when, and who was told."""

    reference: str
    step: Step
    due_at: datetime
    level: int  # to whom the case had been escalated after it


async def passed(
    db: Reads, member: Member, since: datetime, until: datetime, *, most: int
) -> Sequence[Passed]:
    """Return at most *most* limits that passed from *since* to before *until*, newest first.

    Of the cases that *member* may see.
    """
    found = await db.execute(
        select(cases.c.reference, bells.c.step, bells.c.due_at, bells.c.level)
        .join(cases, cases.c.id == bells.c.case_id)
        .where(LEGAL, bells.c.due_at >= since, bells.c.due_at < until, visible_to(member))
        .order_by(bells.c.due_at.desc(), cases.c.reference, bells.c.step)
        .limit(most)
    )
    return [Passed(row.reference, Step(row.step), row.due_at, row.level) for row in found]
