import pytest
from sqlalchemy import select, update

from forum import audit, bodies, members, seating
from forum.members import Role
from grievances import caseload, escalation, exclusions, facts, routing, routing_rules, triage
from grievances.case import cases
from grievances.escalation import CHAIR, FOCAL_POINT, LEAD, OUTSIDE
from grievances.exclusions import Why
from grievances.parties import NOBODY, Answer, Named
from grievances.routing_rules import Facts
from grievances.severity import Severity

INTEGRITY, COUNCIL, SEAT = "i" * 32, "c" * 32, "e" * 32
UNKNOWN = Named(Answer.UNKNOWN)


@pytest.fixture(autouse=True)
async def forum(database):
    async with database.transaction() as db:
        for one, kind in ((INTEGRITY, "integrity"), (COUNCIL, "independent")):
            row = {"id": one, "name": kind.title(), "kind": kind}
            await db.execute(bodies.bodies.insert().values(row))
        row = {"id": SEAT, "body_id": COUNCIL, "name": "Councillor"}
        await db.execute(bodies.seats.insert().values(row))


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
async def officer(join, lead, database, now):
    """Somebody of the body to which cases of bribery go where no rule speaks."""
    person = await join("officer@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await members.change_body(db, person.member.id, INTEGRITY, by=lead.member, now=now)
    return person


@pytest.fixture
async def councillor(join, lead, database, now):
    """Somebody on a seat that a rule can name."""
    person = await join("councillor@example.org", Role.HANDLER)
    async with database.transaction() as db:
        seat = await bodies.seat_by_id(db, SEAT)
        await seating.sit(db, person.member, seat, by=lead.member, now=now)
    return person


@pytest.fixture
def rule(database, now):
    async def added(**said):
        async with database.transaction() as db:
            return await routing_rules.add(db, Facts(**said), SEAT, by="m" * 32, now=now)

    return added


@pytest.fixture
def judge(database, lead, now):
    async def judged(filed, *people, named=NOBODY, category="BRIBE", by=lead):
        if people:
            named = Named(Answer.SOME, frozenset(one.member.id for one in people))
        async with database.transaction() as db:
            await triage.triage(
                db,
                filed.case_id,
                category=category,
                severity=Severity.S2,
                named=named,
                by=by.member,
                now=now,
            )

    return judged


@pytest.fixture
def routed(database):
    async def found(filed):
        async with database.reading() as db:
            return await routing.of_case(db, filed.case_id)

    return found


@pytest.fixture
def level(database):
    async def of(filed):
        async with database.reading() as db:
            asked = select(cases.c.level).where(cases.c.id == filed.case_id)
            return (await db.execute(asked)).scalar_one()

    return of


def ids(*people):
    return [one.member.id for one in people]


async def test_where_no_rule_speaks_the_category_names_the_body(
    file, judge, routed, officer, lead, level
):
    filed = await file()
    await judge(filed)
    found = await routed(filed)
    assert (found.route.rule, found.route.kinds) == (None, ("integrity", "independent"))
    assert [one.id for one in found.suggested] == ids(officer)
    assert [one.id for one in found.eligible] == ids(officer, lead)
    assert (found.routed, await level(filed)) == (True, 0)


async def test_the_kinds_of_a_category_are_asked_the_best_first(
    file, judge, routed, officer, councillor
):
    filed = await file()
    await judge(filed)
    found = await routed(filed)
    assert [one.id for one in found.suggested] == ids(officer, councillor)


async def test_a_rule_goes_before_the_category(
    file, judge, routed, rule, officer, councillor, site, database, now
):
    made = await rule(category="BRIBE", site_id="s" * 32)
    here, elsewhere = await file(), await file()
    async with database.transaction() as db:
        place = await bodies.site_by_code(db, "KB12")
        given = {"safe": None, "by": officer.member, "now": now}
        await facts.correct(db, here.case_id, site=place, **given)
    for filed in (here, elsewhere):
        await judge(filed)
    found = await routed(here)
    assert (found.route.rule.id, found.route.places) == (made, ["Councillor, Independent"])
    assert [one.id for one in found.suggested] == ids(councillor)
    assert (await routed(elsewhere)).route.rule is None


async def test_who_is_kept_out_is_never_eligible_and_the_reason_is_known(
    file, judge, routed, officer, councillor
):
    filed = await file()
    await judge(filed, officer)
    found = await routed(filed)
    assert [one.id for one in found.suggested] == ids(councillor)
    assert officer.member.id not in {one.id for one in found.eligible}
    assert [(one.id, one.why) for one in found.kept_out] == [(officer.member.id, [Why.NAMED])]


async def test_a_case_that_nobody_there_may_have_goes_up_at_once(
    file, judge, routed, officer, lead, level, database
):
    filed = await file()
    await judge(filed, officer)
    assert await level(filed) == LEAD
    found = await routed(filed)
    assert [one.id for one in found.suggested] == ids(lead)
    async with database.reading() as db:
        acts = [(one.act, one.actor) for one in await audit.recent(db)]
    assert ("case.escalated.1", "system") in acts


async def test_it_goes_up_once_however_often_it_is_judged(file, judge, officer, level):
    filed = await file()
    for _ in range(3):
        await judge(filed, officer)
    assert await level(filed) == LEAD


async def test_a_level_of_which_all_are_kept_out_is_passed_over(
    file, judge, officer, lead, join, level, secretary, database, now
):
    chair = await join("chair@example.org")
    async with database.transaction() as db:
        await escalation.name(db, FOCAL_POINT, chair.member, by=lead.member, now=now)
    filed = await file()
    await judge(filed, officer, lead, by=secretary)
    assert await level(filed) == FOCAL_POINT


async def test_where_nobody_sits_at_all_the_secretariat_keeps_it(
    file, judge, routed, lead, secretary, level
):
    filed = await file()
    await judge(filed, category="WATER")
    found = await routed(filed)
    assert (found.routed, found.stuck, await level(filed)) == (False, False, 0)
    assert {one.id for one in found.eligible} == {*ids(lead, secretary)}


@pytest.mark.parametrize(
    ("category", "named", "to"),
    [
        ("SOLDIERS", UNKNOWN, OUTSIDE),
        ("BRIBE", UNKNOWN, OUTSIDE),
        ("PAY", UNKNOWN, 0),
        ("BRIBE", NOBODY, 0),
    ],
)
async def test_nobody_near_power_has_what_names_nobody_knows_whom(
    file, judge, level, category, named, to
):
    filed = await file()
    await judge(filed, category=category, named=named)
    assert await level(filed) == to


async def test_only_the_body_outside_sees_it_and_not_the_levels_between(
    file, judge, handler, join, lead, database, now
):
    chair = await join("chair@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await escalation.name(db, OUTSIDE, handler.member, by=lead.member, now=now)
        await escalation.name(db, CHAIR, chair.member, by=lead.member, now=now)
    filed = await file()
    await judge(filed, named=UNKNOWN)

    async def sees():
        async with database.reading() as db:
            found = [await caseload.find(db, p.member, filed.reference) for p in (handler, chair)]
        return [one is not None for one in found]

    assert await sees() == [True, False]
    async with database.transaction() as db:
        given = {"by": lead.member, "by_private": lead.private, "now": now}
        await triage.assign(db, filed.case_id, handler.member, **given)
    assert await sees() == [True, False]


async def test_a_report_that_names_the_whole_house_goes_outside(
    file, judge, lead, join, level, routed, database, now
):
    outside = await join("outside@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await escalation.name(db, OUTSIDE, outside.member, by=lead.member, now=now)
    filed = await file()
    await judge(filed, lead)
    assert await level(filed) == OUTSIDE
    assert [one.id for one in (await routed(filed)).eligible] == ids(outside)
    async with database.reading() as db:
        assert await caseload.find(db, outside.member, filed.reference) is not None


async def test_who_is_kept_out_by_hand_later_sends_it_up_as_well(
    file, judge, officer, lead, level, database, now
):
    filed = await file()
    await judge(filed)
    async with database.transaction() as db:
        await exclusions.bar(db, filed.case_id, officer.member.id, by=lead.member, now=now)
        await routing.settle(db, filed.case_id, now=now)
    assert await level(filed) == LEAD


async def test_how_it_came_to_a_handler_is_kept(file, judge, officer, lead, database, now):
    filed = await file()
    await judge(filed)
    async with database.transaction() as db:
        given = {"by": lead.member, "by_private": lead.private, "now": now}
        for to in (officer, lead):
            await triage.assign(db, filed.case_id, to.member, **given)
    async with database.reading() as db:
        kept = await routing.history(db, filed.case_id)
    told = {(one.member_id, one.followed, one.eligible, one.excluded) for one in kept}
    assert told == {(officer.member.id, True, 2, 0), (lead.member.id, False, 2, 0)}


async def test_an_auditor_finds_no_case_from_which_they_are_kept_out(
    file, judge, lead, join, database
):
    auditor = await join("auditor@example.org", Role.AUDITOR)
    filed, other = await file(), await file()
    await judge(filed, auditor)
    await judge(other)
    survivors = await file(category="ABUSE")
    async with database.reading() as db:
        found = [
            await routing.find(db, auditor.member, one.reference)
            for one in (filed, other, survivors)
        ]
        assert found == [None, other.case_id, None]
        assert await routing.find(db, lead.member, other.reference) is None


async def test_a_case_that_there_is_not_has_no_route(database):
    async with database.reading() as db:
        assert await routing.of_case(db, "0" * 32) is None


async def test_what_has_ended_goes_nowhere(file, judge, officer, lead, level, database, now):
    filed = await file()
    await judge(filed)
    async with database.transaction() as db:
        await db.execute(update(cases).values(state="closed"))
        await exclusions.bar(db, filed.case_id, officer.member.id, by=lead.member, now=now)
        await routing.settle(db, filed.case_id, now=now)
    assert await level(filed) == 0
