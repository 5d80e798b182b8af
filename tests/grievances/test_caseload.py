from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import event, update

from forum.members import Role
from grievances import caseload, correspondence, deadlines, escalation
from grievances.case import cases, move
from grievances.caseload import PAGE
from grievances.deadlines import Step
from grievances.filters import Due, Filter, Show
from grievances.orders import Order
from grievances.severity import Severity
from grievances.states import Actor, State

BY = {"by": Actor.STAFF, "actor": "a" * 32}
BLIND = (Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR)


@pytest.fixture
def queue(database, now):
    async def listed(person, show=Show.OPEN, when=now, page=None, **more):
        chosen = Filter(show=show, **more)
        async with database.reading() as db:
            return await caseload.queue(db, person.member, now=when, chosen=chosen, page=page)

    return listed


@pytest.fixture
def references(queue):
    async def listed(person, show=Show.OPEN, **more):
        return [row.reference for row in (await queue(person, show, **more)).rows]

    return listed


@pytest.fixture
def put(database):
    async def changed(filed, **values):
        async with database.transaction() as db:
            await db.execute(update(cases).where(cases.c.id == filed.case_id).values(**values))

    return changed


async def test_the_least_time_left_comes_first(file, references, secretary):
    question, danger, hurt, pay = [
        (await file(category=each)).reference for each in ("OTHER", "DANGER", "ABUSE", "PAY")
    ]
    assert await references(secretary) == [hurt, danger, pay, question]


async def test_what_is_met_no_longer_presses(file, references, secretary, database, now):
    first, second = await file(category="ABUSE"), await file(category="DANGER")
    async with database.transaction() as db:
        await deadlines.meet(db, first.case_id, Step, now)
    assert await references(secretary) == [second.reference, first.reference]


async def test_a_row_shows_the_nearest_deadline_and_where(file, queue, secretary, site, put, now):
    filed = await file(category="DANGER")
    await put(filed, site_id="s" * 32, assignee=secretary.member.id)
    (row,) = (await queue(secretary)).rows
    assert (row.step, row.due_at) == (Step.ACKNOWLEDGE, now + timedelta(hours=24))
    assert row.left(now + timedelta(hours=25)) == timedelta(hours=-1)
    assert (row.site_name, row.assignee_name) == (site, secretary.member.name)
    assert (row.severity, row.state, row.unanswered) == (Severity.S2, State.RECEIVED, True)


async def test_every_page_holds_the_next_cases_and_none_twice(file, queue, secretary):
    filed = {(await file()).reference for _ in range(PAGE + 3)}
    first = await queue(secretary)
    second = await queue(secretary, page=first.next)
    seen = [row.reference for page in (first, second) for row in page.rows]
    assert (len(first.rows), len(second.rows), second.next) == (PAGE, 3, None)
    assert set(seen) == filed


async def test_a_full_last_page_has_none_after_it(file, queue, secretary):
    for _ in range(PAGE):
        await file()
    assert (await queue(secretary)).next is None


async def test_a_damaged_cursor_begins_at_the_front(file, references, secretary):
    filed = await file()
    for page in ("", "x", "2026-05-12_a", "2026-05-12T00:00:00+00:00_\0", "_"):
        assert await references(secretary, page=page) == [filed.reference]


async def test_a_page_is_one_query(file, queue, secretary, database):
    for _ in range(5):
        await file()
    asked = []
    engine = database.reader.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    await queue(secretary)
    assert sum(statement.lstrip().startswith("SELECT") for statement in asked) == 1


@pytest.mark.parametrize("role", BLIND)
async def test_who_has_no_case_right_sees_no_case(
    file, references, join, database, put, now, role
):
    person = await join("blind@example.org", role)
    filed = await file()
    await put(filed, assignee=person.member.id)
    assert await references(person) == []
    async with database.reading() as db:
        assert await caseload.find(db, person.member, filed.reference) is None
        assert await caseload.counts(db, person.member, [Filter()], now=now) == [0]


async def test_a_handler_sees_what_is_theirs_and_nothing_else(
    file, references, handler, database, put
):
    theirs, other = await file(), await file()
    await put(theirs, assignee=handler.member.id)
    assert await references(handler) == [theirs.reference]
    async with database.reading() as db:
        assert await caseload.find(db, handler.member, other.reference) is None
        assert await caseload.find(db, handler.member, theirs.reference) is not None


