"""Between the secretariat and a reporter: answers out, words back in, and never an address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from channels.base import Address
from forum import attachments, audit
from forum.attachments import Attachment, Offer
from forum.members import Member
from grievances import appeals, checks, deadlines, entries, followups, leading, reporters
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import ASKED, Held, cases, explain, hold, hold_all, move
from grievances.deadlines import Step
from grievances.entries import SYSTEM, Audience, Draft, Entry, Part
from grievances.followups import NUDGES_AFTER, Kind
from grievances.passing_on import hold_with_leaders, pass_on
from grievances.states import OPEN, Actor, State
from grievances.status import SAYS
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring
from vault.seals import seal

unread = Table(
    "unread",
    metadata,
    Column("entry_id", String(32), ForeignKey("entries.id"), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("sealed", Sealed, nullable=False),  # to the SENDER: the case's key opens no outbox
    Column("made_at", Instant, nullable=False),
)

#: Once a case has ended its reporter's address is erased after this long: time for the last
#: answer to leave, within the 24 hours that are promised.
FORGET_AFTER = timedelta(hours=20)

#: What is said of these goes to whom it was told, and to nobody else who reported the same.
_OF_ONE = frozenset({State.WAITING_REPORTER, State.PROPOSED})

#: How long files that are lost together are gathered, before the reporter is told once of all.
FILES_APART = timedelta(seconds=30)

#: Where an answer is more than «we have read it»: it says what came of looking.
_LOOKED_INTO = frozenset(State) - {
    State.RECEIVED,
    State.TRIAGED,
    State.ASSIGNED,
    State.REOPENED,
}

_OPEN = select(cases.c.id).where(cases.c.state.in_(OPEN))


@dataclass(frozen=True, slots=True, repr=False)
class EntryView:
    """An entry and what came with it."""

    entry: Entry
    attachments: Sequence[Attachment]


@dataclass(frozen=True, slots=True, repr=False)
class UnreadBody:
    """An answer on its way out, which only the sender opens, as *context*."""

    entry_id: str
    sealed: bytes
    context: str


class Status(NamedTuple):
    """Where a case stands, in plain words (a msgid); *news*: an answer waits to be read."""

    msgid: str
    news: bool
    asks: bool  # a check-in waits for its answer
    proposal: bool  # what is proposed waits for the reporter's word
    appeal: bool  # the reporter may ask that others decide


class Awaited(NamedTuple):
    """An open case whose reporter waits for a call, and when that was asked for last."""

    case_id: str
    asked_at: datetime


class Reach(NamedTuple):
    """How to reach a reporter. *safe*: answers may be shown in full on that phone."""

    address: Address
    language: str
    safe: bool


# --- the secretariat writes ---------------------------------------------------------------------


async def answer(
    db: Transaction,
    keyring: Keyring,
    *,
    member: Member,
    case_id: str,
    text: str,
    now: datetime,
    expects_reply: bool = False,
    feedback: bool = True,
    others: Mapping[str, str] | None = None,
    calendar: Calendar = PLAIN_WEEK,
) -> str:
    """Write to the reporter; return the entry's id. Raises ``NoSuchCase``.

    *expects_reply*: a case in review waits for the reporter from now on. *feedback*: it says what
    came of looking into it, where somebody has; a question never does. *others*: the same for
    those who reported the same, by language; None: they are told nothing. Raises ``KeyError``
    where the language of one of them is missing.
    """
    led = await leading.followers_of(db, case_id) if others is not None else ()
    held = await hold_all(db, [case_id, *led])
    spoken = await _languages(db, led)
    entry_id = ""
    for each in (*led, case_id):
        words = text if others is None or each == case_id else others[spoken[each]]
        entry_id = await _write(db, keyring, held[each], member, words, now)
        await _told(db, held[each], now, feedback=feedback and not expects_reply)
    if expects_reply and held[case_id].state is State.IN_REVIEW:
        waiting = State.WAITING_REPORTER
        await move(
            db, case_id, waiting, by=Actor.STAFF, actor=member.id, now=now, calendar=calendar
        )
    return entry_id


async def _write(
    db: Transaction, keyring: Keyring, held: Held, member: Member, text: str, now: datetime
) -> str:
    draft = Draft(text, author=member.id)
    entry_id = await entries.write(db, held.id, held.public_key, draft, now)
    await _keep_unread(db, keyring, held.id, entry_id, text, now)
    await _announce(db, held, now)
    await audit.record(db, actor=member.id, act="case.answered", subject=held.id, now=now)
    return entry_id


async def _languages(db: Reads, case_ids: Sequence[str]) -> Mapping[str, str]:
    found = await db.execute(select(cases.c.id, cases.c.language).where(cases.c.id.in_(case_ids)))
    return {row.id: row.language for row in found}


async def other_languages(db: Reads, case_id: str) -> Sequence[str] | None:
    """Return in which languages others reported the same; None: nobody else did."""
    found = await _languages(db, await leading.followers_of(db, case_id))
    return sorted(set(found.values())) if found else None


async def _keep_unread(
    db: Transaction, keyring: Keyring, case_id: str, entry_id: str, text: str, now: datetime
) -> None:
    n = select(entries.entries.c.n).where(entries.entries.c.id == entry_id).scalar_subquery()
    sealed = seal(keyring.sender_public, entries.encoded(text), context=_context(entry_id))
    await db.execute(
        insert(unread).values(entry_id=entry_id, case_id=case_id, n=n, sealed=sealed, made_at=now)
    )


async def _announce(db: Transaction, held: Held, now: datetime) -> None:
    """Have it told, and called to mind twice: to read it or, where we asked, to answer."""
    reminder = Kind.REMIND if held.state in ASKED else Kind.NUDGE
    await followups.cancel(db, held.id, Kind.NUDGE, Kind.REMIND)
    await followups.plan(db, held.id, Kind.ANSWER, now)
    for wait in NUDGES_AFTER:
        await followups.plan(db, held.id, reminder, now + wait)


async def _told(db: Transaction, held: Held, now: datetime, *, feedback: bool) -> None:
    steps = [Step.ACKNOWLEDGE]
    if feedback and held.state in _LOOKED_INTO:
        steps += [Step.FEEDBACK, Step.TOTAL]
    await deadlines.meet(db, held.id, steps, now)
    first = func.coalesce(cases.c.acknowledged_at, literal(now, Instant))
    await db.execute(
        update(cases).where(cases.c.id == held.id).values(told_at=now, acknowledged_at=first)
    )


async def note(db: Transaction, *, member: Member, case_id: str, text: str, now: datetime) -> str:
    """Keep a note that the reporter never sees; return the entry's id."""
    held = await hold(db, case_id)
    draft = Draft(text, author=member.id, audience=Audience.INTERNAL)
    await audit.record(db, actor=member.id, act="case.noted", subject=case_id, now=now)
    return await entries.write(db, case_id, held.public_key, draft, now)


