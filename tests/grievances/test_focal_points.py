import pytest

from forum import audit, keyholders
from forum.members import NotAllowed, Role
from grievances import caseload, focal_points, intake, triage
from grievances.focal_points import LastOne
from grievances.parties import NOBODY
from grievances.severity import Severity
from vault.seals import CannotOpen


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
async def neema(join, lead):
    return await join("neema@example.org")


@pytest.fixture
def name(database, lead, now):
    async def named(person, by=lead):
        async with database.transaction() as db:
            given = {"by": by.member, "by_private": by.private, "now": now}
            await focal_points.name(db, person.member, **given)

    return named


@pytest.fixture
def unname(database, lead, now):
    async def unnamed(person, by=lead):
        async with database.transaction() as db:
            await focal_points.unname(db, person.member, by=by.member, now=now)

    return unnamed


@pytest.fixture
def opens(database):
    async def tried(filed, *people):
        found = []
        async with database.reading() as db:
            for one in people:
                try:
                    await keyholders.open_subject(db, filed.case_id, one.member.id, one.private)
                except CannotOpen:
                    continue
                found.append(one)
        return found

    return tried


async def test_who_is_named_gets_the_keys_and_who_is_not_loses_theirs(
    file, lead, neema, secretary, name, opens
):
    filed, other = await file(category="ABUSE"), await file()
    everyone = lead, neema, secretary
    assert await opens(filed, *everyone) == [lead]
    await name(neema)
    assert await opens(filed, *everyone) == [neema]
    assert await opens(other, *everyone) == [*everyone]


async def test_a_new_case_has_keys_for_focal_points_alone(
    file, lead, neema, secretary, name, opens
):
    await name(neema)
    filed = await file(category="ABUSE")
    assert await opens(filed, lead, neema, secretary) == [neema]


async def test_what_the_reporter_calls_abuse_later_is_closed_then(
    file, lead, neema, name, opens, database, now
):
    await name(neema)
    filed = await file()
    assert await opens(filed, lead, neema) == [lead, neema]
    async with database.transaction() as db:
        await intake.describe(db, filed.case_id, category="ABUSE", now=now)
    assert await opens(filed, lead, neema) == [neema]


async def test_what_is_sorted_into_the_lane_is_closed_and_waits_for_somebody(
    file, lead, neema, secretary, name, opens, database, now
):
    await name(neema)
    filed = await file()
    given = {"severity": Severity.S1, "named": NOBODY, "now": now}
    async with database.transaction() as db:
        case_id = filed.case_id
        await triage.triage(db, case_id, category="PAY", by=secretary.member, **given)
        by = {"by": secretary.member, "by_private": secretary.private, "now": now}
        await triage.assign(db, case_id, secretary.member, **by)
        await triage.triage(db, case_id, category="ABUSE", by=secretary.member, **given)
    assert await opens(filed, lead, neema, secretary) == [neema]
    async with database.reading() as db:
        assert (await caseload.find(db, neema.member, filed.reference)).assignee is None
        assert await caseload.find(db, secretary.member, filed.reference) is None


async def test_the_first_name_counts_and_is_written_down(neema, name, lead, database):
    await name(neema)
    await name(neema)
    async with database.reading() as db:
        (one,) = await focal_points.named(db)
        acts = [line.act for line in await audit.recent(db)]
    assert (one.member_id, one.triages) == (neema.member.id, True)
    assert acts.count("lane.named") == 1


async def test_nobody_names_themselves_nor_who_sees_no_case(join, lead, neema, name):
    official = await join("official@example.org", Role.OFFICIAL)
    administrator = await join("admin@example.org", Role.ADMINISTRATOR)
    for person, by in ((lead, lead), (official, lead), (neema, administrator), (lead, neema)):
        with pytest.raises(NotAllowed):
            await name(person, by=by)


async def test_who_is_no_focal_point_any_more_loses_case_and_key(
    file, lead, neema, secretary, name, unname, opens
):
    await name(neema)
    filed = await file(category="ABUSE")
    await name(secretary, by=lead)
    assert await opens(filed, neema, secretary) == [neema]  # the lead had no key to give
    await unname(neema)
    assert await opens(filed, neema, secretary, lead) == []


async def test_the_last_who_can_sort_stays(neema, handler, name, unname, lead, database):
    await name(neema)
    await name(handler)
    with pytest.raises(LastOne):
        await unname(neema)
    await unname(handler)
    async with database.reading() as db:
        assert [one.member_id for one in await focal_points.named(db)] == [neema.member.id]
    with pytest.raises(NotAllowed):
        await unname(neema, by=neema)
