"""Who may be given a case, in order, and why: the rule, who is eligible, who is kept out.

The winning rule names a seat; where no rule speaks, the category names kinds of body, best first.
Whoever is kept out of the case is never eligible, and from whom it was taken (``succession``)
not while anybody else is. A case that nobody there may have goes up at
once to whoever answers next (``escalation``), so that none waits for nobody.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    insert,
    select,
)

from forum import audit
from forum.bodies import bodies, seating, seats
from forum.members import RIGHTS, Member, Right, Role, members
from grievances import escalation, exclusions, routing_rules, succession
from grievances.case import Held, cases, change, explain, hold
from grievances.entries import SYSTEM
from grievances.escalation import OUTSIDE, above
from grievances.exclusions import Why, excluded
from grievances.parties import Answer
from grievances.routing_rules import Facts, Rule, winner
from grievances.states import ENDED
from grievances.taxonomy import DEFAULT, Taxonomy
from locales import N_
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

#: What was decided when a case was given to somebody, as it was then.
routings = Table(
    "routings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("by", String(32), nullable=False),
    Column("member_id", String(32), ForeignKey("members.id"), nullable=False),
    Column("seat_id", String(32), ForeignKey("seats.id")),  # of the rule; null: none spoke
    Column("followed", Boolean, nullable=False),  # the member sits where the case should go
    Column("eligible", Integer, nullable=False),
    Column("excluded", Integer, nullable=False),
)

#: Where somebody is accused of whom nobody can tell who it is, nobody near power may have it.
OUT_WHEN_UNKNOWN = frozenset({"SOLDIERS", "BRIBE"})

_UNKNOWN = N_("Nobody can tell whom it names, so it goes to a body outside government at once.")
_NOBODY = N_("Nobody whom it should go to may have it, so it has gone up at once.")


@dataclass(frozen=True, slots=True)
class Person:
    """A member to whom a case may be given. *routed*: they sit where it should go."""

    id: str
    name: str
    routed: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where cases with some facts go, whoever they name.

    *rule* None: no rule speaks, and *kinds* of body are the category's own. *places* are the
    bodies, or the seat and its body; *people* sit there, in order.
    """

    rule: Rule | None
    kinds: Sequence[str]
    places: Sequence[str]
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A member who is kept out of a case, and why; no reason: they are not of its lane."""

    id: str
    name: str
    why: Sequence[Why]


@dataclass(frozen=True, slots=True)
class Routing:
    """Who may be given a case, the best first, and how it came to that.

    *level*: to which it has come; *answering*: the ids of those who answer for it. *sorted_by*:
    the ids of those who triage and may see it.
    """

    route: Route
    eligible: Sequence[Person]
    kept_out: Sequence[KeptOut]
    level: int
    answering: frozenset[str]
    sorted_by: frozenset[str]

    @property
    def suggested(self) -> Sequence[Person]:
        """Who should have it: who sits where it goes, or whoever it has come to."""
        return [person for person in self.eligible if person.routed] or [
            person for person in self.eligible if person.id in self.answering
        ]

    @property
    def others(self) -> Sequence[Person]:
        """Who may have it by hand."""
        suggested = {person.id for person in self.suggested}
        return [person for person in self.eligible if person.id not in suggested]

    @property
    def routed(self) -> bool:
        """Whether somebody who sits where it should go may have it."""
        return any(person.routed for person in self.eligible)

    @property
    def stuck(self) -> bool:
        """Whether it waits for nobody: not one of those who sit there may have it, or give it.

        Where nobody sits at all, the secretariat keeps it.
        """
        return not self.sorted_by or (bool(self.route.people) and not self.routed)


async def route(db: Reads, facts: Facts, taxonomy: Taxonomy = DEFAULT) -> Route:
    """Return where a case with these facts goes, whoever it names."""
    rule = winner(await routing_rules.rules(db), facts)
    if rule is not None:
        return await _to_seat(db, rule)
    category = taxonomy.categories.get(facts.category or "")
    return await _to_kinds(db, category.routes if category else ())


async def of_case(db: Reads, case_id: str, taxonomy: Taxonomy = DEFAULT) -> Routing | None:
    """Return how a case is routed now; None: there is no such case."""
    asked = select(
        cases.c.category, cases.c.site_id, cases.c.district, cases.c.language, cases.c.level
    )
    row = (await db.execute(asked.where(cases.c.id == case_id))).one_or_none()
    if row is None:
        return None
    facts = Facts(row.category, row.site_id, row.district, row.language)
    there = await route(db, facts, taxonomy)
    handlers = await _handlers(db, case_id)
    let_in = {one.id for one in handlers if not one.out}
    may_have_it = await succession.eligible(db, case_id)
    routed = [person for person in there.people if person.id in may_have_it]
    first = {person.id for person in routed}
    answering = await _answering(db, case_id, row.level)
    rest = [Person(one.id, one.name) for one in handlers if one.id in may_have_it - first]
    rest.sort(key=lambda person: person.id not in answering)
    why = await _reasons(db, case_id)
    kept_out = [KeptOut(one.id, one.name, why[one.id]) for one in handlers if one.out]
    sorted_by = frozenset(
        one.id for one in handlers if one.id in let_in and Right.TRIAGE in RIGHTS[Role(one.role)]
    )
    return Routing(there, [*routed, *rest], kept_out, row.level, answering, sorted_by)


async def settle(
    db: Transaction, case_id: str, *, now: datetime, taxonomy: Taxonomy = DEFAULT
) -> None:
    """See that a case that was judged waits for somebody: it goes up at once if it does not.

    Who is kept out answers for no level of it. Raises ``NoSuchCase``.
    """
    held = await hold(db, case_id)
    asked = select(cases.c.category, cases.c.named).where(cases.c.id == case_id)
    said = (await db.execute(asked)).one()
    if said.named is None or held.state in ENDED:
        return
    if nobody_can_tell(said.category, said.named):
        # In quarantine the levels between do not see it: among them may be whom it names.
        await _raise(db, held, OUTSIDE, _UNKNOWN, now, quarantine=True)
        return
    found = await of_case(db, held.id, taxonomy)
    if found is None or not found.stuck or found.answering:
        return
    able = (await escalation.able(db, [held.id])).get(held.id, ())
    # With nobody at any level it waits at the highest, for the first who is named there.
    to = above(found.level, able) if able else OUTSIDE
    await _raise(db, held, to, _NOBODY, now)


def nobody_can_tell(category: str | None, named: str | None) -> bool:
    """Whether a case accuses somebody with power of whom nobody can tell who it is."""
    return named == Answer.UNKNOWN and category in OUT_WHEN_UNKNOWN


async def keep(
    db: Transaction,
    case_id: str,
    to: Member,
    *,
    by: Member,
    now: datetime,
    taxonomy: Taxonomy = DEFAULT,
) -> None:
    """Keep how it came to it that a case is given to *to*. Raises ``NotEligible``."""
    found = await of_case(db, case_id, taxonomy)
    person = next((one for one in found.eligible if one.id == to.id), None) if found else None
    if found is None or person is None:
        raise exclusions.NotEligible
    await db.execute(
        insert(routings).values(
            id=uuid4().hex,
            case_id=case_id,
            at=now,
            by=by.id,
            member_id=to.id,
            seat_id=found.route.rule.seat_id if found.route.rule else None,
            followed=person in found.suggested,
            eligible=len(found.eligible),
            excluded=len(found.kept_out),
        )
    )


@dataclass(frozen=True, slots=True)
class Given:
    """A case was given to somebody: on whose word, and out of how many."""

    at: datetime
    by: str
    member_id: str
    followed: bool
    eligible: int
    excluded: int


async def history(db: Reads, case_id: str) -> Sequence[Given]:
    """Return each time that a case was given to somebody, the last first."""
    columns = [routings.c[name] for name in Given.__dataclass_fields__]
    found = await db.execute(
        select(*columns).where(routings.c.case_id == case_id).order_by(routings.c.at.desc())
    )
    return [Given(**row) for row in found.mappings()]


async def find(db: Reads, auditor: Member, reference: str) -> str | None:
    """Return the id of the case that *reference* means to who may ask how it was routed.

    None when there is none, or none that they may know of: nobody can tell the two apart.
    """
    if not auditor.may(Right.AUDIT):
        return None
    one = (cases.c.reference == reference) & ~excluded(auditor.id, cases.c.id)
    return (await db.execute(select(cases.c.id).where(one))).scalar_one_or_none()


async def _raise(
    db: Transaction,
    held: Held,
    to: int,
    reason: str,
    now: datetime,
    *,
    quarantine: bool = False,
) -> None:
    level = (await db.execute(select(cases.c.level).where(cases.c.id == held.id))).scalar_one()
    if quarantine and held.assignee is None:
        await change(db, held.id, quarantine=True)
    if level >= to:
        return
    await change(db, held.id, level=to)
    act = f"case.escalated.{to}"
    await audit.record(db, actor=SYSTEM, act=act, subject=held.id, now=now)
    await explain(db, held, reason, author=SYSTEM, now=now)


async def _to_seat(db: Reads, rule: Rule) -> Route:
    place = await db.execute(
        select(seats.c.name, bodies.c.name.label("body"))
        .join(bodies, bodies.c.id == seats.c.body_id)
        .where(seats.c.id == rule.seat_id)
    )
    sits = await db.execute(
        select(members.c.id, members.c.name)
        .join(seating, seating.c.member_id == members.c.id)
        .where(seating.c.seat_id == rule.seat_id, _HANDLES)
        .order_by(members.c.name, members.c.id)
    )
    people = [Person(row.id, row.name, routed=True) for row in sits]
    return Route(rule, (), [f"{row.name}, {row.body}" for row in place], people)


async def _to_kinds(db: Reads, kinds: Sequence[str]) -> Route:
    found = await db.execute(
        select(bodies.c.kind, bodies.c.name.label("body"), members.c.id, members.c.name)
        .outerjoin(members, (members.c.body_id == bodies.c.id) & _HANDLES)
        .where(bodies.c.kind.in_(kinds))
        .order_by(bodies.c.name, members.c.name, members.c.id)
    )
    rows = sorted(found, key=lambda row: kinds.index(row.kind))
    people = [Person(row.id, row.name, routed=True) for row in rows if row.id is not None]
    return Route(None, tuple(kinds), list(dict.fromkeys(row.body for row in rows)), people)


async def _handlers(db: Reads, case_id: str) -> Sequence[Any]:
    """Return everybody who handles cases, by name: id, name, role, and whether they are out."""
    out = excluded(members.c.id, cases.c.id).label("out")
    found = await db.execute(
        select(members.c.id, members.c.name, members.c.role, out)
        .select_from(members.join(cases, cases.c.id == case_id))
        .where(_HANDLES)
        .order_by(members.c.name, members.c.id)
    )
    return found.all()


async def _answering(db: Reads, case_id: str, level: int) -> frozenset[str]:
    """Return who answers for the highest level to which a case has come and that has somebody."""
    who = escalation.eligible().where(cases.c.id == case_id).subquery()
    found = (await db.execute(select(who.c.level, who.c.member_id))).all()
    reached = max((row.level for row in found if row.level <= level), default=None)
    return frozenset(row.member_id for row in found if row.level == reached)


async def _reasons(db: Reads, case_id: str) -> Mapping[str, list[Why]]:
    why: dict[str, list[Why]] = defaultdict(list)
    for one in await exclusions.of_case(db, case_id):
        why[one.member_id].append(one.why)
    return why


_HANDLES = members.c.left_at.is_(None) & members.c.role.in_(
    [role for role, rights in RIGHTS.items() if Right.HANDLE in rights]
)
