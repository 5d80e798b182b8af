"""Facts of a case that staff may put right: where it happened, and whether the phone is safe."""

from datetime import datetime

from sqlalchemy import update

from forum import audit
from forum.bodies import Site
from forum.members import Member
from grievances.case import cases, hold
from storage.unit_of_work import Transaction

_NOWHERE = {"site_id": None, "district": None}


async def correct(
    db: Transaction,
    case_id: str,
    *,
    site: Site | None,
    safe: bool | None,
    by: Member,
    now: datetime,
) -> None:
    """Keep *site* and *safe* as they are given; None: it is not known.

    What the reporter said about the place stays in the thread. Raises ``NoSuchCase``.
    """
    await hold(db, case_id)
    where = (site.id, site.district) if site else (None, None)
    known = dict(zip(("site_id", "district"), where, strict=True))
    await db.execute(update(cases).where(cases.c.id == case_id).values(**known, safe=safe))
    await audit.record(db, actor=by.id, act="case.facts", subject=case_id, now=now)
