"""Months in the life of many cases, beside a clerk who keeps the same clocks on paper.

The clerk shares the calendar's arithmetic (which has proofs of its own) and nothing else: not the
tables, the claims or the order of the work. Whatever the database rang must be what the clerk
expects, each bell once; and each due date must stand where the clerk has it.
"""

import asyncio
import heapq
import itertools
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from app.timekeeping import Timekeeping
from forum import members
from forum.audit import audit
from forum.members import Role
from grievances import almanac, bells, case, deadlines, escalation, exclusions, extension, limits
from grievances.almanac import Almanac, Holiday
from grievances.bells import Kind
from grievances.calendars import Calendar, Span, add_months
from grievances.case import cases
from grievances.deadlines import FROM_THE_START, LIMIT, PAUSED, POLICY, Step, warning
from grievances.severity import Severity
from grievances.states import Actor, State
from vault.seals import new_pair

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SILENCE = timedelta(days=14)
PARIS, NAIROBI = ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Nairobi")
SPLIT = (Span(time(8), time(12)), Span(time(14), time(17)))

#: What the forum does to its calendar meanwhile, and on which day.
CHANGES = (
    (11, {"hours": SPLIT}),
    (23, {"weekend": frozenset({4, 5})}),
    (31, date(2026, 10, 28)),
    (31.2, date(2026, 11, 2)),
    (44, {"zone": NAIROBI}),
    (52, {"zone": PARIS, "weekend": frozenset({5, 6})}),
    (60, date(2026, 11, 20)),
    (75, {"hours": (Span(time(7, 30), time(15, 30)),)}),
    (100, date(2026, 12, 25)),
    (150, date(2027, 2, 19)),
)

#: When the machine's clock goes wrong, and by how much, until it is set right again.
JUMPS = (
    (7, HOUR),
    (8, timedelta(0)),
    (19, -HOUR),
    (20, timedelta(0)),
    (35, 2 * DAY),
    (37, timedelta(0)),
    (58, -2 * DAY),
    (61, timedelta(0)),
    (95, 2 * DAY),
    (96, timedelta(0)),
)


class Died(Exception):
    """The process ended between a claim and its commit."""


class Mortal(Timekeeping):
    """A process that may die before a commit."""

    dice = random.Random(0)
    risk = 0.25

    async def _take(self, chunk):
        async def cut_off(db):
            found = await chunk(db)
            if found and self.dice.random() < self.risk:
                raise Died
            return found

        return await super()._take(cut_off)


@dataclass
class Clock:
    """One deadline, as the clerk keeps it."""

    step: Step
    severity: Severity
    start: datetime
    due: datetime
    ends: datetime | None
    edition: int | None
    warned: bool = False
    overdue: bool = False
    paused: datetime | None = None
    credit: int = 0

    def __post_init__(self):
        self.warn = warning(self.start, self.due)

    def set(self, due, now):
        self.due = self.ends = due
        self.warn = warning(self.start, due)
        self.keep_warned(now)

    def keep_warned(self, now):
        self.warned = self.warned and self.warn <= now

    def capped(self, due):
        return (
            min(due, self.start + LIMIT) if POLICY[self.step][self.severity].working_days else due
        )


@dataclass
class Life:
    """One case, as the clerk keeps it."""

    clocks: dict[Step, Clock]
    level: int = 0
    waits: datetime | None = None
    extended: bool = False


