"""What is to be done by when, over all cases that a member may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, true

from forum.members import Member
from grievances.actions import IS_OPEN, SHOWN, Action, actions
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.remedies import PLANNED_AT
from storage.unit_of_work import Reads

#: Rows on a page.
PAGE: Final = 50


@dataclass(frozen=True, slots=True, repr=False)
class Task:
    """An action that is still to be done, and the reference of its case."""

    action: Action
    reference: str


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """Some tasks, the nearest day first; *next* is the cursor of the page after, or None."""

    tasks: Sequence[Task]
    next: str | None


async def tasks(db: Reads, member: Member, *, mine: bool, page: str | None = None) -> Page:
    """Return what is to be done in cases that *member* may see.

    *mine*: only what they do themselves, or what is to be done in cases that they handle.
    *page* is the ``next`` of the page before; a damaged one begins at the front.
    """
    c = actions.c
    theirs = or_(c.owner_id == member.id, cases.c.assignee == member.id) if mine else true()
    found = await db.execute(
        select(*SHOWN, cases.c.reference)
        .join(cases, cases.c.id == c.case_id)
        .where(IS_OPEN, cases.c.state.in_(PLANNED_AT), visible_to(member), theirs, _after(page))
        .order_by(c.due, c.id)
        .limit(PAGE + 1)
    )
    rows = [_task(dict(row)) for row in found.mappings()]
    return Page(rows[:PAGE], _cursor(rows[PAGE - 1]) if len(rows) > PAGE else None)


def _task(row: dict[str, object]) -> Task:
    reference = str(row.pop("reference"))
    return Task(Action(**row), reference)  # type: ignore[arg-type]  # the columns of SHOWN


def _cursor(task: Task) -> str:
    return f"{task.action.due.isoformat()}_{task.action.id}"


def _after(page: str | None) -> ColumnElement[bool]:
    day, _, action_id = (page or "").partition("_")
    try:
        due = date.fromisoformat(day)
    except ValueError:
        return true()
    if not (action_id.isascii() and action_id.isalnum()):
        return true()
    c = actions.c
    return or_(c.due > due, and_(c.due == due, c.id > action_id))
