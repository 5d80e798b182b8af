from datetime import timedelta

import pytest

from forum.members import Role
from grievances import caseload, deadlines
from grievances.case import NoSuchCase, hold, move
from grievances.exclusions import NotEligible
from grievances.parties import NOBODY, Answer, Named
from grievances.severity import Severity
from grievances.states import Actor, NotAllowed, State
from grievances.triage import BelowFloor, NotAsked, assign, triage


@pytest.fixture
def judge(database, secretary, now):
    async def judged(filed, category, severity, by=secretary, named=NOBODY):
        async with database.transaction() as db:
            await triage(
                db,
                filed.case_id,
                category=category,
                severity=severity,
                named=named,
                by=by.member,
                now=now,
            )

    return judged


@pytest.fixture
def give(database, secretary, now):
    async def given(filed, to, by=secretary):
        async with database.transaction() as db:
            await assign(
                db, filed.case_id, to.member, by=by.member, by_private=by.private, now=now
            )

    return given


@pytest.fixture
def look(database, secretary):
    async def found(filed, person=secretary):
        async with database.reading() as db:
            return await caseload.find(db, person.member, filed.reference)

    return found


async def test_a_judged_case_is_triaged(file, judge, look):
    filed = await file()
    await judge(filed, "MERCURY", Severity.S1)
    row = await look(filed)
    assert (row.state, row.category, row.severity) == (State.TRIAGED, "MERCURY", Severity.S1)


async def test_nobody_alone_goes_below_the_floor(file, judge, look):
    filed = await file()
    with pytest.raises(BelowFloor):
        await judge(filed, "CHILD", Severity.S3)
    assert (await look(filed)).state is State.RECEIVED


async def test_a_category_that_there_is_not_is_refused(file, judge):
    with pytest.raises(KeyError):
        await judge(await file(), "NONSENSE", Severity.S1)


async def test_who_handles_does_not_triage_nor_give(file, judge, give, handler):
    filed = await file()
    with pytest.raises(NotEligible):
        await judge(filed, "PAY", Severity.S3, by=handler)
    with pytest.raises(NotEligible):
        await give(filed, handler, by=handler)


async def test_judging_again_moves_nothing(file, judge, look):
    filed = await file()
    await judge(filed, "PAY", Severity.S3)
    await judge(filed, "PAY", Severity.S2)
    row = await look(filed)
    assert (row.state, row.severity) == (State.TRIAGED, Severity.S2)


async def test_judging_graver_shortens_and_milder_does_not_stretch(file, judge, database, now):
    filed = await file()
    seen = []
    for severity in (Severity.S1, Severity.S3):
        await judge(filed, "PAY", severity)
        async with database.reading() as db:
            due = await deadlines.of_case(db, filed.case_id)
        seen.append([each.due_at for each in due if each.met_at is None])
    assert seen[0] == seen[1]
    assert seen[0][0] == now + timedelta(hours=2)


async def test_what_was_reopened_is_judged_from_then_on(file, judge, database, now):
    filed = await file()
    later = now + timedelta(days=20)
    async with database.transaction() as db:
        await move(db, filed.case_id, State.REDIRECTED, by=Actor.STAFF, actor="x", now=now)
        await move(db, filed.case_id, State.REOPENED, by=Actor.STAFF, actor="x", now=later)
    await judge(filed, "PAY", Severity.S1)
    async with database.reading() as db:
        due = await deadlines.of_case(db, filed.case_id)
    assert due[0].due_at == later + timedelta(hours=2)


async def test_what_has_ended_is_neither_judged_nor_given(
    file, judge, give, handler, database, now
):
    filed = await file()
    async with database.transaction() as db:
        await move(
            db, filed.case_id, State.WITHDRAWN, by=Actor.REPORTER, actor="reporter", now=now
        )
    with pytest.raises(NotAllowed):
        await judge(filed, "PAY", Severity.S3)
    with pytest.raises(NotAllowed):
        await give(filed, handler)


