from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.base import Address
from channels.contacts import resolve
from forum import bodies, keyholders
from forum.members import Role
from grievances import (
    case,
    caseload,
    checks,
    correspondence,
    deadlines,
    entries,
    exclusions,
    followups,
    links,
    parties,
    retaliation,
)
from grievances.case import cases
from grievances.checks import Answer
from grievances.followups import Kind
from grievances.parties import NOBODY, Named
from grievances.severity import Severity
from grievances.states import Actor, State
from grievances.triage import triage

DAY = timedelta(days=1)
UNKNOWN = Named(parties.Answer.UNKNOWN)


@pytest.fixture
async def foreman(join):
    """Whom a report names."""
    return await join("foreman@example.org", Role.SECRETARY)


@pytest.fixture
def judge(database, secretary, now):
    async def judged(filed, named, severity=Severity.S3, *, when=now, category="PAY"):
        async with database.transaction() as db:
            await triage(
                db,
                filed.case_id,
                category=category,
                severity=severity,
                named=named,
                by=secretary.member,
                now=when,
            )

    return judged


@pytest.fixture
async def first(secretary, foreman, file, judge):
    """A case that names somebody of the forum."""
    filed = await file()
    await judge(filed, Named(parties.Answer.SOME, frozenset({foreman.member.id})))
    return filed


@pytest.fixture
def planned(database):
    async def found(case_id):
        async with database.reading() as db:
            return await checks.of_case(db, case_id, Kind.RETALIATION)

    return found


@pytest.fixture
def due(database, keyring, phone):
    """Take up what is due at *when*; return the cases whose reporters are asked."""

    async def taken(when, *, address=phone):
        asked = []
        async with database.transaction() as db:
            for one in await followups.claim_due(db, when, limit=9, by="w"):
                await case.hold(db, one.case_id)
                assert await followups.done(db, one.id, by="w", now=when)
                if await retaliation.due(db, keyring, one, address=address, now=when):
                    asked.append(one.case_id)
        return asked

    return taken


@pytest.fixture
def says(database, keyring, phone):
    async def said(case_id, when, *, well):
        async with database.transaction() as db:
            return await retaliation.answered(
                db, keyring, case_id, well=well, address=phone, now=when
            )

    return said


@pytest.fixture
def read(database, secretary):
    async def texts(case_id):
        async with database.reading() as db:
            key = await keyholders.open_subject(
                db, case_id, secretary.member.id, secretary.private
            )
            return [entry.text for entry in await entries.read(db, case_id, key)]

    return texts


# --- who is asked


@pytest.mark.parametrize(
    ("named", "severity", "asked"),
    [
        (NOBODY, Severity.S1, False),
        (UNKNOWN, Severity.S3, True),
        (UNKNOWN, Severity.S1, True),
        (UNKNOWN, Severity.S4, False),
    ],
)
async def test_who_names_somebody_in_a_grave_matter_is_asked(
    secretary, file, judge, planned, now, named, severity, asked
):
    filed = await file()
    await judge(filed, named, severity, category="OTHER")
    due = [(each.days, each.due_at) for each in await planned(filed.case_id)]
    assert due == ([(days, now + days * DAY) for days in (7, 30, 90)] if asked else [])


async def test_who_names_a_body_is_asked(secretary, file, judge, planned, database, now):
    async with database.transaction() as db:
        row = {"id": "b" * 32, "name": "Inspectorate", "kind": "government"}
        known = {key: value for key, value in row.items() if key in bodies.bodies.c}
        await db.execute(bodies.bodies.insert().values(**known))
    filed = await file()
    await judge(filed, Named(parties.Answer.SOME, bodies=frozenset({"b" * 32})))
    assert len(await planned(filed.case_id)) == 3


async def test_to_judge_again_plans_nothing_twice_and_can_call_it_off(
    first, judge, planned, due, now
):
    assert await due(now + 7 * DAY) == [first.case_id]
    await judge(first, UNKNOWN, when=now + 8 * DAY)
    assert [each.days for each in await planned(first.case_id)] == [7, 30, 90]
    await judge(first, NOBODY, when=now + 9 * DAY)
    assert [each.days for each in await planned(first.case_id)] == [7]
    assert await due(now + 100 * DAY) == []


@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.REDIRECTED])
async def test_they_are_asked_whatever_becomes_of_the_case(first, due, database, now, state):
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=state))
    assert await due(now + 7 * DAY) == [first.case_id]


async def test_of_a_duplicate_the_leading_one_is_asked(
    first, due, file, planned, secretary, database, now
):
    leading = await file()
    async with database.transaction() as db:
        ends = (first.case_id, leading.case_id, links.Kind.DUPLICATE)
        await links.join(db, *ends, by=secretary.member.id, now=now)
        by = {"by": Actor.STAFF, "actor": secretary.member.id}
        await case.move(db, first.case_id, State.DUPLICATE, now=now, **by)
    assert await planned(first.case_id) == []


# --- what they say


async def test_who_is_well_is_thanked_and_asked_again(first, due, says, read, planned, now):
    await due(now + 7 * DAY)
    assert await says(first.case_id, now + 7 * DAY, well=True) is None
    assert (await read(first.case_id))[-1] == "The reporter says that they are well."
    assert await due(now + 30 * DAY) == [first.case_id]