async def test_who_answers_for_a_level_sees_what_has_come_to_it(
    file, references, handler, join, put, database, now
):
    lead = await join("lead@example.org", Role.LEAD)
    theirs, other, hidden = [await file() for _ in range(3)]
    async with database.transaction() as db:
        await escalation.name(db, 2, handler.member, by=lead.member, now=now)
    await put(theirs, level=3)
    await put(other, level=1)
    await put(hidden, level=3, quarantine=True)
    assert await references(handler) == [theirs.reference]


async def test_what_stands_still_does_not_press(file, queue, secretary, database, now):
    filed = await file()
    async with database.transaction() as db:
        stopped = deadlines.deadlines.c.step != Step.TOTAL
        await db.execute(deadlines.deadlines.update().where(stopped).values(paused_at=now))
        await deadlines.note_nearest(db, [filed.case_id])
    (row,) = (await queue(secretary)).rows
    assert row.step is Step.TOTAL


async def test_quarantine_hides_a_case_even_from_its_handler(
    file, references, handler, secretary, put
):
    filed = await file(category="BRIBE")
    await put(filed, assignee=handler.member.id)
    assert await references(handler) == []
    assert await references(secretary) == [filed.reference]


async def test_a_handler_who_left_sees_nothing(file, references, handler, database, put, now):
    filed = await file()
    await put(filed, assignee=handler.member.id)
    gone = type(handler)(type(handler.member)(**{**_fields(handler), "left_at": now}), b"")
    assert await references(gone) == []


def _fields(person):
    member = person.member
    return {name: getattr(member, name) for name in member.__dataclass_fields__}


async def test_a_reference_is_found_however_it_is_typed(file, secretary, database):
    filed = await file()
    reference = filed.reference
    for typed in (reference, f" {reference.lower()} ", f"{reference[:3]}-{reference[3:]}"):
        async with database.reading() as db:
            found = await caseload.find(db, secretary.member, typed)
        assert found.id == filed.case_id


async def test_letters_that_look_like_digits_are_read_as_digits(file, secretary, database, put):
    filed = await file()
    await put(filed, reference="01AB10")
    async with database.reading() as db:
        assert (await caseload.find(db, secretary.member, "OIABlo")).id == filed.case_id


async def test_what_is_no_reference_finds_nothing(file, secretary, database):
    await file()
    for typed in ("", "ZZZZZZ", "\0", "' OR 1=1", "é", "A" * 10_000):
        async with database.reading() as db:
            assert await caseload.find(db, secretary.member, typed) is None


async def test_each_view_shows_its_part(file, references, secretary, put, database, now):
    fresh, mine, late, ended = [await file() for _ in range(4)]
    await put(mine, assignee=secretary.member.id, told_at=now)
    await put(late, assignee=secretary.member.id, told_at=now)
    async with database.transaction() as db:
        await db.execute(
            deadlines.deadlines.update()
            .where(deadlines.deadlines.c.case_id == late.case_id)
            .values(due_at=now - timedelta(1))
        )
        await deadlines.note_nearest(db, [late.case_id])
        taken_back = {"by": Actor.REPORTER, "actor": "reporter", "now": now}
        await move(db, ended.case_id, State.WITHDRAWN, **taken_back)
    shown = {show: set(await references(secretary, show)) for show in Show}
    assert shown == {
        Show.OPEN: {fresh.reference, mine.reference, late.reference},
        Show.MINE: {mine.reference, late.reference},
        Show.UNASSIGNED: {fresh.reference},
        Show.UNANSWERED: {fresh.reference},
        Show.OVERDUE: {late.reference},
        Show.ENDED: {ended.reference},
    }


async def test_a_count_is_what_the_queue_lists(
    file, references, secretary, handler, put, database, now
):
    for _ in range(3):
        await file(category="ABUSE")
    await put(await file(), assignee=handler.member.id)
    later = now + timedelta(hours=3)
    asked = [Filter(show, due=due) for show, due in product(Show, (None, *Due))]
    for person in (secretary, handler):
        listed = [
            len(await references(person, each.show, when=later, due=each.due)) for each in asked
        ]
        async with database.reading() as db:
            assert await caseload.counts(db, person.member, asked, now=later) == listed