async def remark(db: Transaction, case_id: str, text: str, now: datetime) -> None:
    """Keep something for staff that the machine knows of how a report came."""
    held = await hold(db, case_id)
    await explain(db, held, text, author=SYSTEM, now=now)


async def thread(
    db: Reads, case_id: str, private: bytes, part: Part | None = None
) -> Sequence[EntryView]:
    """Return what was said in a case, or a part of it, oldest first, opened with its key."""
    opened = await entries.read(db, case_id, private, part)
    kept = await attachments.of_entries(db, case_id, [entry.id for entry in opened])
    return [EntryView(entry, kept.get(entry.id, ())) for entry in opened]


# --- the reporter writes and reads --------------------------------------------------------------


async def extend(
    db: Transaction,
    keyring: Keyring,
    case_id: str,
    text: str,
    attachments: Sequence[Offer] = (),
    *,
    channel: str,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> None:
    """Add to a case, at whatever state. One that waited for the reporter is in review again.

    *channel*: where the attachments wait. What is said of a duplicate is also said of the case
    that stands for it. Raises ``NoSuchCase``.
    """
    reached = await hold_with_leaders(db, case_id)
    key = reached[case_id].public_key
    await entries.hear(db, keyring, case_id, key, text, attachments, channel=channel, now=now)
    await _heard(db, case_id, now)
    await pass_on(db, reached, case_id, entries.spoken(text), now)
    for held in reached.values():
        if held.state is State.WAITING_REPORTER:
            await move(
                db,
                held.id,
                State.IN_REVIEW,
                by=Actor.SYSTEM,
                actor=SYSTEM,
                now=now,
                calendar=calendar,
            )


async def ask_call(db: Transaction, case_id: str, number: str, now: datetime) -> None:
    """Keep that the reporter of a case wants to be called, and on which *number* (E.164)."""
    held = await hold(db, case_id)
    await entries.write(db, case_id, held.public_key, Draft(number, entries.Kind.NUMBER), now)
    await db.execute(update(cases).where(cases.c.id == case_id).values(callback=True))
    await _heard(db, case_id, now)


async def _heard(db: Transaction, case_id: str, now: datetime) -> None:
    await db.execute(update(cases).where(cases.c.id == case_id).values(heard_at=now))


async def status_of(db: Reads, case_id: str) -> Status:
    """Say where a case stands; of a duplicate, where the case stands that leads it.

    A reporter never learns from it that there is another.
    """
    leader = await leading.leader_of(db, case_id)
    news = exists().where(unread.c.case_id == case_id)
    its = [cases.c[name] for name in ("state", "turn", "moved_at")]
    found = await db.execute(select(*its, news.label("news")).where(cases.c.id == leader))
    row = found.one()
    state = State(row.state)
    asks = await checks.waits(db, leader, Kind.CHECK_IN)
    appeal = appeals.may_be_asked(state, row.turn)
    status = Status(SAYS[state], bool(row.news), asks, state is State.PROPOSED, appeal)
    return status if leader == case_id else await _as_led(db, case_id, status, state, row.moved_at)


async def _as_led(
    db: Reads, case_id: str, status: Status, state: State, moved_at: datetime
) -> Status:
    """Return the leading case's status as the reporter of a duplicate may hear it.

    What only the other reporter was told or asked is no business of this one's; and what this
    one has said to a question is not asked again. An appeal is the other one's to ask for.
    """
    e = entries.entries.c
    said = exists().where(
        e.case_id == case_id,
        e.author == entries.REPORTER,
        e.kind == entries.Kind.STATUS,
        e.at >= moved_at,
    )
    told = select(cases.c.told_at, said.label("said")).where(cases.c.id == case_id)
    row = (await db.execute(told)).one()
    heard = row.told_at is not None and row.told_at >= moved_at
    msgid = SAYS[State.DUPLICATE] if state in _OF_ONE and not heard else status.msgid
    if state is State.WITHDRAWN:
        msgid = SAYS[State.DUPLICATE]
    asks, proposal = status.asks and not row.said, status.proposal and heard and not row.said
    return Status(msgid, status.news, asks, proposal, appeal=False)


async def newest_open(db: Transaction, keyring: Keyring, address: Address) -> str | None:
    """Return the newest case that was filed from *address* and is open, or led by one that is."""
    known = await reporters.routes_of(db, keyring, address)
    found = await db.execute(
        select(cases.c.id)
        .where(
            cases.c.route_id.in_(known),
            cases.c.state.in_(OPEN) | cases.c.id.in_(leading.led_by(_OPEN)),
        )
        .order_by(cases.c.received_at.desc(), cases.c.id)
        .limit(1)
    )
    case_id: str | None = found.scalar()
    return case_id


async def waits_for_call(db: Transaction, keyring: Keyring, address: Address) -> Awaited | None:
    """Return the open case that was filed from *address* and waits for a call; None: none does.

    Of several, the one for which a call was asked last.
    """
    known = await reporters.routes_of(db, keyring, address)
    e = entries.entries.c
    found = await db.execute(
        select(cases.c.id, func.max(e.at).label("asked_at"))
        .join_from(cases, entries.entries, e.case_id == cases.c.id)
        .where(
            cases.c.route_id.in_(known),
            cases.c.callback.is_(True),
            cases.c.state.in_(OPEN) | cases.c.id.in_(leading.led_by(_OPEN)),
            e.kind == entries.Kind.NUMBER,
        )
        .group_by(cases.c.id)
        .order_by(func.max(e.at).desc(), cases.c.id)
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else Awaited(row.id, row.asked_at)


async def hand_over(db: Transaction, case_id: str, now: datetime) -> Sequence[UnreadBody]:
    """Take the unread answers out, oldest first: each is handed over once, to one caller."""
    await hold(db, case_id)
    taken = await db.execute(
        delete(unread)
        .where(unread.c.case_id == case_id)
        .returning(unread.c.n, unread.c.entry_id, unread.c.sealed)
    )
    rows = sorted(taken, key=lambda row: int(row.n))
    await entries.mark_read(db, [row.entry_id for row in rows], now)
    await followups.cancel(db, case_id, Kind.ANSWER, Kind.NUDGE)
    return [UnreadBody(row.entry_id, row.sealed, _context(row.entry_id)) for row in rows]


# --- the way there ------------------------------------------------------------------------------


async def reach(db: Transaction, keyring: Keyring, case_id: str) -> Reach | None:
    """Return how to reach the reporter; None: the address is erased, or it is no case's id.

    Only the sender's process can. Raises ``CannotOpen`` elsewhere.
    """
    found = await db.execute(
        select(cases.c.route_id, cases.c.language, cases.c.safe).where(cases.c.id == case_id)
    )
    row = found.one_or_none()
    if row is None or row.route_id is None:
        return None
    address = await reporters.resolve(db, keyring, row.route_id)
    return Reach(address, row.language, row.safe is True) if address else None


async def file_lost(db: Transaction, case_id: str, *, too_large: bool, now: datetime) -> None:
    """Have the reporter told that a file was not kept; of several at once they are told once.

    Raises ``NoSuchCase``.
    """
    await hold(db, case_id)
    kind = Kind.TOO_LARGE if too_large else Kind.NOT_FETCHED
    if not await followups.planned(db, case_id, kind):
        await followups.plan(db, case_id, kind, now + FILES_APART)


async def forget_ended(db: Transaction, now: datetime, *, limit: int = 100) -> int:
    """Erase the addresses behind cases that ended a while ago; return how many there were.

    Reporters of duplicates are still told what becomes of the case that stands for theirs; their
    addresses go once that is closed. That its own reporter took it back ends nothing for others.
    Who is still asked whether they are well keeps a way back until the last question is over.
    """
    over = cases.c.moved_at <= now - FORGET_AFTER
    closed = select(cases.c.id).where(cases.c.state == State.CLOSED, over)
    led = cases.c.id.in_(leading.led_by(closed)) & (cases.c.state == State.DUPLICATE)
    gone = cases.c.state.in_((State.CLOSED, State.WITHDRAWN)) & over
    found = await db.execute(
        select(cases.c.id, cases.c.route_id)
        .where(
            cases.c.route_id.is_not(None),
            gone | led,
            ~checks.outstanding(cases.c.id, Kind.RETALIATION),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ended = list(found)
    for row in ended:
        await reporters.forget(db, row.route_id)
        await followups.cancel(db, row.id, *Kind)
    ids = [row.id for row in ended]
    await db.execute(update(cases).where(cases.c.id.in_(ids)).values(route_id=None))
    return len(ended)


async def same_phone(db: Reads, routes: Reads, case_id: str) -> Collection[str]:
    """Return the routes that lead where this case's does, but for its own; to find it twice.

    *routes* is the route store. Neither tells whose phone it is.
    """
    asked = select(cases.c.route_id).where(cases.c.id == case_id)
    route_id: str | None = (await db.execute(asked)).scalar()
    return await reporters.beside(routes, route_id) if route_id else ()


def _context(entry_id: str) -> str:
    return f"unread.sealed|{entry_id}"