@dataclass
class Clerk:
    """Who expects."""

    levels: object  # from a case's id to the levels that have somebody
    lives: dict[str, Life] = field(default_factory=dict)
    expected: set = field(default_factory=set)
    legal: set = field(default_factory=set)

    def file(self, case_id, severity, now, calendar):
        clocks = {}
        for step in FROM_THE_START:
            term = POLICY[step][severity]
            due = term.due(now, calendar, limit=LIMIT)
            edition = calendar.edition if term.working_days else None
            clocks[step] = Clock(step, severity, now, due, due, edition)
        self.lives[case_id] = Life(clocks)

    def meet(self, case_id, steps):
        for step in steps:
            self.lives[case_id].clocks.pop(step, None)

    def judge(self, case_id, severity, calendar):
        for clock in self.lives[case_id].clocks.values():
            if clock.overdue or not severity.graver_than(clock.severity):
                continue
            term = POLICY[clock.step][severity]
            due = term.due(clock.start, calendar, limit=LIMIT)
            pauses = severity in PAUSED
            if pauses and clock.credit:
                due = calendar.add_time(due, timedelta(seconds=clock.credit))
                due = min(due, clock.start + LIMIT) if term.working_days else due
            if due < clock.due:
                clock.due = clock.ends = due
                clock.warn = warning(clock.start, due)
                clock.severity, clock.warned = severity, False
                clock.edition = calendar.edition if term.working_days else None
                clock.paused = clock.paused if pauses else None

    def wait(self, case_id, now):
        life = self.lives[case_id]
        life.waits = now
        for clock in life.clocks.values():
            pausable = clock.step is not Step.TOTAL and clock.severity in PAUSED
            if pausable and clock.due > now and not clock.overdue:
                clock.paused = now

    def go_on(self, case_id, now, calendar):
        life = self.lives[case_id]
        life.waits = None
        total = life.clocks.get(Step.TOTAL)
        for clock in life.clocks.values():
            if clock.paused is None:
                continue
            seconds = calendar.working_time(clock.paused, now) // timedelta(seconds=1)
            due = clock.due
            if seconds:
                due = clock.capped(calendar.add_time(due, timedelta(seconds=seconds)))
            if total is not None:
                due = max(clock.due, min(due, total.due))
            clock.credit += seconds
            clock.paused = None
            clock.set(due, now)
        self.meet(case_id, [Step.INVESTIGATE])  # it is in review

    def extend(self, case_id, until, now):
        life = self.lives[case_id]
        life.extended = True
        for step in (Step.FEEDBACK, Step.TOTAL):
            clock = life.clocks[step]
            if clock.due < until:
                clock.set(until, now)
                clock.overdue = False
            clock.keep_warned(now)

    def tick(self, now, calendar):
        for case_id, life in self.lives.items():
            if not life.clocks and life.waits is None:
                continue
            for clock in life.clocks.values():
                self._catch_up(clock, now, calendar)
            if life.waits is not None and life.waits <= now - SILENCE:
                self.go_on(case_id, now, calendar)
            self._call(case_id, life, now, calendar)

    def _catch_up(self, clock, now, calendar):
        if clock.edition is None or clock.edition >= calendar.edition:
            return
        clock.edition = calendar.edition
        if clock.overdue or (clock.due <= now and clock.paused is None):
            clock.keep_warned(now)
            return
        term = POLICY[clock.step][clock.severity]
        due = term.due(clock.start, calendar, limit=LIMIT)
        if clock.credit:
            due = clock.capped(calendar.add_time(due, timedelta(seconds=clock.credit)))
        clock.set(due, now)

    def _call(self, case_id, life, now, calendar):
        running = [clock for clock in life.clocks.values() if clock.paused is None]
        for clock in running:
            if not clock.warned and clock.warn <= now:
                clock.warned = True
                self.expected.add((case_id, clock.step, Kind.WARNING, clock.due))
        while passed := [c for c in running if c.ends is not None and c.ends <= now]:
            for clock in sorted(passed, key=lambda c: (c.ends, c.step)):
                self._pass(case_id, life, clock, now, calendar)

    def _pass(self, case_id, life, clock, now, calendar):
        higher = [level for level in self.levels(case_id) if level > life.level]
        life.level = min(higher) if higher else min(life.level + 1, 4)
        self.expected.add((case_id, clock.step, Kind.PASSED, clock.ends))
        seventh = clock.start + LIMIT
        if clock.step is Step.ACKNOWLEDGE and clock.ends == seventh:
            self.legal.add((case_id, clock.step))
        if clock.step is Step.TOTAL and clock.ends == clock.due:
            self.legal.add((case_id, clock.step))
        was, clock.ends, clock.overdue = clock.ends, None, True
        if life.level < 4:
            term = POLICY[clock.step][clock.severity]
            clock.ends = term.due(now, calendar, limit=LIMIT)
        if clock.step is Step.ACKNOWLEDGE and was < seventh:
            clock.ends = min(clock.ends or seventh, seventh)


