"""Who may be given a case: whoever handles cases and is not kept out of it.

From whom it was taken, because the reporter did not accept what they proposed, it is not given
again while there is anybody else.
"""

from sqlalchemy import String, bindparam, literal, select

from forum.members import RIGHTS, Right, members
from grievances.exclusions import NotEligible, excluded
from grievances.hands import parted
from storage.unit_of_work import Reads

_THIS = bindparam("its_id", type_=String)
_ELIGIBLE = select(members.c.id, parted(members.c.id, _THIS).label("had_it")).where(
    members.c.left_at.is_(None),
    members.c.role.in_([role for role, rights in RIGHTS.items() if Right.HANDLE in rights]),
    ~excluded(members.c.id, _THIS),
)


class HadIt(NotEligible):
    """It was taken from this member; somebody else is there to look at it."""


async def eligible(db: Reads, case_id: str) -> frozenset[str]:
    """Return the ids of all to whom a case may be given."""
    rows = (await db.execute(_ELIGIBLE, {"its_id": case_id})).all()
    others = frozenset(row.id for row in rows if not row.had_it)
    return others or frozenset(row.id for row in rows)


async def check(db: Reads, case_id: str, member_id: str) -> None:
    """Raise ``HadIt`` or ``NotEligible`` unless a case may be given to this member."""
    if member_id in await eligible(db, case_id):
        return
    had_it = select(parted(member_id, literal(case_id)))
    raise HadIt if (await db.execute(had_it)).scalar() else NotEligible
