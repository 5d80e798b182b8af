"""What the reporter of a duplicate says reaches the case that stands for it.

It stays in the reporter's own case, with whatever came along; a copy, closed to the leading case,
goes into that thread, so that whoever works on it reads everything in one place. When the cases
part the copies go, and not a word is lost.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select, update

from grievances import entries, leading
from grievances.case import Held, cases, change, hold_all
from grievances.entries import REPORTER, Draft
from storage.unit_of_work import Transaction


async def hold_with_leaders(db: Transaction, case_id: str) -> Mapping[str, Held]:
    """Take hold of a case and of all that stand for it, by their ids. Raises ``NoSuchCase``."""
    return await hold_all(db, [case_id, *await leading.leaders_of(db, case_id)])


async def pass_on(
    db: Transaction, held: Mapping[str, Held], case_id: str, draft: Draft, now: datetime
) -> None:
    """Copy what the reporter of *case_id* said into the others of *held*, who hear it now."""
    copy = replace(draft, from_case=case_id)
    for each in held.values():
        if each.id != case_id:
            await entries.write(db, each.id, each.public_key, copy, now)
            await change(db, each.id, heard_at=now)


async def take_back(
    db: Transaction, from_cases: Collection[str], case_ids: Collection[str]
) -> None:
    """Take copies out of *case_ids* again, as if their own reporters alone had written."""
    of_these = entries.entries.c.case_id.in_(case_ids)
    copies = of_these & entries.entries.c.from_case.in_(from_cases)
    await db.execute(delete(entries.entries).where(copies))
    e = entries.entries.c
    newest = (
        select(func.max(e.at))
        .where(e.case_id == cases.c.id, e.author == REPORTER)
        .scalar_subquery()
    )
    heard = func.coalesce(newest, cases.c.received_at)
    await db.execute(update(cases).where(cases.c.id.in_(case_ids)).values(heard_at=heard))