@dataclass
class Months:
    """The simulation. *until* is how long it takes, *gap* how far apart the ticks are at most."""

    database: object
    keyring: object
    start: datetime
    count: int
    until: timedelta
    gap: timedelta
    dice: random.Random = field(default_factory=lambda: random.Random(20260915))

    def __post_init__(self):
        self.plans, self.order = [], itertools.count()
        self.skew = timedelta(0)
        self.almanac = Almanac(Calendar(PARIS))
        self.stale = self.almanac.calendar
        self.public = new_pair().public
        self.deaths = self.meetings = 0

    async def live(self):
        """Let the time pass."""
        await self._people()
        self._plan()
        moment = self.start
        while moment < self.start + self.until:
            moment += max(HOUR, self.gap * self.dice.random())
            await self._act(moment)
            await self._tick(moment + self.skew)

    async def _people(self):
        who = {}
        keys = members.prepare("a password for tests", self.keyring)
        async with self.database.transaction() as db:
            for name in ("lead", "chair", "outside"):
                role = Role.LEAD if name == "lead" else Role.HANDLER
                who[name] = await members.join(
                    db,
                    email=f"{name}@example.org",
                    name=name,
                    role=role,
                    language="en",
                    keys=keys,
                    now=self.start,
                )
            self.lead = by = who["lead"]
            for level, name in ((2, "chair"), (4, "outside")):
                await escalation.name(db, level, who[name], by=by, now=self.start)
            await almanac.begin(db, self.almanac.calendar, self.start)
            await self.almanac.read(db)
        self.chair = who["chair"].id
        self.clerk = Clerk(lambda case_id: {1, 4} if case_id.endswith("7") else {1, 2, 4})

    # --- what people do -----------------------------------------------------------------------

    def _plan(self):
        for _ in range(self.count):
            case_id = UUID(int=self.dice.getrandbits(128)).hex
            filed = self.start + self.dice.random() * 45 * DAY
            severity = self.dice.choices(list(Severity), (1, 3, 4, 3))[0]
            self._at(filed, "file", case_id, severity)
            self._live_on(case_id, filed)
        for day, change in CHANGES:
            self._at(self.start + day * DAY, "change", "", change)
        for day, skew in JUMPS:
            self._at(self.start + day * DAY, "jump", "", skew)

    def _live_on(self, case_id, filed):
        dice = self.dice
        for step, days in zip(FROM_THE_START, (4, 5, 14, 30, 100), strict=True):
            if dice.random() < 0.75:
                self._at(filed + dice.random() * days * DAY, "meet", case_id, step)
        if dice.random() < 0.3:
            asked = filed + dice.random() * 20 * DAY
            self._at(asked, "wait", case_id, None)
            self._at(asked + dice.random() * 25 * DAY, "reply", case_id, None)
        if dice.random() < 0.2:
            judged = filed + dice.random() * 10 * DAY
            self._at(judged, "judge", case_id, dice.choice(list(Severity)))
        if dice.random() < 0.1:
            wished = filed + dice.random() * 100 * DAY
            self._at(wished, "extend", case_id, dice.randrange(1, 90) * DAY)
        if dice.random() < 0.5:
            self._at(filed + dice.random() * 60 * DAY, "edit", case_id, None)

    def _at(self, moment, what, case_id, given):
        # To the second, as pauses are counted.
        moment = moment.replace(microsecond=0)
        heapq.heappush(self.plans, (moment, next(self.order), what, case_id, given))

    async def _act(self, until):
        """Do what people do until then."""
        async with self.database.transaction() as db:
            while self.plans and self.plans[0][0] <= until:
                moment, _, what, case_id, given = heapq.heappop(self.plans)
                await getattr(self, f"_{what}")(db, case_id, given, moment + self.skew)
            await self.almanac.read(db)

    async def _file(self, db, case_id, severity, now):
        # Every tenth process has not seen the last change of the calendar yet.
        calendar = self.stale if self.dice.random() < 0.1 else self.almanac.calendar
        await db.execute(
            insert(cases).values(
                id=case_id,
                reference=f"{len(self.clerk.lives):06}",
                locator="0000",
                code_salt=b"",
                code_digest=b"",
                public_key=self.public,
                state=State.IN_REVIEW,
                severity=severity,
                language="en",
                channel="sms",
                callback=False,
                quarantine=False,
                received_at=now,
                moved_at=now,
                heard_at=now,
            )
        )
        if case_id.endswith("7"):  # some of the reports name the chair
            why, by = exclusions.Why.NAMED, self.lead.id
            await exclusions.exclude(db, [case_id], [self.chair], why, by=by, now=now)
        await deadlines.plan(db, case_id, severity, now, calendar=calendar)
        self.clerk.file(case_id, severity, now, calendar)

    async def _meet(self, db, case_id, step, now):
        steps = [step] if step is not Step.FEEDBACK else [Step.FEEDBACK, Step.TOTAL]
        await deadlines.meet(db, case_id, steps, now)
        self.clerk.meet(case_id, steps)

    async def _wait(self, db, case_id, _given, now):
        by = {"by": Actor.STAFF, "actor": self.lead.id}
        await case.move(db, case_id, State.WAITING_REPORTER, now=now, **by)
        self.clerk.wait(case_id, now)

    async def _reply(self, db, case_id, _given, now):
        if self.clerk.lives[case_id].waits is None:
            return  # the case is back already: the reporter was silent for too long
        calendar, by = self.almanac.calendar, {"by": Actor.SYSTEM, "actor": "system"}
        await case.move(db, case_id, State.IN_REVIEW, now=now, calendar=calendar, **by)
        self.clerk.go_on(case_id, now, calendar)

    async def _judge(self, db, case_id, severity, now):
        await case.hold(db, case_id)
        calendar = self.almanac.calendar
        await deadlines.replan(db, case_id, severity, calendar=calendar)
        self.clerk.judge(case_id, severity, calendar)

    async def _edit(self, db, case_id, _given, now):
        """Correct what moves no due date: the reporter's phone, and the same severity again."""
        await case.change(db, case_id, safe=True)
        milder = Severity.S4
        await deadlines.replan(db, case_id, milder, calendar=self.almanac.calendar)

    async def _extend(self, db, case_id, more, now):
        life = self.clerk.lives[case_id]
        if life.extended or not {Step.FEEDBACK, Step.TOTAL} <= set(life.clocks):
            assert extension.latest(await deadlines.of_case(db, case_id)) is None
            return
        feedback, total = life.clocks[Step.FEEDBACK], life.clocks[Step.TOTAL]
        until = min(max(feedback.due, now) + more, add_months(total.start, 6))
        if until <= max(feedback.due, now):
            return
        words = {"reason": "The laboratory needs more time.", "now": now}
        await extension.extend(
            db, self.keyring, member=self.lead, case_id=case_id, until=until, **words
        )
        self.clerk.meet(case_id, [Step.ACKNOWLEDGE])  # a person has written
        self.clerk.extend(case_id, until, now)

    async def _change(self, db, _case, change, now):
        self.stale = present = self.almanac.calendar
        given = {"present": present, "by": self.lead, "now": now}
        if isinstance(change, date):
            assert await almanac.add_holiday(db, Holiday(change, "a feast"), **given)
        else:
            changed = Calendar(
                **{"zone": present.zone, "weekend": present.weekend, "hours": present.hours}
                | change
            )
            await almanac.set_week(db, changed, **given)
        await self.almanac.read(db)

    async def _jump(self, _db, _case, skew, _now):
        self.skew = skew

    # --- what the machine does ----------------------------------------------------------------

    async def _tick(self, now):
        together = self.dice.random() < 0.3
        self.meetings += together
        await asyncio.gather(*(self._keep(now) for _ in range(1 + together)))
        self.clerk.tick(now, self.almanac.calendar)

    async def _keep(self, now):
        while True:
            try:
                await Mortal(self.database, self.almanac).keep(now)
            except Died:
                self.deaths += 1
            else:
                return

    # --- what came of it ----------------------------------------------------------------------

    async def rang(self):
        async with self.database.reading() as db:
            return [
                bells.Bell(**{**row._asdict(), "step": Step(row.step), "kind": Kind(row.kind)})
                for row in await db.execute(select(bells.bells))
            ]

    async def escalations_in_the_trail(self):
        async with self.database.reading() as db:
            found = await db.execute(
                select(func.count()).select_from(audit).where(audit.c.act.like("case.escalated%"))
            )
            return found.scalar_one()

    async def levels(self):
        async with self.database.reading() as db:
            return {
                row.id: row.level for row in await db.execute(select(cases.c.id, cases.c.level))
            }

    async def due_dates(self):
        """Return every due date that stands, by case and step."""
        c = deadlines.deadlines.c
        async with self.database.reading() as db:
            found = await db.execute(select(c.case_id, c.step, c.due_at).where(c.met_at.is_(None)))
            return {(row.case_id, Step(row.step)): row.due_at for row in found}

    async def nearest(self):
        """Return the nearest due date beside each case that has one, and as looked up anew."""
        c, d = cases.c, deadlines.deadlines.c
        beside = select(c.id, c.next_due).where(c.next_due < deadlines.NEVER)
        first = select(d.case_id, func.min(d.due_at)).where(deadlines.PRESSES).group_by(d.case_id)
        async with self.database.reading() as db:
            return [set(map(tuple, await db.execute(each))) for each in (beside, first)]

    async def limits_passed(self):
        """Return what the report lists, as (case, step)."""
        filed = list(self.clerk.lives)
        end = self.start + 2 * self.until
        async with self.database.reading() as db:
            lines = await limits.passed(db, self.lead, self.start, end, most=len(filed))
        return {(filed[int(line.reference)], line.step) for line in lines}

    async def check(self):
        """Hold what the database rang against what the clerk expects."""
        rang, clerk = await self.rang(), self.clerk
        keys = {(one.case_id, one.step, one.kind, one.due_at) for one in rang}
        assert clerk.expected - keys == set(), "missed"
        assert keys - clerk.expected == set(), "rang for nothing"
        assert len(rang) == len(keys)
        passed = [one for one in rang if one.kind is Kind.PASSED]
        assert await self.escalations_in_the_trail() == len(passed)
        assert await self.levels() == {one: life.level for one, life in clerk.lives.items()}
        beside, looked_up = await self.nearest()
        assert beside == looked_up
        assert await self.due_dates() == {
            (one, step): clock.due
            for one, life in clerk.lives.items()
            for step, clock in life.clocks.items()
        }
        await self._check_limits(rang)

    async def _check_limits(self, rang):
        legal = await self.limits_passed()
        assert legal == self.clerk.legal
        warned = {(one.case_id, one.step) for one in rang if one.kind is Kind.WARNING}
        raised = {(one.case_id, one.step) for one in rang if one.legal and one.level > 0}
        assert legal <= warned & raised
        assert {step for _, step in legal} == {Step.ACKNOWLEDGE, Step.TOTAL}
