"""The remedy of a case as its page shows it: actions opened, and who may do what with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from forum.bodies import Body
from forum.members import Member, Right
from grievances import actions, appeals
from grievances.actions import Action
from grievances.caseload import CaseRow
from grievances.remedies import PLANNED_AT
from grievances.states import State
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """One action, its words opened; None where there are none, or they are damaged."""

    action: Action
    what: str | None
    owner: str | None
    evidence: str | None
    reason: str | None
    late: bool


@dataclass(frozen=True, slots=True, repr=False)
class Remedy:
    """The actions of a case, and what this member may do.

    *judges* are the ids of those who decide on its appeal.
    """

    actions: Sequence[Shown]
    judges: Collection[str]
    works: bool  # adds actions, and marks them done
    confirms: bool  # nothing is left to do, and they can look at it and did not do it

    @property
    def pending(self) -> bool:
        """Whether something is still to be done."""
        return any(each.action.open for each in self.actions)


async def read(
    db: Reads,
    row: CaseRow,
    private: bytes | None,
    me: Member,
    *,
    names: Mapping[str, str],
    today: date,
) -> Remedy:
    """Return the remedy of a case. *names* are of members and bodies, by id."""
    found = await actions.of_case(db, row.id)
    opened = [shown(each, private, names, today) for each in found] if private else []
    pending = any(each.open for each in found)
    involved = row.assignee == me.id or await actions.marked_by(db, row.id, me.id)
    return Remedy(
        opened,
        await appeals.judges(db, row.id) if row.state is State.APPEALED else (),
        works=row.state in PLANNED_AT and (me.may(Right.TRIAGE) or row.assignee == me.id),
        confirms=row.state is State.IMPLEMENTING
        and private is not None
        and not (pending or involved),
    )


def shown(action: Action, private: bytes, names: Mapping[str, str], today: date) -> Shown:
    """Open one action with the private key of its case."""
    owner = names.get(action.owner_id or action.body_id or "")
    return Shown(
        action,
        action.words("what", private),
        owner or action.words("owner", private),
        action.words("evidence", private),
        action.words("reason", private),
        action.late(today),
    )


def names_of(everyone: Sequence[Member], bodies: Sequence[Body]) -> dict[str, str]:
    """Return the names of members and bodies by id."""
    return {
        **{member.id: member.name for member in everyone},
        **{body.id: body.name for body in bodies},
    }


def today_of(now: datetime, zone: tzinfo) -> date:
    """Return the day that it is at the forum."""
    return now.astimezone(zone).date()
