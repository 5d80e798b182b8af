"""One case among people of every role, worked on by the public functions alone.

A ``Casework`` is what a test machine turns: it says who does what and when, lets the case room do
it in a transaction of its own, and keeps in memory what everybody could have seen of it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from nacl.utils import random
from sqlalchemy import select

from channels.base import Address
from forum import members
from forum.audit import audit
from forum.members import Role
from grievances import (
    actions,
    appeals,
    case,
    deadlines,
    escalation,
    exclusions,
    extension,
    intake,
    panel,
    remedies,
    triage,
)
from grievances.case import NoSuchCase, cases
from grievances.caseload import find
from grievances.exclusions import NobodyLeft, NotEligible
from grievances.parties import Contradiction
from grievances.remedies import NoSuchAction, Unclear
from grievances.states import NotAllowed, State
from vault import codes
from vault.codes import Minted

#: What the case room may answer instead of doing something.
REFUSALS = (
    Contradiction,
    NobodyLeft,
    NoSuchAction,
    NoSuchCase,
    NotAllowed,
    NotEligible,
    Unclear,
    extension.NotNow,
    extension.OutOfRange,
    members.NotAllowed,
    triage.BelowFloor,
    triage.NotAsked,
)

ROLES = {
    "lead": Role.LEAD,
    "amina": Role.SECRETARY,
    "bahati": Role.SECRETARY,
    "joseph": Role.HANDLER,
    "neema": Role.HANDLER,
    "judge": Role.HANDLER,
    "jurist": Role.HANDLER,
    "outside": Role.HANDLER,
    "administrator": Role.ADMINISTRATOR,
    "official": Role.OFFICIAL,
    "auditor": Role.AUDITOR,
}

#: Who is named for the panel: two who have no other part, and two who may have had one.
PANEL = ("judge", "jurist", "amina", "neema")


@dataclass
class Forum:
    """A database with people in it; every case of a test happens here."""

    runner: object
    database: object
    keyring: object
    start: datetime
    people: dict = field(default_factory=dict)
    private: dict = field(default_factory=dict)

    def run(self, coroutine):
        return self.runner.run(coroutine)

    async def settle_in(self):
        """Make everybody a member, and name who answers for what."""
        for name, role in ROLES.items():
            keys = members.prepare("a password for tests", self.keyring)
            async with self.database.transaction() as db:
                self.people[name] = await members.join(
                    db,
                    email=f"{name}@example.org",
                    name=name,
                    role=role,
                    language="en",
                    keys=keys,
                    now=self.start,
                )
            self.private[name] = keys.pair.private
        by = {"by": self.people["lead"], "now": self.start}
        async with self.database.transaction() as db:
            for name in PANEL:
                await panel.name(db, self.people[name], **by)
            await escalation.name(db, escalation.OUTSIDE, self.people["outside"], **by)


@dataclass(frozen=True)
class Seen:
    """A case and what is written about it, at one moment."""

    row: object
    moves: tuple
    audited: tuple  # (actor, act)
    clocks: dict
    out: frozenset
    actions: tuple
    sitting: frozenset

    @property
    def state(self):
        return State(self.row.state)

    @property
    def open_actions(self):
        return [each for each in self.actions if each.open]


class Casework:
    """One case; *now* is its time."""

    def __init__(self, forum, **more):
        self.forum, self.now = forum, forum.start
        self.people = forum.people
        self.case_id = forum.run(self._file(**more))
        self.seen = forum.run(self._look())

    async def _file(self, **more):
        code, salt = codes.mint(), random(16)
        minted = Minted(code, salt, codes.digest(code, salt, self.forum.keyring))
        given = {"address": Address("sms", "+255700000001"), "language": "en", **more}
        async with self.forum.database.transaction() as db:
            filed = await intake.file_case(
                db, self.forum.keyring, minted, story="Help.", now=self.now, **given
            )
        return filed.case_id

    async def _look(self):
        this = audit.c.subject == self.case_id
        lines = select(audit.c.actor, audit.c.act).where(this).order_by(audit.c.id)
        async with self.forum.database.reading() as db:
            row = (await db.execute(select(cases).where(cases.c.id == self.case_id))).one()
            return Seen(
                row,
                tuple(await case.history(db, self.case_id)),
                tuple((line.actor, line.act) for line in await db.execute(lines)),
                {each.step: each for each in await deadlines.of_case(db, self.case_id)},
                self._everybody() - await exclusions.let_in(db, self.case_id),
                tuple(await actions.of_case(db, self.case_id)),
                frozenset(await appeals.judges(db, self.case_id)),
            )

    def _everybody(self):
        return frozenset(member.id for member in self.people.values())

    def tried(self, act, *, at_the_console=None):
        """Let *act* (of a transaction) be done; return whether it was, and what changed.

        *at_the_console*: a member whose page it would be; there it begins by finding the case,
        and is over when there is none for them.
        """
        before = self.seen
        done = self.forum.run(self._tried(act, at_the_console))
        self.seen = self.forum.run(self._look())
        return done, before, self.seen

    async def _tried(self, act, visitor):
        try:
            async with self.forum.database.transaction() as db:
                if visitor and not await find(db, visitor, self.seen.row.reference):
                    return False
                await act(db)
        except REFUSALS:
            return False
        return True

    # --- what takes more than one call ---------------------------------------------------------

    def plan(self, by, owner="The pit's owner"):
        made = remedies.Plan("Pay.", self.now.date(), owner=owner)
        return lambda db: remedies.add(db, self.case_id, made, by=by, now=self.now)
