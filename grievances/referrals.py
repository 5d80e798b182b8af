"""A case that another body must act on: it is sent there, and followed until that body has acted.

Nothing is closed because it is not ours. What comes back rejected is reopened.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    insert,
    or_,
    select,
    update,
)

from forum import audit
from forum.bodies import bodies
from forum.members import Member
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, cases, hold, move
from grievances.caseload import visible_to
from grievances.entries import encoded
from grievances.states import Actor, NotAllowed, State
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault.seals import CannotOpen, seal, unseal

referrals = Table(
    "referrals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("body_id", String(32), ForeignKey("bodies.id")),
    Column("place", Sealed),  # where else it went, in the words of whoever sent it
    Column("note", Sealed),  # what was last said of it
    Column("status", String(16), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("sent_by", String(32), nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("ix_referrals_sent_at", "sent_at", "id"),
)

#: Rows on a page.
PAGE = 50


class Status(StrEnum):
    """How far the other body has come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"


#: from -> to. What a body rejected or did is over; to send the case again is another referral.
WAYS: Mapping[Status, Sequence[Status]] = {
    Status.SENT: (Status.ACCEPTED, Status.REJECTED, Status.DONE),
    Status.ACCEPTED: (Status.REJECTED, Status.DONE),
    Status.REJECTED: (),
    Status.DONE: (),
}

#: Where somebody is still waited for.
WAITING = frozenset({Status.SENT, Status.ACCEPTED})


class Nowhere(ValueError):
    """Neither a body nor a place was said."""


class TooLate(Exception):
    """The referral has moved on meanwhile, or there is none."""


@dataclass(frozen=True, slots=True, repr=False)
class Referral:
    """A case sent elsewhere. *place* and *note* are sealed to the case until they are opened."""

    id: str
    case_id: str
    reference: str
    category: str | None
    body_name: str | None
    place: bytes | str | None
    note: bytes | str | None
    status: Status
    sent_at: datetime
    sent_by: str
    changed_at: datetime

    @property
    def ways(self) -> Sequence[Status]:
        """What can become of it from here."""
        return WAYS[self.status]

    def opened(self, private: bytes | None) -> "Referral":
        """Return it with its words, as the case's private key opens them; None: without."""
        words = {name: _opened(self, name, private) for name in ("place", "note")}
        known = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Referral(**{**known, **words})


@dataclass(frozen=True, slots=True)
class Page:
    """Some referrals, and the cursor of the next page; None: these were the last."""

    rows: Sequence[Referral]
    next: str | None


async def send(
    db: Transaction,
    case_id: str,
    *,
    body_id: str | None,
    place: str,
    by: Member,
    now: datetime,
    reason: str | None = None,
    calendar: Calendar = PLAIN_WEEK,
) -> str:
    """Send a case elsewhere, to a body or to a *place* in words; return the referral's id.

    What the reporter is told is the caller's. Raises ``Nowhere``, ``NotAllowed``, ``NoSuchCase``.
    """
    if not (body_id or place):
        raise Nowhere
    held = await hold(db, case_id)
    await move(
        db,
        case_id,
        State.REDIRECTED,
        by=Actor.STAFF,
        actor=by.id,
        now=now,
        reason=reason,
        calendar=calendar,
    )
    referral_id = uuid4().hex
    await db.execute(
        insert(referrals).values(
            id=referral_id,
            case_id=case_id,
            body_id=body_id or None,
            place=_sealed(held, referral_id, "place", place),
            status=Status.SENT,
            sent_at=now,
            sent_by=by.id,
            changed_at=now,
        )
    )
    await audit.record(db, actor=by.id, act="referral.sent", subject=case_id, now=now)
    return referral_id