async def test_all_counts_are_one_query(file, secretary, database, now):
    await file()
    asked = []
    engine = database.reader.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    async with database.reading() as db:
        assert await caseload.counts(db, secretary.member, [], now=now) == []
        several = [Filter(show, severity=each) for show, each in product(Show, Severity)]
        counts = await caseload.counts(db, secretary.member, several, now=now)
    assert sum(counts) == 3  # open, with nobody, not answered
    assert sum(statement.lstrip().startswith("SELECT") for statement in asked) == 1


@pytest.mark.parametrize("order", Order)
async def test_every_order_is_paged_without_a_gap(file, queue, secretary, order, monkeypatch, now):
    monkeypatch.setattr(caseload, "PAGE", 2)
    for number, category in enumerate(("OTHER", "ABUSE", "PAY", "DANGER", "ABUSE", "PAY", None)):
        await file(category=category, now=now + timedelta(minutes=number // 2))
    seen, page, fresh = [], None, True
    while fresh or page:
        listed = await queue(secretary, order=order, page=page)
        seen, page, fresh = [*seen, *listed.rows], listed.next, False
    keys = {
        Order.DUE: lambda row: (row.due_at, row.id),
        Order.NEWEST: lambda row: (-row.received_at.timestamp(), row.id),
        Order.GRAVEST: lambda row: (row.severity, row.due_at, row.id),
    }
    assert len(seen) == 7
    assert seen == sorted(seen, key=keys[order])


async def test_the_next_to_sort_has_the_least_time_left_and_can_be_opened(
    file, secretary, join, database, put
):
    calm, grave, sorted_already = (
        await file(category="PAY"),
        await file(category="DANGER"),
        await file(category="ABUSE"),
    )
    await put(sorted_already, state=State.TRIAGED)
    late = await join("late@example.org")
    async with database.reading() as db:
        assert await caseload.next_to_sort(db, secretary.member) == grave.reference
        assert await caseload.next_to_sort(db, late.member) is None
    await put(grave, state=State.TRIAGED)
    async with database.reading() as db:
        assert await caseload.next_to_sort(db, secretary.member) == calm.reference


async def test_a_reopened_case_is_to_be_sorted_again(file, secretary, database, put):
    await put(await file(), state=State.TRIAGED)
    again = await file()
    await put(again, state=State.REOPENED)
    async with database.reading() as db:
        assert await caseload.next_to_sort(db, secretary.member) == again.reference


async def test_words_after_the_end_bring_a_case_back_until_they_are_answered(
    file, references, secretary, database, keyring, put, now
):
    filed = await file()
    await put(filed, state=State.CLOSED)
    later = now + timedelta(days=1)
    assert await references(secretary) == []
    async with database.transaction() as db:
        await correspondence.extend(
            db, keyring, filed.case_id, "It began again.", channel="sms", now=later
        )
    assert await references(secretary) == [filed.reference]
    async with database.transaction() as db:
        await correspondence.answer(
            db, keyring, member=secretary.member, case_id=filed.case_id, text="Ok.", now=later
        )
    assert await references(secretary) == []


async def test_what_is_assigned_to_somebody_is_known(file, handler, database, put):
    filed = await file()
    await file()
    await put(filed, assignee=handler.member.id)
    async with database.reading() as db:
        assert await caseload.assigned_to(db, handler.member.id) == [filed.case_id]


async def test_what_a_member_leaves_behind_waits_for_somebody_else(file, handler, database, put):
    filed, ended = await file(), await file()
    await put(filed, assignee=handler.member.id)
    await put(ended, assignee=handler.member.id, state="closed")
    async with database.transaction() as db:
        assert await caseload.leave_behind(db, handler.member.id) == 1
        assert await caseload.assigned_to(db, handler.member.id) == [ended.case_id]


async def test_a_count_goes_no_further_than_anybody_reads(
    file, secretary, database, now, monkeypatch
):
    monkeypatch.setattr(caseload, "COUNTED", 2)
    for expected in (1, 2, 3, 3):
        await file()
        async with database.reading() as db:
            assert await caseload.counts(db, secretary.member, [Filter()], now=now) == [expected]
