from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from forum.members import Role
from grievances import correspondence, deadlines, triage, watch
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.deadlines import Step
from grievances.parties import NOBODY
from grievances.severity import Severity
from grievances.states import State


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def path(amina, file, database):
    made = await file("The wall fell.")
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.IN_REVIEW))
    return f"/cases/{made.reference}"


WISH = {"until": "2026-07-20", "reason": "Maabara inahitaji muda."}


async def extend(person, path, **more):
    # The page has several forms, and of the fields called «once» the last one would be sent.
    page = await person.page(path)
    once = page.partition(f'action="{path}/extend"')[2].partition('name="once" value="')[2][:31]
    return await person.post(f"{path}/extend", {**WISH, "once": once, **more}, on=path)


async def feedback(database):
    async with database.reading() as db:
        c = deadlines.deadlines.c
        found = await db.execute(select(c.due_at).where(c.step == Step.FEEDBACK))
        return found.scalar_one()


async def unread(database):
    async with database.reading() as db:
        counted = select(func.count()).select_from(correspondence.unread)
        return (await db.execute(counted)).scalar_one()


async def test_feedback_is_put_off_to_the_end_of_a_day_and_the_reporter_is_told(
    amina, path, database
):
    text = await (await extend(amina, path)).text()
    assert "Feedback has more time" in text
    assert "Maabara inahitaji muda." in text
    assert "more time was needed, and the reporter was told why" in text
    assert f"{await feedback(database):%Y-%m-%d %H:%M}" == "2026-07-20 17:00"
    assert await unread(database) == 1


async def test_the_form_is_gone_once_it_was_used(amina, path):
    assert "Feedback needs more time" in await amina.page(path)
    await extend(amina, path)
    assert "Feedback needs more time" not in await amina.page(path)


async def test_a_second_press_extends_nothing_twice(amina, path, database):
    form = {**await amina.hidden(path), **WISH, "once": "a" * 30}
    for said in ("Feedback has more time", "That was sent already."):
        answer = await amina.client.post(f"{path}/extend", data=form)
        assert said in await answer.text()
    assert await unread(database) == 1


async def test_who_comes_second_with_a_page_of_before_changes_nothing(amina, path, database):
    form = {**await amina.hidden(path), **WISH, "until": "2026-07-22", "once": "b" * 30}
    await extend(amina, path)
    answer = await amina.client.post(f"{path}/extend", data=form)
    assert "The case has moved on meanwhile." in await answer.text()
    assert f"{await feedback(database):%d}" == "20"


async def test_the_last_day_is_open_to_its_end(amina, path, database):
    assert (await extend(amina, path, until="2026-11-12")).status == 200
    assert f"{await feedback(database):%Y-%m-%d %H:%M}" == "2026-11-12 09:00"


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"until": "2026-11-13"}, "until", "Choose a day that is later"),
        ({"until": "2026-05-13"}, "until", "Choose a day that is later"),
        ({"until": "soon"}, "until", "Choose a day that is later"),
        ({"until": "0001-01-01"}, "until", "Choose a day that is later"),
        ({"until": "9999-12-31"}, "until", "Choose a day that is later"),
        ({"reason": " "}, "reason", "Write something first."),
        ({"reason": "long " * 400}, "reason", "This is too long."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(amina, path, database, wrong, field, said):
    before = await feedback(database)
    answer = await extend(amina, path, **wrong)
    assert answer.status == 422
    assert said in (await answer.text()).partition(f'id="{field}-error">')[2][:150]
    assert await feedback(database) == before
    assert await unread(database) == 0


async def test_a_handler_extends_their_own_case_and_no_other(amina, join, file, database, now):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    theirs, other = await file("For Joseph."), await file("Not for Joseph.")
    async with database.transaction() as db:
        given = {"by": amina.member, "now": now}
        judged = {"category": "PAY", "severity": Severity.S3, "named": NOBODY}
        await triage.triage(db, theirs.case_id, **judged, **given)
        private = {"by_private": amina.private}
        await triage.assign(db, theirs.case_id, handler.member, **private, **given)
    path = f"/cases/{theirs.reference}"
    assert "Feedback has more time" in await (await extend(handler, path)).text()
    answer = await handler.post(f"/cases/{other.reference}/extend", WISH, on=path)
    assert answer.status == 404


async def test_the_history_tells_of_warnings_and_of_dates_that_passed(amina, path, database, now):
    late = now + timedelta(days=20)
    async with database.transaction() as db:
        await watch.warn(db, late)
        await watch.escalate(db, PLAIN_WEEK, late)
    page = await amina.page(path)
    assert "First answer: most of the time is over" in page
    assert "First answer: the due date has passed" in page
    assert "Escalated to the lead of the secretariat" in page
