"""Whether a case's answers reached the reporter: no word of them, and no way to anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from channels import deliveries
from channels.deliveries import Fate
from forum import audit
from forum.members import Member
from grievances.case import cases
from grievances.correspondence import unread
from grievances.entries import REPORTER, SYSTEM, Audience, entries
from storage.unit_of_work import Reads, Transaction


@dataclass(frozen=True, slots=True)
class Answer:
    """How far one answer came. *fate*: of the message that carries it, while there is one."""

    at: datetime
    waits: bool  # until the reporter asks for it
    delivered_at: datetime | None
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A case and its answers, the newest first."""

    reference: str
    answers: Sequence[Answer]


async def trace(db: Transaction, case_id: str, *, by: Member, now: datetime) -> Trace:
    """Follow the answers of a case, and note that *by* did so."""
    await audit.record(db, actor=by.id, act="case.traced", subject=case_id, now=now)
    reference = (
        await db.execute(select(cases.c.reference).where(cases.c.id == case_id))
    ).scalar_one()
    return Trace(reference, await _answers(db, case_id))


async def _answers(db: Reads, case_id: str) -> list[Answer]:
    written = await db.execute(
        select(entries.c.id, entries.c.at, entries.c.delivered_at)
        .where(
            entries.c.case_id == case_id,
            entries.c.audience == Audience.REPORTER,
            entries.c.author.not_in((REPORTER, SYSTEM)),
        )
        .order_by(entries.c.n.desc())
    )
    rows = list(written)
    waiting = await db.execute(select(unread.c.entry_id).where(unread.c.case_id == case_id))
    waits = set(waiting.scalars())
    fates = await deliveries.of_entries(db, [row.id for row in rows])
    return [Answer(row.at, row.id in waits, row.delivered_at, fates.get(row.id)) for row in rows]
