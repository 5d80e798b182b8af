"""One case as a member sees it: its facts, its thread opened with their key, its history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from aiohttp import web

from console import remedyfile
from console.access import SignedIn, member_of
from console.kin import Kin, kin_of, let_in
from console.remedyfile import Remedy
from console.services import services_of
from forum import bodies, keyholders, members
from forum.bodies import Body, Site
from forum.members import CASE_RIGHTS, RIGHTS, Member, Right
from grievances import (
    appeals,
    bells,
    case,
    caseload,
    correspondence,
    deadlines,
    entries,
    escalation,
    exclusions,
    extension,
    floors,
    parties,
    reckonings,
    referrals,
    routing,
    stages,
)
from grievances.bells import Bell
from grievances.case import Move
from grievances.caseload import CaseRow
from grievances.correspondence import EntryView
from grievances.deadlines import Deadline
from grievances.entries import REPORTER, SYSTEM, Audience, Part
from grievances.exclusions import Exclusion
from grievances.floors import Wish
from grievances.parties import Named
from grievances.reckonings import Reckoning
from grievances.referrals import Referral
from grievances.routing import Routing
from grievances.states import ENDED, Actor, State, ways_on
from grievances.taxonomy import Taxonomy
from storage.unit_of_work import Reads, Transaction
from vault.seals import CannotOpen

#: Reached by sorting, by assigning and by merging, which have forms of their own.
ELSEWHERE: Final = frozenset({State.TRIAGED, State.ASSIGNED, State.DUPLICATE})

#: What somebody says to a proposal, and what the panel decides, have forms of their own too.
WORDS: Final[Mapping[State, Collection[State]]] = {
    State.PROPOSED: frozenset({State.AGREED, State.IN_REVIEW, State.APPEALED}),
    State.APPEALED: frozenset({State.IN_REVIEW, State.CLOSED}),
}

#: Where a case goes to and its handler alone may not send it.
TRIAGERS_ONLY: Final = frozenset({State.REDIRECTED, State.REOPENED})

#: No thread has a million entries; a number of so many digits is somebody's joke.
_MANY_DIGITS: Final = 7

Line: TypeAlias = EntryView | Move | Bell | Reckoning


@dataclass(frozen=True, slots=True, repr=False)
class CaseFile:
    """Everything that the page of one case shows. *lines* None: this member has no key to it.

    *part* is which of the entries stand among the lines; *newest_word* the id of the last thing
    that the reporter wrote, whichever part that is in, and empty when the thread is closed.
    *total* is for how long it has been open; *latest* is until when feedback can be put off, or
    None.
    """

    row: CaseRow
    lines: Sequence[Line] | None
    part: Part
    newest_word: str
    deadlines: Sequence[Deadline]
    people: Mapping[str, str]  # names by member's id
    everyone: Sequence[Member]  # who is here now
    sites: Sequence[Site]
    bodies: Sequence[Body]
    ways: Sequence[State]
    named: Named | None  # None: nobody has looked whom it names
    kept_out: Sequence[Exclusion]
    kin: Kin
    total: timedelta
    latest: datetime | None
    let_in: frozenset[str]  # the ids of all who are not kept out
    routing: Routing | None  # None: not for this member, or nothing is left to give
    referrals: Sequence[Referral]
    remedy: Remedy
    wishes: Sequence[Wish]  # for a milder severity, the newest first

    def reason_of(self, wish: Wish) -> str | None:
        """Return why a milder severity is wished for; None: it cannot be opened."""
        said = (line.entry for line in self.lines or () if isinstance(line, EntryView))
        return next((entry.text for entry in said if entry.id == wish.entry_id), None)

    @property
    def holders(self) -> list[Member]:
        """Who could give access to somebody without a key."""
        return [member for member in self._let_in if member.may(Right.TRIAGE)]

    @property
    def could_be_kept_out(self) -> list[Member]:
        """Who has a right to cases, and is not kept out of this one."""
        return [member for member in self._let_in if RIGHTS[member.role] & CASE_RIGHTS]

    @property
    def _let_in(self) -> list[Member]:
        return [member for member in self.everyone if member.id in self.let_in]


async def row_of(request: web.Request, db: Reads) -> CaseRow:
    """Return the case that the address names; 404 when it is not, or not for this member."""
    member = member_of(request).member
    row = await caseload.find(db, member, request.match_info["reference"])
    if row is None:
        raise web.HTTPNotFound
    return row


async def private_key(request: web.Request, db: Reads, subject: str) -> bytes | None:
    """Return the private key of a case or story; None: this member does not hold it."""
    me = member_of(request)
    try:
        return await keyholders.open_subject(db, subject, me.member.id, me.session.private)
    except CannotOpen:
        return None


async def open_file(request: web.Request, *, alike: bool | None = None) -> CaseFile:
    """Open the case that the address names; *alike*: as for ``kin.kin_of``."""
    async with services_of(request).database.reading() as db:
        row = await row_of(request, db)
        private = await private_key(request, db, row.id)
        moves = await case.history(db, row.id)
        part = await entries.part_with(db, row.id, _wished_entry(request))
        lines = await _lines(db, row, private, moves, part) if private is not None else None
        everyone = await members.everyone(db)
        kept_out = await exclusions.of_case(db, row.id)
        clocks = await deadlines.of_case(db, row.id)
        everybody = await bodies.all_bodies(db)
        services = services_of(request)
        remedy = await remedyfile.read(
            db,
            row,
            private,
            member_of(request).member,
            names=remedyfile.names_of(everyone, everybody),
            today=remedyfile.today_of(services.now(), services.zone),
        )
        wishes = await floors.of_case(db, row.id)
        opened = CaseFile(
            row,
            lines,
            part,
            await entries.newest_word(db, row.id) if lines is not None else "",
            clocks,
            await _people(db, everyone, lines or (), kept_out, wishes),
            everyone,
            await bodies.all_sites(db),
            everybody,
            _ways(member_of(request), row, remedy),
            await parties.of_case(db, row.id),
            kept_out,
            await kin_of(request, db, row, alike=alike),
            stages.total(stages.stages(row.received_at, moves, services.now())),
            extension.latest(clocks),
            await exclusions.let_in(db, row.id),
            await _routing(db, member_of(request).member, row, services.taxonomy),
            [one.opened(private) for one in await referrals.of_case(db, row.id)],
            remedy,
            wishes,
        )
    if (row.level or row.lane or row.state is State.APPEALED) and private is not None:
        await _let_in(request, row)
    if opened.kin.duplicates and private is not None:
        await let_in(request, row.id)
    return opened


async def _routing(db: Reads, member: Member, row: CaseRow, taxonomy: Taxonomy) -> Routing | None:
    if not member.may(Right.TRIAGE) or row.state in ENDED:
        return None
    return await routing.of_case(db, row.id, taxonomy)


def _wished_entry(request: web.Request) -> int | None:
    """Return the number of the entry that the address asks for."""
    wished = request.query.get("entry", "")
    return int(wished) if wished.isdecimal() and len(wished) < _MANY_DIGITS else None


async def _let_in(request: web.Request, row: CaseRow) -> None:
    """Give the key of a case to those to whom it has come, since we can open it.

    The escalation and the appeal cannot: nothing on this machine opens a case but a member's
    password. Nor could whoever named the focal points of its lane, without a key of their own.
    """
    services = services_of(request)
    async with services.database.reading() as db:
        if not await _without_key(db, row):
            return
    async with services.database.transaction() as db:
        await case.hold(db, row.id)  # two who open it at once must not both give the key
        await give_keys(request, db, row.id, await _without_key(db, row))


async def _without_key(db: Reads, row: CaseRow) -> set[str]:
    answering = {who for _, who in await escalation.without_key(db, row.id)}
    judging = await appeals.without_key(db, row.id)
    in_lane = await exclusions.without_key(db, row.id) if row.lane else ()
    return answering.union(judging, in_lane)


async def give_keys(
    request: web.Request, db: Transaction, case_id: str, to: Iterable[str]
) -> None:
    """Give the key of a case, which this member can open, to others by their ids."""
    me = member_of(request)
    for member_id in to:
        other = await members.get(db, member_id)
        if other is not None:
            await keyholders.grant(
                db,
                to=other,
                by=me.member.id,
                by_private=me.session.private,
                subjects=[case_id],
                now=services_of(request).now(),
            )


async def _lines(
    db: Reads, row: CaseRow, private: bytes, moves: Sequence[Move], part: Part
) -> list[Line]:
    """Return what was said in a part of the thread, and what happened meanwhile, newest first."""
    said: list[Line] = list(await correspondence.thread(db, row.id, private, part))
    clocks: list[Line] = [
        *await bells.of_case(db, row.id),
        *await reckonings.of_case(db, row.id),
    ]
    happened = [line for line in (*moves, *clocks) if _meanwhile(line, said, part)]
    lines = sorted([*happened, *said], key=_at)
    # Turned round, not sorted downwards: of what came in one moment the later stands above, too.
    lines.reverse()
    return lines


def _meanwhile(line: Line, said: Sequence[Line], part: Part) -> bool:
    """Whether something stands on the page of this part: each thing on one, however long."""
    begun = part.earlier is None or not said or _at(line) >= _at(said[0])
    return begun and (part.later_from is None or _at(line) < part.later_from)


def _at(line: Line) -> datetime:
    return line.entry.at if isinstance(line, EntryView) else line.at


async def _people(
    db: Reads,
    everyone: Sequence[Member],
    lines: Sequence[Line],
    kept_out: Sequence[Exclusion],
    wishes: Sequence[Wish],
) -> dict[str, str]:
    """Return the names of all who appear, also of those who left."""
    names = {member.id: member.name for member in everyone}
    appear = {_author(line) for line in lines} | {one.member_id for one in kept_out}
    appear |= {wish.decided_by for wish in wishes if wish.decided_by}
    gone = (appear | {one.by for one in kept_out}) - {REPORTER, SYSTEM, *names}
    return names | (await members.names(db, gone) if gone else {})


def _author(line: Line) -> str:
    if isinstance(line, EntryView):
        return line.entry.author
    return line.actor if isinstance(line, Move) else SYSTEM


def _ways(member: SignedIn, row: CaseRow, remedy: Remedy) -> list[State]:
    """Return where this member may send the case from here, by a button of its own."""
    barred = {*ELSEWHERE, *WORDS.get(row.state, ())}
    if not member.may(Right.TRIAGE):
        barred |= TRIAGERS_ONLY
    if not remedy.pending:
        barred.add(State.IMPLEMENTING)
    if not remedy.confirms:
        barred.add(State.RESOLVED)
    if not appeals.may_be_asked(row.state, row.turn):
        barred.add(State.APPEALED)
    return [to for to in ways_on(row.state, Actor.STAFF) if to not in barred]


def kind_of(line: Line) -> str:
    """Return how a line of the thread looks."""
    if isinstance(line, Move):
        return "happened"
    if isinstance(line, Bell):
        return "called"
    if isinstance(line, Reckoning):
        return "reckoned"
    if line.entry.audience is Audience.INTERNAL:
        return "internal"
    return "reporter" if line.entry.author == REPORTER else "forum"
