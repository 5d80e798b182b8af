import pytest

from forum import audit, bodies, members, policies, superiors
from forum.members import Role
from forum.policies import Policy
from grievances import caseload, exclusions, parties
from grievances.case import hold
from grievances.exclusions import Why
from grievances.parties import NOBODY, Answer, Contradiction, Named

POLICE, UNION = "p" * 32, "u" * 32


@pytest.fixture(autouse=True)
async def two_bodies(database):
    async with database.transaction() as db:
        for one, name in ((POLICE, "Mines police"), (UNION, "Diggers' union")):
            row = {"id": one, "name": name, "kind": "independent"}
            await db.execute(bodies.bodies.insert().values(row))


@pytest.fixture
def name(database, secretary, now):
    async def named(filed, said, by=secretary):
        async with database.transaction() as db:
            held = await hold(db, filed.case_id)
            await parties.name(db, held, said, by=by.member, now=now)

    return named


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
def seated(database, lead, now):
    """Let somebody sit for a body."""

    async def sits(person, body):
        async with database.transaction() as db:
            await members.change_body(db, person.member.id, body, by=lead.member, now=now)
            await parties.seat(db, person.member.id, body, by=lead.member, now=now)

    return sits


@pytest.fixture
def sees(database):
    async def seen(filed, person):
        async with database.reading() as db:
            return await caseload.find(db, person.member, filed.reference) is not None

    return seen


@pytest.fixture
def out(database):
    async def kept_out(filed):
        async with database.reading() as db:
            return {
                (one.member_id, one.why) for one in await exclusions.of_case(db, filed.case_id)
            }

    return kept_out


def some(*people, bodies=()):
    return Named(Answer.SOME, frozenset(p.member.id for p in people), frozenset(bodies))


def test_an_answer_does_not_contradict_itself():
    with pytest.raises(Contradiction):
        Named(Answer.SOME)
    for answer in (Answer.NOBODY, Answer.UNKNOWN):
        with pytest.raises(Contradiction):
            Named(answer, bodies=frozenset({POLICE}))


async def test_what_was_answered_is_known_again(file, name, join, database):
    filed, other = await file(), await join("other@example.org")
    for said in (NOBODY, Named(Answer.UNKNOWN), some(other, bodies=[POLICE])):
        await name(filed, said)
        async with database.reading() as db:
            assert await parties.of_case(db, filed.case_id) == said


async def test_before_anybody_looked_there_is_no_answer(file, database):
    filed = await file()
    async with database.reading() as db:
        assert await parties.of_case(db, filed.case_id) is None
        assert await parties.of_case(db, "0" * 32) is None


async def test_whoever_is_named_sees_no_case(file, name, join, sees, secretary):
    filed, other = await file(), await join("other@example.org")
    assert await sees(filed, other)
    await name(filed, some(other))
    assert not await sees(filed, other)
    assert await sees(filed, secretary)


async def test_the_people_of_a_named_body_see_no_case(file, name, join, seated, sees, out):
    filed, officer = await file(), await join("officer@example.org")
    await seated(officer, POLICE)
    await name(filed, some(bodies=[POLICE]))
    assert not await sees(filed, officer)
    assert await out(filed) == {(officer.member.id, Why.BODY)}


async def test_who_comes_to_a_named_body_later_loses_sight_of_it(file, name, join, seated, sees):
    filed, officer = await file(), await join("officer@example.org")
    await name(filed, some(bodies=[POLICE]))
    assert await sees(filed, officer)
    await seated(officer, POLICE)
    assert not await sees(filed, officer)


async def test_another_seat_uncovers_nothing(file, name, join, seated, sees):
    filed, officer = await file(), await join("officer@example.org")
    await seated(officer, POLICE)
    await name(filed, some(bodies=[POLICE]))
    await seated(officer, UNION)
    assert not await sees(filed, officer)


async def test_another_answer_lets_in_whom_the_first_kept_out(file, name, join, sees, out):
    filed = await file()
    wrong, right = await join("wrong@example.org"), await join("right@example.org")
    await name(filed, some(wrong))
    await name(filed, some(right))
    assert await sees(filed, wrong)
    assert await out(filed) == {(right.member.id, Why.NAMED)}


async def test_who_stepped_aside_stays_out_whatever_the_report_names(
    file, name, join, sees, database, now
):
    filed, other = await file(), await join("other@example.org")
    async with database.transaction() as db:
        await exclusions.step_aside(db, filed.case_id, other.member, now)
    await name(filed, some(other))
    await name(filed, NOBODY)
    assert not await sees(filed, other)


async def test_nobody_is_named_who_is_not_known(file, name):
    filed = await file()
    for unknown in (
        Named(Answer.SOME, members=frozenset({"0" * 32})),
        Named(Answer.SOME, bodies=frozenset({"0" * 32})),
    ):
        with pytest.raises(Contradiction):
            await name(filed, unknown)


async def test_who_said_so_is_logged_and_whom_is_not(file, name, join, database, secretary):
    filed, other = await file(), await join("other@example.org")
    await name(filed, some(other))
    await name(filed, some(other))  # nothing new
    async with database.reading() as db:
        lines = [line for line in await audit.recent(db) if line.act == "case.named"]
    assert [(line.actor, line.subject) for line in lines] == [(secretary.member.id, filed.case_id)]


# --- up the line --------------------------------------------------------------------------------


@pytest.fixture
def place(database, lead, now):
    """Say who is above whom."""

    async def placed(person, superior):
        async with database.transaction() as db:
            above, given = superior.member.id, {"by": lead.member, "now": now}
            await superiors.place(db, person.member.id, above, **given)
            await parties.raise_line(db, person.member.id, **given)

    return placed


@pytest.fixture
async def line(join):
    """A clerk, a boss and a chief, of whom nobody is above anybody yet."""
    return [await join(f"{who}@example.org") for who in ("clerk", "boss", "chief")]


async def test_superiors_up_the_line_see_no_case_either(file, name, place, line, sees, out):
    clerk, boss, chief = line
    await place(clerk, boss)
    await place(boss, chief)
    filed, of_boss = await file(), await file()
    await name(filed, some(clerk))
    await name(of_boss, some(boss))
    assert [await sees(filed, one) for one in line] == [False, False, False]
    assert [await sees(of_boss, one) for one in line] == [True, False, False]
    assert await out(filed) == {
        (clerk.member.id, Why.NAMED),
        (boss.member.id, Why.SUPERIOR),
        (chief.member.id, Why.SUPERIOR),
    }


async def test_who_comes_to_be_above_loses_sight_of_what_names_those_below(
    file, name, place, line, sees
):
    clerk, boss, chief = line
    filed = await file()
    await place(clerk, boss)
    await name(filed, some(clerk))
    assert await sees(filed, chief)
    await place(boss, chief)
    assert not await sees(filed, chief)
    await place(clerk, chief)
    assert not await sees(filed, boss)  # they were above once


async def test_another_answer_lets_superiors_in_again(file, name, place, line, sees):
    clerk, boss, _ = line
    await place(clerk, boss)
    filed = await file()
    await name(filed, some(clerk))
    await name(filed, NOBODY)
    assert await sees(filed, boss)


async def test_a_forum_can_decide_to_let_superiors_see(
    file, name, place, line, sees, database, now
):
    clerk, boss, chief = line
    await place(clerk, boss)
    async with database.transaction() as db:
        await policies.keep(db, Policy.SUPERIORS, on=False, by="x", now=now)
    filed = await file()
    await name(filed, some(clerk))
    await place(boss, chief)
    assert [await sees(filed, one) for one in line] == [False, True, True]