async def test_who_is_not_well_has_a_second_case(
    first, due, says, read, foreman, secretary, database, keyring, planned, now
):
    async with database.transaction() as db:
        await case.change(db, first.case_id, safe=True, district="North")
    when = now + 7 * DAY
    await due(when)
    second = await says(first.case_id, when, well=False)
    async with database.transaction() as db:
        rows = {row.id: row for row in await db.execute(select(cases))}
        one, other = rows[first.case_id], rows[second]
        assert await links.of_case(db, secretary.member, second) != []
        (link,) = await links.of_case(db, secretary.member, first.case_id)
        kept_out = await exclusions.of_case(db, second)
        named = await parties.of_case(db, second)
        assert named == await parties.of_case(db, first.case_id)
        clocks = await deadlines.of_case(db, second)
        address = await resolve(db, keyring, other.route_id)
        assert address == await resolve(db, keyring, one.route_id)
        assert await correspondence.newest_open(db, keyring, address) == second
    assert (other.state, other.severity, other.assignee) == (State.RECEIVED, Severity.S2, None)
    assert (other.quarantine, other.safe, other.district) == (True, True, "North")
    assert (other.language, other.code_digest) == (one.language, one.code_digest)
    assert other.route_id != one.route_id
    assert other.public_key != one.public_key
    assert (link.kind, link.follows, link.by) == (links.Kind.RETALIATION, False, "system")
    assert [each.member_id for each in kept_out] == [foreman.member.id]
    assert {each.started_at for each in clocks} == {when}
    assert await read(second) == [retaliation._OPENED[Answer.NO]]
    assert [each.due_at for each in await planned(second)] == [
        when + days * DAY for days in (7, 30, 90)
    ]
    assert {each.days for each in await planned(first.case_id)} == {7}


async def test_who_is_kept_out_of_the_first_does_not_find_the_second(
    first, due, says, foreman, database, now
):
    await due(now + 7 * DAY)
    second = await says(first.case_id, now + 7 * DAY, well=False)
    async with database.reading() as db:
        found = await caseload.queue(db, foreman.member, now=now)
        assert found.rows == []
        keys = await keyholders.open_many(db, [second], foreman.member.id, foreman.private)
    assert keys == {}


async def test_nobody_has_two_open_cases_of_one_harm(first, due, says, read, now):
    await due(now + 7 * DAY)
    second = await says(first.case_id, now + 7 * DAY, well=False)
    assert await says(first.case_id, now + 8 * DAY, well=False) == second
    assert await due(now + 14 * DAY) == [second]
    assert await says(second, now + 14 * DAY, well=False) == second
    assert len(await read(second)) == 4  # opened, again, not well, again


async def test_a_category_with_a_graver_floor_keeps_it(
    secretary, file, judge, due, says, database, now
):
    filed = await file()
    await judge(filed, UNKNOWN, Severity.S1, category="ABUSE")
    await due(now + 7 * DAY)
    second = await says(filed.case_id, now + 7 * DAY, well=False)
    async with database.reading() as db:
        asked = select(cases.c.severity, cases.c.lane).where(cases.c.id == second)
        assert (await db.execute(asked)).one() == (Severity.S1, "survivor")


# --- silence


async def count(database):
    async with database.reading() as db:
        return len((await db.execute(select(cases.c.id))).all())


async def test_silence_after_a_yes_opens_a_second_case(first, due, says, read, database, now):
    await due(now + 7 * DAY)
    await says(first.case_id, now + 7 * DAY, well=True)
    await due(now + 30 * DAY)
    await due(now + 36 * DAY)
    assert await count(database) == 1
    await due(now + 37 * DAY)
    assert await count(database) == 2
    async with database.reading() as db:
        second = (await db.execute(select(links.links.c.case_id))).scalar_one()
    assert await read(second) == [retaliation._OPENED[None]]
    assert (await read(first.case_id))[-1] == retaliation._SILENT


async def test_silence_from_the_beginning_opens_nothing(first, due, read, database, now):
    for days in (7, 14, 30, 37, 90, 97):
        await due(now + days * DAY)
    assert await count(database) == 1
    assert (await read(first.case_id)).count(retaliation._SILENT) == 3


async def test_who_wrote_anything_is_not_silent(first, due, says, database, keyring, now):
    await due(now + 7 * DAY)
    await says(first.case_id, now + 7 * DAY, well=True)
    await due(now + 30 * DAY)
    async with database.transaction() as db:
        more = {"channel": "sms", "now": now + 31 * DAY}
        await correspondence.extend(db, keyring, first.case_id, "I moved away", **more)
    await due(now + 37 * DAY)
    assert await count(database) == 1


async def test_whom_nothing_reaches_is_not_silent(first, due, says, read, database, now):
    await due(now + 7 * DAY)
    await says(first.case_id, now + 7 * DAY, well=True)
    await due(now + 30 * DAY)
    await due(now + 37 * DAY, address=None)
    await due(now + 90 * DAY, address=None)
    assert await count(database) == 1
    assert (await read(first.case_id)).count(retaliation._NOT_ASKED) == 2


async def test_after_a_long_standstill_only_what_is_fresh_is_asked(first, due, read, now):
    assert await due(now + 95 * DAY) == [first.case_id]
    assert (await read(first.case_id)).count(retaliation._TOO_LATE) == 2


async def test_another_phone_has_no_case_by_it(first, due, says, database, keyring, now):
    await due(now + 7 * DAY)
    await says(first.case_id, now + 7 * DAY, well=False)
    async with database.transaction() as db:
        other = Address("sms", "+255700000099")
        assert await correspondence.newest_open(db, keyring, other) is None
