"""Some hundred cases with whole lives, made up by dice, and written into the tables as they stand.

The lives stay in memory beside the rows, so that a test can reckon from them by another way than
the database does.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from forum.bodies import sites
from grievances import bells, deadlines
from grievances.calendars import PLAIN_WEEK
from grievances.case import MEETS, cases, moves
from grievances.checks import Answer
from grievances.deadlines import FROM_THE_START, Step
from grievances.followups import Kind, followups
from grievances.leading import Kind as Linked
from grievances.leading import links
from grievances.severity import Severity
from grievances.states import Actor, State
from grievances.taxonomy import CATEGORIES

S = State
STAFF, REPORTER, SYSTEM = Actor.STAFF, Actor.REPORTER, Actor.SYSTEM

#: Where a case may go next, on whose word, and how often; None: it stays.
ROADS = {
    S.RECEIVED: (
        (80, S.TRIAGED, STAFF),
        (8, S.REDIRECTED, STAFF),
        (7, S.DUPLICATE, STAFF),
        (5, S.WITHDRAWN, REPORTER),
    ),
    S.TRIAGED: ((88, S.ASSIGNED, STAFF), (5, S.REDIRECTED, STAFF), (7, S.WITHDRAWN, REPORTER)),
    S.ASSIGNED: ((95, S.IN_REVIEW, STAFF), (5, None, None)),
    S.IN_REVIEW: ((85, S.PROPOSED, STAFF), (10, S.DUPLICATE, STAFF), (5, None, None)),
    S.PROPOSED: ((70, S.AGREED, REPORTER), (12, S.APPEALED, REPORTER), (18, S.CLOSED, SYSTEM)),
    S.APPEALED: ((60, S.IN_REVIEW, STAFF), (40, S.CLOSED, STAFF)),
    S.AGREED: ((100, S.IMPLEMENTING, STAFF),),
    S.IMPLEMENTING: ((90, S.RESOLVED, STAFF), (10, None, None)),
    S.RESOLVED: (
        (35, S.MONITORING, SYSTEM),
        (20, S.MONITORING, STAFF),
        (30, S.REOPENED, REPORTER),
        (15, None, None),
    ),
    S.MONITORING: ((80, S.CLOSED, STAFF), (20, None, None)),
    S.REOPENED: ((100, S.TRIAGED, SYSTEM),),
    S.CLOSED: ((15, S.REOPENED, STAFF), (85, None, None)),
    S.REDIRECTED: ((20, S.REOPENED, STAFF), (80, None, None)),
}

PLACES = (("a" * 32, "North"), ("b" * 32, "North"), ("c" * 32, "South"), (None, None))


@dataclass
class Clock:
    """One deadline."""

    started: datetime
    due: datetime
    met: datetime | None = None


@dataclass
class Move:
    at: datetime
    present: State
    state: State
    word_of: Actor


@dataclass
class Check:
    """One question of ours. *asked* None: nothing reached the reporter."""

    kind: Kind
    due: datetime
    asked: datetime | None
    answer: Answer | None
    answered: datetime | None


@dataclass
class Life:
    """One case, from when it came until now."""

    id: str
    received_at: datetime
    category: str | None
    severity: Severity
    site: str | None
    district: str | None
    assignee: str | None
    quarantine: bool
    moves: list[Move] = field(default_factory=list)
    clocks: dict[Step, Clock] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    rang_at: list[datetime] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    harmed: bool = False  # another case tells what was done to its reporter after it

    @property
    def state(self) -> State:
        return self.moves[-1].state if self.moves else State.RECEIVED

    @property
    def moved_at(self) -> datetime:
        return self.moves[-1].at if self.moves else self.received_at

    def start(self, at: datetime) -> None:
        for step in FROM_THE_START:
            due = deadlines.reckon(self.id, step, self.severity, at, PLAIN_WEEK).due_at
            self.clocks[step] = Clock(at, due)

    def meet(self, steps, at: datetime) -> None:
        for step in steps:
            if step in self.clocks and self.clocks[step].met is None:
                self.clocks[step].met = at

    def last(self, state: State) -> datetime | None:
        return max((move.at for move in self.moves if move.state is state), default=None)


def lives(now: datetime, count: int, *, seed: int = 7, handlers=(), days: int = 400) -> list[Life]:
    """Make up *count* cases that came in the last *days* days."""
    dice = Random(seed)
    return [_live(dice, n, now, handlers, days) for n in range(count)]


def _live(dice, n, now, handlers, days) -> Life:
    category = dice.choice([*CATEGORIES, None, "PAY", "PAY", "DANGER"])
    site, district = dice.choice(PLACES)
    life = Life(
        id=f"{n:032x}",
        received_at=now - timedelta(seconds=dice.randrange(1, days * 86_400)),
        category=category,
        severity=CATEGORIES[category].floor if category else Severity.S3,
        site=site,
        district=district,
        assignee=dice.choice([None, *handlers]),
        quarantine=dice.random() < 0.1,
    )
    life.start(life.received_at)
    answered = life.received_at + _some_days(dice, 2) if dice.random() < 0.9 else None
    _walk(dice, life, answered, now)
    first = life.clocks[Step.ACKNOWLEDGE]
    if first.due < (first.met or now):
        life.rang_at.append(first.due)
    _ask(Random(n), life, now)
    return life


def _walk(dice, life, answered, now) -> None:
    at = life.received_at
    while life.state in ROADS:
        roads = ROADS[life.state]
        _, to, word_of = dice.choices(roads, [road[0] for road in roads])[0]
        at += _some_days(dice, 5)
        until = now if to is None else min(at, now)
        if answered and answered < until and life.acknowledged_at is None:
            life.acknowledged_at = answered
            life.meet([Step.ACKNOWLEDGE], answered)
        if to is None or at >= now:
            return
        _move(life, to, word_of, at)


def _move(life, to, word_of, at) -> None:
    life.moves.append(Move(at, life.state, to, word_of))
    if to is State.REOPENED:
        life.start(at)
    life.meet(MEETS.get(to, ()), at)
    if to is State.PROPOSED:
        life.meet([Step.FEEDBACK], at)


def _ask(dice, life, now) -> None:
    """Let the reporter be asked days after the report and after each resolution."""
    starts = [(Kind.RETALIATION, life.received_at, (7, 30, 90))]
    starts += [(Kind.CHECK_IN, m.at, (14, 30)) for m in life.moves if m.state is State.RESOLVED]
    for kind, start, after in starts:
        for due in (start + timedelta(days=days) for days in after):
            if due < now:
                life.checks.append(_check(dice, kind, due))
    life.harmed = dice.random() < 0.2


def _check(dice, kind, due) -> Check:
    asked = due if dice.random() < 0.8 else None
    answer = dice.choice([*Answer, None]) if asked else None
    return Check(kind, due, asked, answer, due + _some_days(dice, 3) if answer else None)


def _some_days(dice, mean) -> timedelta:
    return timedelta(seconds=1 + int(dice.expovariate(1 / mean) * 86_400))


async def write(db, made: list[Life]) -> None:
    """Write lives into the tables, with the three sites at which they happened."""
    await db.execute(
        sites.insert(),
        [
            {"id": site, "code": site[:4].upper(), "name": f"Site {site[0]}", "district": district}
            | {"mineral": "gold"}
            for site, district in PLACES
            if site
        ],
    )
    await add(db, made)


async def add(db, made: list[Life]) -> None:
    """Write lives into the tables, at sites that are there."""
    tables = {
        cases: [_case(life) for life in made],
        moves: [row for life in made for row in _moves(life)],
        deadlines.deadlines: [row for life in made for row in _clocks(life)],
        followups: [row for life in made for row in _asked(life)],
        bells.bells: [row for life in made for row in _rang(life)],
        links: [_link(life) for life in made if life.harmed],
    }
    for table, rows in tables.items():
        if rows:
            await db.execute(table.insert(), rows)
    await deadlines.note_nearest(db, [row["id"] for row in tables[cases]])


def _case(life) -> dict:
    return {
        "id": life.id,
        "reference": f"{int(life.id, 16):06}",
        "locator": "0000",
        "code_salt": b"-",
        "code_digest": b"-",
        "public_key": b"-",
        "state": life.state,
        "category": life.category,
        "severity": life.severity,
        "lane": CATEGORIES[life.category].lane if life.category else None,
        "site_id": life.site,
        "district": life.district,
        "language": "sw",
        "channel": "sms",
        "callback": False,
        "quarantine": life.quarantine,
        "assignee": life.assignee,
        "received_at": life.received_at,
        "moved_at": life.moved_at,
        "heard_at": life.received_at,
        "acknowledged_at": life.acknowledged_at,
    }


def _moves(life) -> list[dict]:
    return [
        {
            "id": f"{life.id[8:]}{n:08}",
            "case_id": life.id,
            "at": move.at,
            "present": move.present,
            "state": move.state,
            "word_of": move.word_of,
            "actor": "somebody",
        }
        for n, move in enumerate(life.moves)
    ]


def _clocks(life) -> list[dict]:
    return [
        {
            "case_id": life.id,
            "step": step,
            "severity": life.severity,
            "started_at": clock.started,
            "warn_at": clock.due,
            "due_at": clock.due,
            "met_at": clock.met,
        }
        for step, clock in life.clocks.items()
    ]


def _asked(life) -> list[dict]:
    return [
        {
            "id": f"{life.id[8:]}{n:08}",
            "case_id": life.id,
            "kind": check.kind,
            "due_at": check.due,
            "expires_at": check.due,
            "done_at": check.answered or check.due,
            "attempts": 1,
            "asked_at": check.asked,
            "answer": check.answer,
            "answered_at": check.answered,
            "expired_at": None if check.answer else check.due,
        }
        for n, check in enumerate(life.checks)
    ]


def _rang(life) -> list[dict]:
    return [
        {
            "case_id": life.id,
            "step": Step.ACKNOWLEDGE,
            "kind": bells.Kind.PASSED,
            "due_at": at,
            "at": at,
            "level": 1,
            "legal": False,
        }
        for at in life.rang_at
    ]


def _link(life) -> dict:
    """What followed is in the same case here: with a life of its own it would be told twice."""
    ends = {"case_id": life.id, "other_id": life.id}
    return {"id": life.id, "kind": Linked.RETALIATION, "by": "system", "at": life.moved_at, **ends}
