import asyncio

import pytest
from sqlalchemy import func, select

from forum.members import Role
from grievances import case, correspondence, triage
from grievances.parties import NOBODY
from grievances.severity import Severity
from grievances.states import Actor, State


@pytest.fixture
def bring(amina, file, database, now):
    """Bring a case to a state; returns its address."""

    async def brought(*states, to=None):
        made = await file("The wall fell.")
        given = {"by": amina.member, "now": now}
        async with database.transaction() as db:
            judged = {"category": "PAY", "severity": Severity.S3, "named": NOBODY}
            await triage.triage(db, made.case_id, **judged, **given)
            handler = to or amina.member
            private = {"by_private": amina.private}
            await triage.assign(db, made.case_id, handler, **private, **given)
            for state in states:
                # Silence closes a proposal; all the rest is staff's.
                mover = {"by": Actor.STAFF, "actor": amina.member.id, "now": now}
                if state is State.CLOSED:
                    mover |= {"by": Actor.SYSTEM, "actor": "system"}
                await case.move(db, made.case_id, state, **mover)
        return f"/cases/{made.reference}"

    return brought


async def count(database, table):
    async with database.reading() as db:
        return (await db.execute(select(func.count()).select_from(table))).scalar_one()


async def test_only_what_is_allowed_is_offered(amina, bring):
    text = await amina.page(await bring())
    assert "Start the review" in text
    assert "Close the case…" not in text


async def test_a_harmless_move_takes_one_press(amina, bring):
    path = await bring()
    answer = await amina.post(f"{path}/move/in_review", on=path)
    assert "is now: In review." in await answer.text()


async def test_an_ending_asks_first_and_keeps_why(amina, bring):
    path = await bring(State.IN_REVIEW, State.PROPOSED, State.CLOSED)
    assert "does not accept the outcome" in await amina.page(f"{path}/move/appealed")
    answer = await amina.post(f"{path}/move/appealed", {"reason": "They call it unfair."})
    text = await answer.text()
    assert "is now: Under appeal." in text
    assert "They call it unfair." in text


async def test_what_is_the_same_as_another_case_is_said_on_a_page_of_its_own(amina, bring):
    path = await bring()
    assert f'href="{path}/merge"' in await amina.page(path)
    answer = await amina.post(f"{path}/move/duplicate", on=path)
    assert "The case has moved on meanwhile." in await answer.text()


async def test_a_proposal_is_written_to_the_reporter_with_the_move(amina, bring, database):
    path = await bring(State.IN_REVIEW)
    silent = await amina.post(f"{path}/move/proposed", {"tell": " "})
    assert silent.status == 422
    assert await count(database, correspondence.unread) == 0
    answer = await amina.post(f"{path}/move/proposed", {"tell": "They pay on Friday."})
    text = await answer.text()
    assert "Remedy proposed" in text
    assert "They pay on Friday." in text
    assert await count(database, correspondence.unread) == 1


async def test_words_that_are_too_long_are_given_back(amina, bring):
    path = await bring(State.IN_REVIEW)
    answer = await amina.post(f"{path}/move/proposed", {"tell": "long " * 400})
    assert answer.status == 422
    assert "long long" in await answer.text()


async def test_a_case_that_has_moved_on_is_not_moved_again(amina, bring):
    path = await bring()
    form = await amina.hidden(path)
    press = [amina.client.post(f"{path}/move/in_review", data=form) for _ in range(3)]
    texts = [await answer.text() for answer in await asyncio.gather(*press)]
    assert sum("is now: In review." in text for text in texts) == 1
    late = await amina.get(f"{path}/move/in_review")
    assert "The case has moved on meanwhile." in await late.text()


@pytest.mark.parametrize("state", ["triaged", "assigned", "withdrawn", "closed"])
async def test_a_way_that_is_not_offered_is_not_there(amina, bring, state):
    path = await bring()
    answer = await amina.post(f"{path}/move/{state}", on=path)
    assert "The case has moved on meanwhile." in await answer.text()


async def test_a_state_that_there_is_not_is_not_found(amina, bring):
    path = await bring()
    assert (await amina.post(f"{path}/move/burnt", on=path)).status == 404


async def test_a_handler_sends_no_case_away(join, bring):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    text = await handler.page(await bring(to=handler.member))
    assert "Start the review" in text
    assert "Mark as a duplicate" not in text
