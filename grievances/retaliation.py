"""Whoever spoke up is asked whether they are well; where they are not, that is a case of its own.

The question goes out 7, 30 and 90 days after a report that names somebody. It says nothing of
what it is about. «No», or silence after an earlier «yes», opens a second case, linked to the
first, which whoever is kept out of the first must not know of either.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select

from channels.base import Address
from grievances import checks, entries, exclusions, intake, links, parties
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, cases, change, hold
from grievances.checks import Answer, Check
from grievances.entries import SYSTEM, Draft
from grievances.followups import FollowUp, Kind
from grievances.leading import STANDS
from grievances.parties import Answer as Names
from grievances.severity import Severity
from grievances.states import OPEN, State
from grievances.taxonomy import DEFAULT, Taxonomy
from locales import N_
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring

#: Days after a report on which its reporter is asked (domain, section 3).
ASKED_AFTER: Final = (7, 30, 90)

#: The same after a report about life or liberty was taken back.
ASKED_AFTER_WITHDRAWAL: Final = (7,)

#: The matters after which we ask.
GRAVE: Final = frozenset({Severity.S1, Severity.S2, Severity.S3})

#: How grave it is that somebody suffers for a report.
SEVERITY: Final = Severity.S2

_SAID: Final[Mapping[Answer, str]] = {
    Answer.YES: N_("The reporter says that they are well."),
    Answer.NO: N_("The reporter says that they are not well."),
}
_NOT_ASKED: Final = N_(
    "The reporter could not be asked whether they are well: nothing reaches them, or they want "
    "no more messages."
)
_TOO_LATE: Final = N_("The reporter was not asked in time whether they are well.")
_SILENT: Final = N_("The reporter did not say whether they are well.")

#: The first words of a case that we open, for staff.
_OPENED: Final[Mapping[Answer | None, str]] = {
    Answer.NO: N_(
        "Asked after an earlier report, its reporter says that they are not well. Find out "
        "whether somebody harms them because of it."
    ),
    None: N_(
        "Asked after an earlier report, its reporter was well at first and is silent now. Find "
        "out whether somebody harms them because of it."
    ),
}


async def plan(db: Transaction, case_id: str, now: datetime) -> None:
    """Have the reporter asked if the case, as it is judged now, asks for it; else no more.

    What was planned or asked before is not planned again. The caller holds the case.
    """
    found = await db.execute(
        select(cases.c.severity, cases.c.named, cases.c.received_at).where(cases.c.id == case_id)
    )
    row = found.one()
    if row.named not in {Names.SOME, Names.UNKNOWN} or row.severity not in GRAVE:
        await checks.drop(db, case_id, Kind.RETALIATION, now)
        return
    known = {each.days for each in await checks.of_case(db, case_id, Kind.RETALIATION)}
    missing = [days for days in ASKED_AFTER if days not in known]
    await checks.plan(db, case_id, Kind.RETALIATION, missing, row.received_at)


async def plan_after_withdrawal(db: Transaction, held: Held, now: datetime) -> bool:
    """Have whoever took back a report about life or liberty asked once; return whether so."""
    if held.severity is not Severity.S1:
        return False
    await checks.plan(db, held.id, Kind.RETALIATION, ASKED_AFTER_WITHDRAWAL, now)
    return True


async def due(
    db: Transaction,
    keyring: Keyring,
    followup: FollowUp,
    *,
    address: Address | None,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
    taxonomy: Taxonomy = DEFAULT,
) -> bool:
    """Take up a check that is due; return whether the reporter is to be asked now.

    One that was asked before is due because its answer did not come. *address* None: nothing
    reaches the reporter, or they have said STOP. The caller holds the case.
    """
    held, check = await hold(db, followup.case_id), await checks.get(db, followup)
    if held.state is State.DUPLICATE:
        await checks.give_up(db, check, now)
        return False
    if address is not None and check.asked_at is None and not check.stale(now):
        if await checks.crowded(db, check, now):
            await checks.postpone(db, check, now)
            return False
        await checks.asked(db, check, now)
        return True
    await checks.give_up(db, check, now)
    await checks.tell_staff(db, held.id, held.public_key, _why(check, address, now), now)
    if address is not None and await _alarming(db, check):
        await _open(
            db, keyring, held, None, address=address, now=now, calendar=calendar, taxonomy=taxonomy
        )
    return False


async def answered(
    db: Transaction,
    keyring: Keyring,
    case_id: str,
    *,
    well: bool,
    address: Address,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
    taxonomy: Taxonomy = DEFAULT,
) -> str | None:
    """Keep the reporter's word; return the case that is about it now where they are not well.

    Raises ``NoSuchCase``.
    """
    held = await hold(db, case_id)
    answer = Answer.YES if well else Answer.NO
    draft = Draft(_SAID[answer], entries.Kind.STATUS)
    await entries.write(db, case_id, held.public_key, draft, now)
    await checks.answered(db, case_id, Kind.RETALIATION, answer, now)
    if well:
        return None
    return await _open(
        db, keyring, held, answer, address=address, now=now, calendar=calendar, taxonomy=taxonomy
    )


def _why(check: Check, address: Address | None, now: datetime) -> str:
    if check.stale(now):
        return _TOO_LATE
    return _NOT_ASKED if address is None else _SILENT


async def _alarming(db: Reads, check: Check) -> bool:
    """Whether a silence is one of somebody who was well before, and has written nothing since."""
    if check.asked_at is None:
        return False
    before = await checks.of_case(db, check.case_id, Kind.RETALIATION)
    if not any(each.answer is Answer.YES for each in before):
        return False
    since = (cases.c.id == check.case_id) & (cases.c.heard_at >= check.asked_at)
    return not (await db.execute(select(exists().where(since)))).scalar()


async def _open(
    db: Transaction,
    keyring: Keyring,
    first: Held,
    said: Answer | None,
    *,
    address: Address,
    now: datetime,
    calendar: Calendar,
    taxonomy: Taxonomy,
) -> str:
    """Open the second case, or write on in the one that is open; return its id."""
    standing = await _standing(db, first)
    if standing is not None:
        held = await hold(db, standing)
        await _tell(db, standing, held.public_key, said, now)
        return standing
    second, public_key = await intake.file_after(
        db,
        keyring,
        first.id,
        address=address,
        severity=SEVERITY,
        now=now,
        calendar=calendar,
        taxonomy=taxonomy,
    )
    await exclusions.copy(db, first.id, second, now)
    await parties.copy(db, first.id, second)
    await links.join(db, second, first.id, links.Kind.RETALIATION, by=SYSTEM, now=now)
    await _tell(db, second, public_key, said, now)
    # From now on it is the second case that asks: nobody shall be asked twice.
    await checks.drop(db, first.id, Kind.RETALIATION, now)
    await checks.plan(db, second, Kind.RETALIATION, ASKED_AFTER, now)
    return second


async def _tell(
    db: Transaction, case_id: str, public_key: bytes, said: Answer | None, now: datetime
) -> None:
    await checks.tell_staff(db, case_id, public_key, _OPENED[said], now)
    if said is not None:
        await change(db, case_id, heard_at=now)


async def _standing(db: Reads, first: Held) -> str | None:
    """Return the open case that is about it already: one that was opened after, or this one."""
    of_this = (links.links.c.case_id == first.id) & STANDS
    such = of_this & (links.links.c.kind == links.Kind.RETALIATION)
    if first.state in OPEN and (await db.execute(select(exists().where(such)))).scalar():
        return first.id
    found = await db.execute(
        select(links.links.c.case_id)
        .join(cases, cases.c.id == links.links.c.case_id)
        .where(
            STANDS,
            links.links.c.kind == links.Kind.RETALIATION,
            links.links.c.other_id == first.id,
            cases.c.state.in_(OPEN),
        )
        .order_by(cases.c.received_at.desc())
        .limit(1)
    )
    standing: str | None = found.scalar()
    return standing