async def test_nothing_is_given_before_it_is_judged(file, give, handler):
    with pytest.raises(NotAllowed):
        await give(await file(), handler)


async def test_who_is_given_a_case_sees_and_opens_it(
    file, judge, give, look, opens, handler, secretary
):
    filed = await file()
    assert not await opens(filed, handler)
    await judge(filed, "PAY", Severity.S3)
    await give(filed, handler)
    row = await look(filed, handler)
    assert (row.state, row.assignee) == (State.ASSIGNED, handler.member.id)
    assert await opens(filed, handler)


async def test_to_give_a_case_ends_its_quarantine(file, judge, give, look, handler, secretary):
    filed = await file(category="SOLDIERS")
    await judge(filed, "SOLDIERS", Severity.S2)
    assert (await look(filed)).quarantine
    await give(filed, handler)
    await judge(filed, "SOLDIERS", Severity.S1)
    assert not (await look(filed, handler)).quarantine


async def test_the_handler_before_loses_sight_and_key(
    file, judge, give, look, opens, handler, secretary, join
):
    filed, other = await file(), await join("other@example.org", Role.HANDLER)
    await judge(filed, "PAY", Severity.S3)
    await give(filed, handler)
    await give(filed, other)
    assert await look(filed, handler) is None
    assert not await opens(filed, handler)
    assert await opens(filed, other)


async def test_who_triages_keeps_the_key(file, judge, give, opens, handler, secretary):
    filed = await file()
    await judge(filed, "PAY", Severity.S3)
    await give(filed, secretary)
    await give(filed, handler)
    assert await opens(filed, secretary)


async def test_to_give_it_twice_to_the_same_changes_nothing(
    file, judge, give, opens, handler, secretary
):
    filed = await file()
    await judge(filed, "PAY", Severity.S3)
    await give(filed, handler)
    await give(filed, handler)
    assert await opens(filed, handler)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_who_may_not_handle_is_given_nothing(file, judge, give, join, secretary, role):
    filed, person = await file(), await join("blind@example.org", role)
    await judge(filed, "PAY", Severity.S3)
    with pytest.raises(NotEligible):
        await give(filed, person)


async def test_a_case_under_review_stays_there_when_it_changes_hands(
    file, judge, give, handler, secretary, database, now
):
    filed = await file()
    await judge(filed, "PAY", Severity.S3)
    await give(filed, secretary)
    async with database.transaction() as db:
        await move(db, filed.case_id, State.IN_REVIEW, by=Actor.STAFF, actor="x", now=now)
    await give(filed, handler)
    async with database.transaction() as db:
        held = await hold(db, filed.case_id)
    assert (held.state, held.assignee) == (State.IN_REVIEW, handler.member.id)


async def test_somebody_must_have_looked_whom_it_names(file, judge, look):
    filed = await file()
    with pytest.raises(NotAsked):
        await judge(filed, "PAY", Severity.S3, named=None)
    assert (await look(filed)).state is State.RECEIVED
    await judge(filed, "PAY", Severity.S3)
    await judge(filed, "PAY", Severity.S2, named=None)  # that was answered already
    assert (await look(filed)).severity is Severity.S2


async def test_a_case_is_never_given_to_whom_it_names(file, judge, give, look, handler, opens):
    filed = await file()
    named = Named(Answer.SOME, members=frozenset({handler.member.id}))
    await judge(filed, "BRIBE", Severity.S3, named=named)
    with pytest.raises(NotEligible):
        await give(filed, handler)
    assert not await opens(filed, handler)
    assert (await look(filed)).assignee is None


async def test_whom_it_names_cannot_judge_it_either(file, judge, join, look):
    filed, other = await file(), await join("other@example.org")
    named = Named(Answer.SOME, members=frozenset({other.member.id}))
    await judge(filed, "BRIBE", Severity.S3, named=named)
    assert await look(filed, other) is None
    with pytest.raises(NoSuchCase):
        await judge(filed, "OTHER", Severity.S4, by=other)