async def change(
    db: Transaction,
    case_id: str,
    referral_id: str,
    status: Status,
    *,
    by: Member,
    now: datetime,
    note: str = "",
    calendar: Calendar = PLAIN_WEEK,
) -> bool:
    """Keep what the other body says; whether the case came back because of it.

    Raises ``TooLate`` and ``NoSuchCase``.
    """
    held = await hold(db, case_id)
    from_ = [before for before, ways in WAYS.items() if status in ways]
    values: dict[str, Any] = {"status": status, "changed_at": now}
    if note:
        values["note"] = _sealed(held, referral_id, "note", note)
    changed = await db.execute(
        update(referrals)
        .where(
            referrals.c.id == referral_id,
            referrals.c.case_id == case_id,
            referrals.c.status.in_(from_),
        )
        .values(**values)
    )
    if changed.rowcount != 1:
        raise TooLate
    await audit.record(db, actor=by.id, act=f"referral.{status}", subject=case_id, now=now)
    if status is not Status.REJECTED or held.state is not State.REDIRECTED:
        return False
    await _come_back(db, held, by, now, note, calendar)
    return True


async def _come_back(
    db: Transaction, held: Held, by: Member, now: datetime, note: str, calendar: Calendar
) -> None:
    try:
        await move(
            db,
            held.id,
            State.REOPENED,
            by=Actor.STAFF,
            actor=by.id,
            now=now,
            reason=note or None,
            calendar=calendar,
        )
    except NotAllowed as error:  # the caller holds it, so nobody was faster
        raise TooLate from error


async def of_case(db: Reads, case_id: str) -> Sequence[Referral]:
    """Return where a case was sent, the last first."""
    found = await db.execute(
        _rows(referrals.c.case_id == case_id).order_by(
            referrals.c.sent_at.desc(), referrals.c.id.desc()
        )
    )
    return [_referral(row) for row in found.mappings()]


async def listed(
    db: Reads,
    member: Member,
    *,
    statuses: Collection[Status] = WAITING,
    sent_before: datetime | None = None,
    page: str | None = None,
) -> Page:
    """Return the referrals of the cases that *member* may see, the oldest first.

    *sent_before*: only those that were sent then or earlier. *page* is the ``next`` of the page
    before; a damaged one begins at the front.
    """
    asked = _rows(visible_to(member), referrals.c.status.in_(statuses))
    if sent_before is not None:
        asked = asked.where(referrals.c.sent_at <= sent_before)
    after = _after(page)
    if after is not None:
        asked = asked.where(after)
    ordered = asked.order_by(referrals.c.sent_at, referrals.c.id).limit(PAGE + 1)
    rows = [_referral(row) for row in (await db.execute(ordered)).mappings()]
    more = len(rows) > PAGE
    return Page(rows[:PAGE], _cursor(rows[PAGE - 1]) if more else None)


def _rows(*which: ColumnElement[bool]) -> Any:
    columns = {name: referrals.c[name] for name in Referral.__dataclass_fields__ if name in _OWN}
    elsewhere = {
        "reference": cases.c.reference,
        "category": cases.c.category,
        "body_name": bodies.c.name.label("body_name"),
    }
    known = columns | elsewhere
    return (
        select(*(known[name] for name in Referral.__dataclass_fields__))
        .select_from(
            referrals.join(cases, cases.c.id == referrals.c.case_id).outerjoin(
                bodies, bodies.c.id == referrals.c.body_id
            )
        )
        .where(*which)
    )


_OWN = frozenset(column.name for column in referrals.c)


def _referral(row: Any) -> Referral:
    return Referral(**{**row, "status": Status(row["status"])})


def _cursor(row: Referral) -> str:
    return f"{row.sent_at.isoformat()}_{row.id}"


def _after(page: str | None) -> ColumnElement[bool] | None:
    sent, _, referral_id = (page or "").partition("_")
    try:
        moment = datetime.fromisoformat(sent)
    except ValueError:
        return None
    if not (moment.tzinfo and referral_id.isalnum()):
        return None
    c = referrals.c
    return or_(c.sent_at > moment, and_(c.sent_at == moment, c.id > referral_id))


def _sealed(held: Held, referral_id: str, name: str, text: str) -> bytes | None:
    if not text:
        return None
    return seal(held.public_key, encoded(text), context=_context(name, referral_id))


def _opened(referral: Referral, name: str, private: bytes | None) -> str | None:
    kept = getattr(referral, name)
    if not isinstance(kept, bytes) or private is None:
        return None
    try:
        return unseal(private, kept, context=_context(name, referral.id)).decode()
    except CannotOpen:
        return None


def _context(name: str, referral_id: str) -> str:
    return f"referrals.{name}|{referral_id}"
